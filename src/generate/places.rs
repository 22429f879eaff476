//! Where customers live, how they are called.

use super::chance::Chance;

/// Region as the CRM writes it, as the shop does.
pub(super) const REGIONS: [(&str, &str); 8] = [
    ("华东", "East China"),
    ("华北", "North China"),
    ("华南", "South China"),
    ("华中", "Central China"),
    ("西南", "Southwest China"),
    ("西北", "Northwest China"),
    ("东北", "Northeast China"),
    ("海外", "Overseas"),
];
pub(super) const OVERSEAS: usize = 7;

pub(super) struct Place {
    pub city: &'static str,
    pub region: usize,
    pub country: &'static str,
    /// Hours from UTC.
    pub zone: i32,
    weight: u32,
}

const fn home(city: &'static str, region: usize, weight: u32) -> Place {
    Place { city, region, country: "CN", zone: 8, weight }
}

const fn abroad(city: &'static str, country: &'static str, zone: i32, weight: u32) -> Place {
    Place { city, region: OVERSEAS, country, zone, weight }
}

#[rustfmt::skip]
pub(super) const PLACES: [Place; 28] = [
    home("上海", 0, 130),
    home("杭州", 0, 80),
    home("南京", 0, 55),
    home("苏州", 0, 45),
    home("宁波", 0, 25),
    home("北京", 1, 110),
    home("天津", 1, 35),
    home("石家庄", 1, 20),
    home("济南", 1, 25),
    home("广州", 2, 75),
    home("深圳", 2, 85),
    home("厦门", 2, 25),
    home("东莞", 2, 20),
    home("武汉", 3, 45),
    home("长沙", 3, 35),
    home("郑州", 3, 30),
    home("成都", 4, 60),
    home("重庆", 4, 45),
    home("昆明", 4, 15),
    home("西安", 5, 30),
    home("兰州", 5, 10),
    home("沈阳", 6, 20),
    home("大连", 6, 20),
    home("哈尔滨", 6, 15),
    abroad("Singapore", "SG", 8, 30),
    abroad("Los Angeles", "US", -8, 35),
    abroad("New York", "US", -5, 25),
    abroad("London", "GB", 0, 15),
];
const HOME_PLACES: usize = 24;

pub(super) fn place(chance: &mut Chance, overseas: bool) -> usize {
    let (start, places) = if overseas { (HOME_PLACES, &PLACES[HOME_PLACES..]) } else { (0, &PLACES[..HOME_PLACES]) };
    let mut left = chance.below(places.iter().map(|place| place.weight).sum());
    for (position, place) in places.iter().enumerate() {
        if left < place.weight {
            return start + position;
        }
        left -= place.weight;
    }
    start
}

