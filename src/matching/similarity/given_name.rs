//! Given names and their short forms: Bob is Robert, and so is Rob.
//!
//! nicknames.csv has English names, made from the list "nicknames" of Carlton Northern and others
//! (github.com/carltonnorthern/nicknames, Apache License 2.0); what was changed is said in its head. A short form may
//! stand for several formal names, of men and of women.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::fold::folded;

const NICKNAMES: &str = include_str!("nicknames.csv");

/// Whether two given names can be one person's: they are the same, one is a short form of the other, or both are short
/// forms of one formal name. Case and diacritics do not count; an empty name is no name.
pub fn same_given_name(a: &str, b: &str) -> bool {
    match (packed(a), packed(b)) {
        (Some(a), Some(b)) => a == b || share_a_formal_name(a, b),
        _ => {
            let (a, b) = (folded(a), folded(b));
            !a.is_empty() && (a == b || packed(&a).zip(packed(&b)).is_some_and(|(a, b)| share_a_formal_name(a, b)))
        }
    }
}

/// The formal names that a short form stands for, in alphabetical order, in small letters; none of a name that is no
/// short form.
pub fn formal_names(name: &str) -> impl Iterator<Item = &'static str> {
    let entry = packed(name).or_else(|| packed(&folded(name))).and_then(entry);
    let formal = entry.map_or(&[][..], |entry| entry.formal.as_slice());
    formal.iter().filter_map(|number| NAMES.get(usize::from(*number))).map(|name| name.text).filter(
        // A name is among its own.
        move |formal| entry.is_some_and(|entry| entry.text != *formal),
    )
}

/// One name for all the short forms of it: the first of [`formal_names`], and where there is none the name itself in
/// small letters.
pub fn formal_given_name(name: &str) -> Cow<'_, str> {
    match formal_names(name).next() {
        Some(formal) => Cow::Borrowed(formal),
        None if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) => Cow::Borrowed(name),
        None => Cow::Owned(name.to_lowercase()),
    }
}

/// Whether the list has a name, formal or short.
pub(super) fn is_given_name(name: &str) -> bool {
    packed(name).and_then(entry).is_some()
}

struct Entry {
    key: u128,
    text: &'static str,
    /// Numbers of the formal names that it stands for, itself among them, ascending.
    formal: Vec<u16>,
}

/// Sorted by key, which is alphabetical too.
static NAMES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let lines =
        || NICKNAMES.lines().filter(|line| !line.starts_with('#')).skip(1).filter_map(|line| line.split_once(','));
    let rows = || lines().flat_map(|(formal, short)| formal.split(' ').map(move |formal| (formal, short)));
    let texts: BTreeSet<&str> = rows().flat_map(|(formal, short)| short.split(' ').chain([formal])).collect();
    let numbers: BTreeMap<&str, u16> = texts.into_iter().zip(0..).collect();
    let mut formal: BTreeMap<&str, BTreeSet<u16>> = numbers.iter().map(|(name, own)| (*name, [*own].into())).collect();
    for (name, short) in rows() {
        let Some(number) = numbers.get(name) else { continue };
        for short in short.split(' ') {
            formal.entry(short).or_default().insert(*number);
        }
    }
    let entries = formal
        .into_iter()
        .filter_map(|(text, formal)| Some(Entry { key: packed(text)?, text, formal: formal.into_iter().collect() }));
    entries.collect()
});

fn entry(key: u128) -> Option<&'static Entry> {
    NAMES.binary_search_by_key(&key, |entry| entry.key).ok().and_then(|at| NAMES.get(at))
}

fn share_a_formal_name(a: u128, b: u128) -> bool {
    let (Some(a), Some(b)) = (entry(a), entry(b)) else { return false };
    a.formal.iter().any(|formal| b.formal.contains(formal))
}

/// A name of at most sixteen ASCII letters as a number, in small letters: what is compared is one word of the machine.
fn packed(name: &str) -> Option<u128> {
    if name.is_empty() || name.len() > 16 {
        return None;
    }
    let mut key = [0; 16];
    for (slot, byte) in key.iter_mut().zip(name.bytes()) {
        if !byte.is_ascii_alphabetic() {
            return None;
        }
        *slot = byte.to_ascii_lowercase();
    }
    Some(u128::from_be_bytes(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_and_formal_names_are_one() {
        let cases = [
            ("Bob", "Robert", true),
            ("BOB", "rob", true),
            ("Bill", "William", true),
            ("Bill", "Will", true),
            ("Liz", "Elizabeth", true),
            ("Betty", "Liz", true),
            ("Debbie", "Deborah", true),
            ("José", "jose", true),
            ("José", "JOSÉ", true),
            ("张伟", "张伟", true),
            ("Jean-Paul", "jean-paul", true),
            ("Maximilian", "Max", true),
            ("Bill", "Robert", false),
            ("Robert", "William", false),
            ("Alexander", "Robert", false),
            ("张伟", "张玮", false),
            ("", "", false),
            ("", "Bob", false),
        ];
        for (a, b, expected) in cases {
            assert_eq!((same_given_name(a, b), same_given_name(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn formal_names_of_short_forms() {
        let names = |name: &str| formal_names(name).collect::<Vec<_>>().join(" ");
        assert_eq!(names("Ted"), "edmund edward theodore");
        assert_eq!(names("robert"), "");
        assert_eq!(names("nobody"), "");
        for (name, expected) in
            [("Bob", "robert"), ("LIZ", "elizabeth"), ("Robert", "robert"), ("ÉMILE", "émile"), ("", "")]
        {
            assert_eq!(formal_given_name(name), expected, "{name}");
        }
    }

    /// What a mistake in the list would look like.
    #[test]
    fn list_is_in_order() {
        assert!(NAMES.len() > 1_500, "{}", NAMES.len());
        assert!(NAMES.is_sorted_by(|a, b| a.key < b.key && a.text < b.text));
        let rows = NICKNAMES.lines().filter(|line| !line.starts_with('#')).skip(1);
        for row in rows {
            let (formal, short) = row.split_once(',').expect("two fields");
            assert!(formal.split(' ').chain(short.split(' ')).all(|name| packed(name).is_some()), "{row}");
            assert!(short.split(' ').all(|short| formal.split(' ').all(|formal| formal != short)), "{row}");
        }
    }
}
