//! Names of people, companies, countries and provinces.

use std::collections::BTreeMap;

use super::*;

#[test]
fn people() {
    check(
        "person_name",
        &[
            ("Mr. John  Smith", "John Smith"),
            ("Prof. Dr. Ann Lee", "Ann Lee"),
            ("Smith, John", "John Smith"),
            ("Smith, John, Jr.", "John Smith Jr."),
            ("John Smith, PhD, MBA", "John Smith"),
            ("John Smith, M.D.", "John Smith"),
            ("Jack, Ma", "Ma Jack"),
            ("JACK MA", "Jack Ma"),
            ("john smith jr", "John Smith Jr."),
            ("JOHN SMITH III", "John Smith III"),
            ("MCDONALD, RONALD", "Ronald McDonald"),
            ("Ronald McDonald", "Ronald McDonald"),
            ("mary o'neil", "Mary O'Neil"),
            ("JAN VAN DER BERG", "Jan van der Berg"),
            ("Jan van der Berg", "Jan van der Berg"),
            ("JEAN-LUC PICARD", "Jean-Luc Picard"),
            ("j.r.r. tolkien", "J.R.R. Tolkien"),
            ("ANGUS MACDONALD", "Angus MacDonald"),
            ("GUS MACHADO", "Gus Machado"),
            ("AJ", "AJ"),
            ("ÉLODIE ÖZ", "Élodie Öz"),
            ("John Smith (VIP)", "John Smith"),
            ("王 小明", "王小明"),
            ("王小明先生", "王小明"),
            ("尊敬的 王小明 女士", "王小明"),
            ("王小明（已离职）", "王小明"),
            ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
            ("山田 太郎 様", "山田太郎"),
            ("王小明 Tom", "王小明 Tom"),
            ("Mr.", "∅"),
            ("先生", "∅"),
            ("", "∅"),
            ("😀", "∅"),
            ("123", "∅"),
            ("\u{200F}דוד כהן", "דוד כהן"),
            ("(张三)", "(张三)"),
        ],
    );
}

#[test]
fn companies() {
    check(
        "company_name",
        &[
            ("Acme Inc.", "Acme"),
            ("ACME, INC", "ACME"),
            ("Acme Co., Ltd.", "Acme"),
            ("Acme Co.,Ltd", "Acme"),
            ("Acme S. A.", "Acme"),
            ("Acme S.A. de C.V.", "Acme"),
            ("Siemens AG", "Siemens"),
            ("Muster GmbH & Co. KG", "Muster"),
            ("Tiffany & Co.", "Tiffany"),
            ("Johnson & Johnson", "Johnson & Johnson"),
            ("Acme Pty. Ltd.", "Acme"),
            ("Acme Sp. z o.o.", "Acme"),
            ("Company", "Company"),
            ("The Limited Company", "The"),
            ("Co., Ltd.", "Co., Ltd."),
            ("Incorta", "Incorta"),
            ("万科企业股份有限公司", "万科企业"),
            ("北京 字节跳动 科技有限公司", "北京字节跳动科技"),
            ("华润（集团）有限公司", "华润"),
            ("海尔集团公司", "海尔"),
            ("集团", "集团"),
            ("有限公司", "有限公司"),
            ("微软（中国）有限公司", "微软(中国)"),
            ("某某有限公司北京分公司", "某某有限公司北京分公司"),
            ("深圳某投资合伙企业（有限合伙）", "深圳某投资"),
            ("株式会社トヨタ", "トヨタ"),
            ("㈱山田商店", "山田商店"),
            ("삼성전자 주식회사", "삼성전자"),
            ("", "∅"),
            ("...", "..."),
        ],
    );
}

#[test]
fn countries_and_regions() {
    check(
        "country",
        &[
            ("China", "CN"),
            ("cn", "CN"),
            ("CHN", "CN"),
            ("中国", "CN"),
            ("中國", "CN"),
            ("Philipines", "PH"),
            ("UK", "GB"),
            ("U.S.A.", "US"),
            ("the United States of America", "US"),
            ("Korea, Republic of", "KR"),
            ("Côte d'Ivoire", "CI"),
            ("cote d’ivoire", "CI"),
            ("Bosnia and Herzegovina", "BA"),
            ("St. Lucia", "LC"),
            ("Saint Lucia", "LC"),
            ("Türkiye", "TR"),
            ("Ａustralia", "AU"),
            ("香港", "HK"),
            ("Georgia", "GE"),
            ("Guinea", "GN"),
            ("Niger", "NE"),
            ("刚果（金）", "CD"),
            ("刚果", "∅"),
            ("Atlantis", "∅"),
            ("", "∅"),
            ("🇨🇳", "∅"),
        ],
    );
    assert_eq!(Region::all().count(), 249);
    assert!(Region::parse("UK").is_none() && Region::parse("cn").is_none() && Region::parse("").is_none());
    check(
        "region_cn",
        &[
            ("北京市", "北京"),
            ("广东省", "广东"),
            ("广东", "广东"),
            ("粤", "广东"),
            ("Guangdong", "广东"),
            ("GUANG DONG", "广东"),
            ("Guangdong Sheng", "广东"),
            ("内蒙古自治区", "内蒙古"),
            ("Inner Mongolia Autonomous Region", "内蒙古"),
            ("Xinjiang Uygur Autonomous Region", "新疆"),
            ("Shaanxi", "陕西"),
            ("Shanxi", "山西"),
            ("CN-GD", "广东"),
            ("440000", "广东"),
            ("44", "广东"),
            ("广东省深圳市南山区", "广东"),
            ("中国广东", "广东"),
            ("中国 上海市 浦东", "上海"),
            ("Hong Kong SAR", "香港"),
            ("华东", "∅"),
            ("深圳", "∅"),
            ("", "∅"),
        ],
    );
}

#[test]
fn names_of_countries_mean_one_country() {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let lines = include_str!("../country.csv").lines().skip(1).map(|line| (line, &line[..2]));
    let names = lines.flat_map(|(line, code)| line.split(',').map(move |name| (name, code)));
    let synonyms = include_str!("../country_synonyms.csv").lines().skip(1).map(|line| line.split_once(',').unwrap());
    let codes: Vec<&str> = country::codes().collect();
    for (name, code) in names.chain(synonyms) {
        assert!(codes.contains(&code), "{name}: {code}");
        let before = *seen.entry(country::folded(name)).or_insert(code);
        assert_eq!(before, code, "{name}");
    }
}
