//! How alike two values are: the measures that comparisons of records are made of.
//!
//! Pure functions of two texts, called once per pair of records, and of one text, called once per record. They compare
//! characters as they are given: case, width and titles are `cleaning`'s business. Hostile texts cost a bounded time:
//! what one function reads of a text is said there, and [`LONGEST`] is the bound of most.

mod damerau_levenshtein;
mod email;
mod fold;
mod geo_distance;
mod given_name;
mod initials;
mod jaro_winkler;
mod levenshtein;
mod name_sound;
mod pinyin;
mod short;
mod syllable;
mod token_set;

pub use damerau_levenshtein::{damerau_levenshtein, damerau_within};
pub use email::{email_domain, email_local_part};
pub use fold::folded;
pub use geo_distance::geo_distance_km;
pub use given_name::{formal_given_name, formal_names, same_given_name};
pub use initials::initials_agree;
pub use jaro_winkler::{jaro_winkler, jaro_winkler_at_least};
pub use levenshtein::{levenshtein, levenshtein_within};
pub use name_sound::name_sound;
pub use pinyin::{pinyin, pinyin_initials};
pub use token_set::token_set;

/// Characters of a text that are compared with those of another; no name, title or address is longer.
pub const LONGEST: usize = 1024;

/// The first [`LONGEST`] characters, and the rest.
fn cut(text: &str) -> (&str, &str) {
    if text.len() <= LONGEST {
        return (text, "");
    }
    text.char_indices().nth(LONGEST).map_or((text, ""), |(at, _)| text.split_at(at))
}

#[cfg(test)]
mod tests;