#[rustfmt::skip]
const SURNAMES: [(&str, &str); 36] = [
    ("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("赵", "zhao"),
    ("黄", "huang"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"), ("胡", "hu"), ("朱", "zhu"),
    ("高", "gao"), ("林", "lin"), ("何", "he"), ("郭", "guo"), ("马", "ma"), ("罗", "luo"), ("梁", "liang"),
    ("宋", "song"), ("郑", "zheng"), ("谢", "xie"), ("韩", "han"), ("唐", "tang"), ("冯", "feng"), ("于", "yu"),
    ("董", "dong"), ("萧", "xiao"), ("程", "cheng"), ("曹", "cao"), ("袁", "yuan"), ("邓", "deng"), ("许", "xu"),
    ("欧阳", "ouyang"),
];
#[rustfmt::skip]
const GIVEN: [(&str, &str); 48] = [
    ("伟", "wei"), ("芳", "fang"), ("娜", "na"), ("敏", "min"), ("静", "jing"), ("丽", "li"), ("强", "qiang"),
    ("磊", "lei"), ("军", "jun"), ("洋", "yang"), ("勇", "yong"), ("艳", "yan"), ("杰", "jie"), ("娟", "juan"),
    ("涛", "tao"), ("明", "ming"), ("超", "chao"), ("秀", "xiu"), ("霞", "xia"), ("平", "ping"), ("刚", "gang"),
    ("桂", "gui"), ("英", "ying"), ("华", "hua"), ("玉", "yu"), ("萍", "ping"), ("红", "hong"), ("玲", "ling"),
    ("飞", "fei"), ("婷", "ting"), ("宇", "yu"), ("浩", "hao"), ("欣", "xin"), ("怡", "yi"), ("梓", "zi"),
    ("涵", "han"), ("晨", "chen"), ("雪", "xue"), ("佳", "jia"), ("琪", "qi"), ("博", "bo"), ("文", "wen"),
    ("思", "si"), ("嘉", "jia"), ("俊", "jun"), ("瑶", "yao"), ("然", "ran"), ("宁", "ning"),
];
#[rustfmt::skip]
const FIRST: [&str; 20] = [
    "James", "Mary", "Robert", "Linda", "Michael", "Susan", "David", "Karen", "Daniel", "Emily", "Kevin", "Laura",
    "Brian", "Grace", "Eric", "Sophia", "Adam", "Olivia", "Peter", "Hannah",
];
#[rustfmt::skip]
const LAST: [&str; 20] = [
    "Smith", "Johnson", "Brown", "Tan", "Miller", "Davis", "Wilson", "Lim", "Taylor", "Moore", "Lee", "White",
    "Harris", "Clark", "Lewis", "Young", "Walker", "Hall", "O'Brien", "Ng",
];
#[rustfmt::skip]
const FIRMS: [&str; 16] =
    ["恒信", "远航", "中科", "华瑞", "天成", "宏图", "金桥", "博雅", "新域", "鼎盛", "蓝海", "云帆", "正泰", "佳禾", "嘉业", "永固"];
/// Industry as the CRM writes it, and the word for it in a company's name.
pub(super) const INDUSTRIES: [(&str, &str); 6] = [
    ("餐饮", "餐饮管理"),
    ("酒店", "酒店"),
    ("零售", "商贸"),
    ("科技", "科技"),
    ("制造", "实业"),
    ("教育", "教育咨询"),
];
#[rustfmt::skip]
const STREETS: [&str; 12] =
    ["人民路", "中山路", "解放路", "建设大道", "文化路", "新华街", "长江路", "学府路", "和平街", "滨河路", "科技园路", "朝阳路"];
pub(super) const MAILBOXES: [&str; 5] =
    ["example.com", "mail.example.cn", "post.example.net", "corp.example.cn", "example.org"];

/// A name and the Latin spelling that its mailbox uses.
pub(super) fn person_name(chance: &mut Chance, overseas: bool) -> (String, String) {
    if overseas {
        let (first, last) = (chance.pick(&FIRST), chance.pick(&LAST));
        return (format!("{first} {last}"), format!("{first}.{last}").to_lowercase().replace('\'', ""));
    }
    let surname = SURNAMES[chance.below(36).min(chance.below(40)) as usize];
    let given = chance.pick(&GIVEN);
    if chance.permille(300) {
        return (format!("{}{}", surname.0, given.0), format!("{}{}", given.1, surname.1));
    }
    let second = chance.pick(&GIVEN);
    (format!("{}{}{}", surname.0, given.0, second.0), format!("{}{}.{}", given.1, second.1, surname.1))
}

pub(super) fn company_name(chance: &mut Chance, place: usize, industry: usize) -> String {
    let firm = chance.pick(&FIRMS);
    let second = chance.pick(&FIRMS);
    let extra: String = second.chars().take(1).collect();
    format!("{}{firm}{extra}{}有限公司", PLACES[place].city, INDUSTRIES[industry].1)
}

pub(super) fn street(chance: &mut Chance) -> String {
    format!("{}{}号", chance.pick(&STREETS), 1 + chance.below(480))
}
