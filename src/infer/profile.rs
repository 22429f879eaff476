//! What the values of a column have in common, gathered value by value in little memory.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::moment::{Formats, Moments};
use super::number::Numbers;
use super::words::{NULL, NULL_AMONG_VALUES};

/// Words of a column that has few.
const FEW: usize = 3;

pub struct Profile {
    pub records: u64,
    pub empty: u64,
    /// NULL in whatever column, as they are spelt here.
    pub null_words: BTreeMap<String, u64>,
    /// NULL if the column is of numbers or days.
    pub maybe_null_words: BTreeMap<String, u64>,
    /// Of words that may be NULL: so many are not counted below.
    maybe_null: u64,
    pub numbers: Numbers,
    pub moments: Moments,
    /// Different values, while there are few.
    pub words: Option<BTreeSet<String>>,
    /// Lengths in characters.
    pub shortest: usize,
    pub longest: usize,
    /// Hashes of the values, while no two are alike.
    seen: Option<HashSet<u64>>,
    pub emails: u64,
    /// Mobile numbers of China.
    pub mobiles: u64,
    /// Identity card numbers of China.
    pub identities: u64,
    /// IP addresses.
    pub addresses: u64,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            records: 0,
            empty: 0,
            null_words: BTreeMap::new(),
            maybe_null_words: BTreeMap::new(),
            maybe_null: 0,
            numbers: Numbers::default(),
            moments: Moments::default(),
            words: Some(BTreeSet::new()),
            shortest: usize::MAX,
            longest: 0,
            seen: Some(HashSet::new()),
            emails: 0,
            mobiles: 0,
            identities: 0,
            addresses: 0,
        }
    }
}

impl Profile {
    pub fn add(&mut self, value: Option<&str>, formats: &Formats) {
        self.records += 1;
        let Some(text) = value.map(str::trim).filter(|text| !text.is_empty()) else {
            self.empty += 1;
            return;
        };
        let low = if text.len() <= 20 { text.to_lowercase() } else { String::new() };
        if NULL.contains(&low.as_str()) {
            *self.null_words.entry(text.to_owned()).or_default() += 1;
            return;
        }
        if NULL_AMONG_VALUES.contains(&low.as_str()) {
            *self.maybe_null_words.entry(text.to_owned()).or_default() += 1;
            self.maybe_null += 1;
        } else {
            self.numbers.add(text);
            self.moments.add(text, formats);
        }
        let length = text.chars().count();
        self.shortest = self.shortest.min(length);
        self.longest = self.longest.max(length);
        self.count_shape(text);
        if let Some(words) = &mut self.words
            && !words.contains(text)
        {
            words.insert(text.to_owned());
            if words.len() > FEW {
                self.words = None;
            }
        }
        if self.seen.as_mut().is_some_and(|seen| !seen.insert(hash(text))) {
            self.seen = None;
        }
    }

    fn count_shape(&mut self, text: &str) {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        self.emails += u64::from(is_email(text));
        if digits >= 4 {
            self.mobiles += u64::from(is_mobile(text));
            self.identities += u64::from(is_identity(text));
            self.addresses += u64::from(text.parse::<std::net::IpAddr>().is_ok());
        }
    }

    /// Values that are neither empty nor a word for NULL.
    pub fn values(&self) -> u64 {
        self.records - self.empty - self.null_words.values().sum::<u64>()
    }

    /// Of numbers or days: without the words that are NULL among them.
    pub fn measured(&self) -> u64 {
        self.values() - self.maybe_null
    }

    /// Nearly all values are of a kind.
    pub fn mostly(&self, count: u64) -> bool {
        let values = self.values();
        values > 0 && count * 10 >= values * 9
    }

    /// Nearly every record has a value.
    pub fn is_complete(&self) -> bool {
        self.records > 0 && few(self.records - self.values(), self.records)
    }

    /// Nearly every record has a value, and no two the same.
    pub fn is_unique(&self) -> bool {
        self.is_complete() && self.seen.is_some()
    }
}

/// At most one in a hundred, the share of bad records that a run bears when nobody says another.
pub fn few(wrong: u64, of: u64) -> bool {
    wrong * 100 <= of
}

/// The same on every machine and in every run.
pub fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !domain.contains('@') && !text.contains(char::is_whitespace)
    })
}

/// `1` and ten digits, the second of them 3 to 9, with or without the calling code.
fn is_mobile(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let other = text.chars().any(|c| !c.is_ascii_digit() && !matches!(c, '+' | '-' | ' ' | '(' | ')'));
    let number = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86")).unwrap_or(&digits);
    !other && number.len() == 11 && number.starts_with('1') && number.as_bytes().get(1).is_some_and(|b| *b >= b'3')
}

/// 17 digits and a check digit (GB 11643-1999).
fn is_identity(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let bytes = text.as_bytes();
    let (Some(digits), Some(last), 18) = (bytes.get(..17), bytes.last(), bytes.len()) else { return false };
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS.get(sum as usize % 11) == Some(&last.to_ascii_uppercase())
}
