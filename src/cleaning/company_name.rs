//! `company_name`: what is left of a company's name without its legal form.
//!
//! The legal forms are those of ISO 20275 (Entity Legal Forms) that exports commonly have, as they are abbreviated. The
//! name keeps its case: compare `lower(company_name(…))`.

use std::borrow::Cow;

use super::Plain;
use super::blank::join_han;
use super::clean_text::clean_text;

pub(super) const FUNCTION: Plain = Plain {
    name: "company_name",
    about: "A company's name without its legal form (Inc., Co., Ltd., GmbH, 有限公司, 株式会社 …), white space collapsed; a name that is nothing but a form stays. Brackets such as (中国) stay. NULL when the text is empty.",
    example: ("阿里巴巴（中国）有限公司", "阿里巴巴(中国)"),
    clean: company_name,
};

/// Without points, blanks and slashes, in lower case.
const FORMS: [&str; 86] = [
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "coltd",
    "ltd",
    "limited",
    "llc",
    "llp",
    "lp",
    "plc",
    "pllc",
    "lc",
    "gmbh",
    "mbh",
    "ag",
    "kg",
    "kgaa",
    "ohg",
    "ug",
    "ev",
    "eg",
    "se",
    "sa",
    "sarl",
    "sas",
    "sasu",
    "snc",
    "eurl",
    "sl",
    "slu",
    "srl",
    "srls",
    "spa",
    "sapa",
    "sapi",
    "sadecv",
    "sapidecv",
    "sderldecv",
    "cv",
    "bv",
    "nv",
    "vof",
    "ab",
    "hb",
    "oy",
    "oyj",
    "as",
    "asa",
    "aps",
    "ans",
    "kk",
    "gk",
    "pty",
    "ptyltd",
    "pte",
    "pvt",
    "private",
    "proprietary",
    "sdn",
    "bhd",
    "sdnbhd",
    "tbk",
    "sro",
    "spol",
    "doo",
    "dd",
    "kft",
    "zrt",
    "nyrt",
    "rt",
    "ltda",
    "eireli",
    "spzoo",
    "spj",
    "jsc",
    "ojsc",
    "pjsc",
    "oao",
    "ooo",
    "zao",
    "pao",
    "ооо",
    "оао",
];

/// At the end of a name written without blanks; longer ones first.
const ENDINGS: [&str; 27] = [
    "股份有限责任公司",
    "特殊普通合伙企业",
    "有限责任公司",
    "有限責任公司",
    "股份有限公司",
    "(特殊普通合伙)",
    "(有限合伙)",
    "(普通合伙)",
    "责任有限公司",
    "株式会社",
    "有限会社",
    "合同会社",
    "合資会社",
    "合名会社",
    "有限公司",
    "股份公司",
    "합자회사",
    "주식회사",
    "유한회사",
    "合伙企业",
    "(集团)",
    "(集團)",
    "(株)",
    "(有)",
    "(주)",
    "集团",
    "集團",
];

const BEGINNINGS: [&str; 8] = ["株式会社", "有限会社", "合同会社", "주식회사", "유한회사", "(株)", "(有)", "(주)"];

fn company_name(text: &str) -> Option<Cow<'_, str>> {
    let text = clean_text(text)?;
    let joined = join_han(&text);
    let whole = bare(&joined);
    let mut name = whole;
    while let Some(shorter) = without_form(name) {
        name = shorter;
    }
    if name != whole {
        // `Tiffany & Co.`
        let tail = name.strip_suffix(" and").or_else(|| name.strip_suffix('&')).map(bare);
        name = tail.filter(|tail| has_letters(tail)).unwrap_or(name);
    }
    let is_name = has_letters(name) && (name == whole || !is_form(name));
    let name = if is_name { name } else { joined.as_ref() };
    Some(if name.len() == text.len() { text } else { Cow::Owned(name.to_owned()) })
}

/// The name without its last or first form, when something is left that can be a name.
fn without_form(name: &str) -> Option<&str> {
    let ending = ENDINGS.iter().find_map(|form| name.strip_suffix(form));
    // A branch (分公司) is not its company.
    let company = || name.strip_suffix("公司").filter(|rest| !rest.ends_with(['分', '子', '总', '母']));
    let beginning = || BEGINNINGS.iter().find_map(|form| name.strip_prefix(form));
    let rest = ending.or_else(company).or_else(beginning).or_else(|| without_words(name))?;
    let rest = bare(rest);
    has_letters(rest).then_some(rest)
}

/// Forms in letters end a name as words of their own: `Acme S. A.` as well as `Acme SA`.
fn without_words(name: &str) -> Option<&str> {
    let starts =
        name.char_indices().rev().filter(|(_, c)| matches!(c, ' ' | ',' | ')')).map(|(at, c)| at + c.len_utf8());
    let parts = starts.take(5).filter_map(|at| name.split_at_checked(at));
    // The longest is meant: `S.A. de C.V.` has shorter forms in it.
    parts.filter(|(_, form)| is_form(form)).last().map(|(rest, _)| rest)
}

fn is_form(text: &str) -> bool {
    let form: String = text.chars().take(24).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    text.len() <= 24 && FORMS.contains(&form.as_str())
}

/// Without the signs that are left where a form was.
fn bare(name: &str) -> &str {
    name.trim_matches([' ', ',', ';', ':', '、', '，', '·', '-', '–', '—', '/', '|'])
}

fn has_letters(name: &str) -> bool {
    name.chars().any(char::is_alphanumeric)
}
