//! Cleaning: texts as people type them to the one form that can be compared.
//!
//! Pure functions from a text to a text, or to nothing where there is no such form. They are used in `clean:` of a
//! source's column and, by the same names, in SQL. One file each; [`PLAIN`] and [`REGIONAL`] are the only lists.

pub mod blank;
mod case;
mod clean_text;
mod company_name;
mod country;
mod digits;
mod email;
pub mod half_width;
pub mod id_card_cn;
pub mod mapping;
mod nfkc;
mod person_name;
pub mod phone;
mod postcode;
mod region;
mod region_cn;
mod url_domain;

use std::borrow::Cow;
use std::fmt;

pub use mapping::Mapping;
pub use region::Region;

/// A function of one text.
pub struct Plain {
    pub name: &'static str,
    /// One sentence: what it gives, and when that is NULL.
    pub about: &'static str,
    /// A text, and what becomes of it.
    pub example: (&'static str, &'static str),
    pub clean: fn(&str) -> Option<Cow<'_, str>>,
}

/// A function of a text and the region that it is written for; without a region only what needs none is understood.
pub struct Regional {
    pub name: &'static str,
    pub about: &'static str,
    /// A text, a region, and what becomes of it.
    pub example: (&'static str, &'static str, &'static str),
    /// The region that is meant when `clean:` names none.
    pub default: Option<&'static str>,
    pub clean: fn(&str, Option<Region>) -> Option<String>,
}

/// Every function of one text, by name.
pub static PLAIN: [Plain; 15] = [
    clean_text::FUNCTION,
    company_name::FUNCTION,
    country::FUNCTION,
    digits::FUNCTION,
    email::FUNCTION,
    half_width::FUNCTION,
    id_card_cn::FUNCTION,
    id_card_cn::BIRTH_DATE,
    id_card_cn::GENDER,
    case::LOWER,
    nfkc::FUNCTION,
    person_name::FUNCTION,
    region_cn::FUNCTION,
    case::UPPER,
    url_domain::FUNCTION,
];

/// Every function of a text and a region, by name.
pub static REGIONAL: [Regional; 2] = [phone::FUNCTION, postcode::FUNCTION];

pub fn plain(name: &str) -> Option<&'static Plain> {
    PLAIN.iter().find(|function| function.name == name)
}

pub fn regional(name: &str) -> Option<&'static Regional> {
    REGIONAL.iter().find(|function| function.name == name)
}

// What a source's description says of a step is its name: it must be the same in every process.
impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Regional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Plain {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl PartialEq for Regional {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[cfg(test)]
mod tests;
