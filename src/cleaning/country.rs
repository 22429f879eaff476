//! `country`: a country's name to its code (ISO 3166-1 alpha-2).
//!
//! country.csv has the codes of ISO 3166-1 with their names in English and Chinese (simplified, traditional) as the Unicode
//! CLDR has them (cldr.unicode.org, Unicode License v3); country_synonyms.csv other names, old ones, those of parts
//! that stand for the whole, and misspellings that exports are known for. A name that means two countries is in neither.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Plain;

pub(super) const FUNCTION: Plain = Plain {
    name: "country",
    about: "The ISO 3166-1 alpha-2 code of a country, by its code (two or three letters), its name in English or Chinese, a synonym or a common misspelling; NULL when it is none.",
    example: ("中华人民共和国", "CN"),
    clean: |text| country(text).map(Cow::Borrowed),
};

const COUNTRIES: &str = include_str!("country.csv");
const SYNONYMS: &str = include_str!("country_synonyms.csv");

static NAMES: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let countries = COUNTRIES.lines().skip(1).flat_map(|line| {
        let code = line.split(',').next().unwrap_or_default();
        line.split(',').map(move |name| (name, code))
    });
    let synonyms = SYNONYMS.lines().skip(1).filter_map(|line| line.split_once(','));
    countries.chain(synonyms).map(|(name, code)| (folded(name), code)).collect()
});

/// No country's name is longer.
const LONGEST: usize = 256;

fn country(text: &str) -> Option<&'static str> {
    if text.len() > LONGEST {
        return None;
    }
    NAMES.get(&folded(text)).copied()
}

pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    COUNTRIES.lines().skip(1).filter_map(|line| line.get(..2))
}

/// What two spellings of one name have in common: letters without marks and case; no blanks, signs, articles, `and`.
pub(super) fn folded(name: &str) -> String {
    let plain: String = name
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !matches!(c, '\'' | '’' | '.'))
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let mut key = String::with_capacity(plain.len());
    for word in plain.split(' ') {
        match word {
            "the" | "and" => {}
            "st" => key.push_str("saint"),
            word => key.push_str(word),
        }
    }
    // The code of Andorra is `AND`.
    if key.is_empty() { plain.replace(' ', "") } else { key }
}
