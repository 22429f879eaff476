//! Texts as they are compared, with what tells at once that two cannot be alike.

use super::similarity::{damerau_within, formal_names, initials_agree, jaro_winkler_at_least, token_set};

#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    pub text: Box<str>,
    /// A bit for each letter that occurs; rare ones share theirs.
    letters: u64,
    /// In characters.
    length: u32,
}

impl Word {
    pub fn new(text: &str) -> Self {
        let letters = text.chars().fold(0u64, |all, letter| all | 1 << bit(letter));
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        Self { text: text.into(), letters, length }
    }

    /// Characters of this that stand nowhere in the other, at least.
    fn alone(&self, other: &Self) -> u32 {
        (self.letters & !other.letters).count_ones()
    }

    pub fn jaro_winkler_at_least(&self, other: &Self, least: f64) -> bool {
        // The characters in common at most, and with them the similarity at most.
        let common = self.length.saturating_sub(self.alone(other)).min(other.length.saturating_sub(other.alone(self)));
        if common == 0 {
            return false;
        }
        let common = f64::from(common);
        let jaro = (common / f64::from(self.length) + common / f64::from(other.length) + 1.0) / 3.0;
        // Four bytes that are the same are at least one character, and no more than four.
        let prefix = self.text.bytes().zip(other.text.bytes()).take(4).take_while(|(a, b)| a == b).count();
        let prefix = if self.text.is_ascii() { prefix as f64 } else { 4.0 };
        if jaro + prefix * 0.1 * (1.0 - jaro) < least {
            return false;
        }
        jaro_winkler_at_least(&self.text, &other.text, least)
    }

    pub fn edits_within(&self, other: &Self, most: usize) -> bool {
        let needed = self.alone(other).max(other.alone(self)).max(self.length.abs_diff(other.length));
        needed as usize <= most && damerau_within(&self.text, &other.text, most)
    }

    pub fn words_at_least(&self, other: &Self, least: f64) -> bool {
        // Nothing is common but letters that both have.
        let (a, b) = (self.alone(other), other.alone(self));
        let all = f64::from(self.length) + f64::from(other.length);
        if all > 0.0 && (all - f64::from(a) - f64::from(b)) / all < least {
            return false;
        }
        token_set(&self.text, &other.text) >= least
    }

    pub fn ends_alike(&self, other: &Self, characters: usize) -> bool {
        alike(self.text.chars().rev(), other.text.chars().rev(), characters)
    }

    pub fn begins_alike(&self, other: &Self, characters: usize) -> bool {
        alike(self.text.chars(), other.text.chars(), characters)
    }
}

/// Letters and digits have a bit of their own.
fn bit(letter: char) -> u32 {
    match letter {
        'a'..='z' => letter as u32 - 'a' as u32,
        '0'..='9' => 26 + (letter as u32 - '0' as u32),
        other => 36 + (other as u32).wrapping_mul(0x9e37_79b1) % 28,
    }
}

fn alike(a: impl Iterator<Item = char>, b: impl Iterator<Item = char>, characters: usize) -> bool {
    let (mut a, mut b) = (a, b);
    (0..characters).all(|_| a.next().zip(b.next()).is_some_and(|(a, b)| a == b))
}

/// A given or a family name, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonName {
    pub word: Word,
    /// Names that sound alike have the same number; 0 where nothing is known of the sound.
    pub sound: u32,
    /// Of a short form: what it is short for, itself among them.
    formal: Box<[Box<str>]>,
    /// Whether there is an initial in it.
    initials: bool,
}

impl PersonName {
    pub fn new(text: &str, sound: u32) -> Self {
        let mut formal: Vec<Box<str>> = formal_names(text).map(Box::from).collect();
        if !formal.is_empty() {
            formal.push(text.into());
        }
        let initials = text.split_whitespace().any(|word| word.trim_end_matches('.').chars().count() == 1);
        Self { word: Word::new(text), sound, formal: formal.into_boxed_slice(), initials }
    }

    /// Another form of the same name.
    pub fn is_form_of(&self, other: &Self) -> bool {
        (self.sound != 0 && self.sound == other.sound)
            || ((self.initials || other.initials) && initials_agree(&self.word.text, &other.word.text))
            || self.is_short_for(other)
            || other.is_short_for(self)
            || self.formal.iter().any(|name| other.formal.contains(name))
    }

    fn is_short_for(&self, other: &Self) -> bool {
        self.formal.contains(&other.word.text)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Email {
    pub whole: Word,
    pub local: Word,
    digits: Box<str>,
}

impl Email {
    pub fn new(address: &str) -> Self {
        let local = super::similarity::email_local_part(address).unwrap_or(address);
        let digits: String = local.chars().filter(char::is_ascii_digit).collect();
        Self { whole: Word::new(address), local: Word::new(local), digits: digits.into_boxed_str() }
    }

    /// The same number, and as many letters differ at most.
    pub fn edits_of_letters(&self, other: &Self, most: usize) -> bool {
        self.digits == other.digits && self.whole.edits_within(&other.whole, most)
    }

    /// Addresses are made of names, which are compared anyway: what tells two of one name apart is their number.
    pub fn local_like(&self, other: &Self, least: f64) -> bool {
        self.digits == other.digits && self.local.jaro_winkler_at_least(&other.local, least)
    }
}
