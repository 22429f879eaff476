//! Values as they are compared: each distinct value once, prepared, known by a number.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::date::Day;
use super::learn::mixed;
use super::level::{Kind, Level, Likeness};
use super::similarity::{geo_distance_km, name_sound};
use super::word::{Email, PersonName, Word};

/// Nothing is known: no evidence.
pub const UNKNOWN: u32 = u32::MAX;

/// Between the parts of a value that has several.
pub const SEPARATOR: char = '\u{1f}';

/// One distinct value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(Word),
    Name(PersonName),
    Email(Email),
    Day(Day),
    Number(f64),
    /// Latitude and longitude.
    Place(f64, f64),
}

/// The values of one part of a comparison, by record.
#[derive(Clone, Debug, Default)]
pub struct Values {
    pub of: Vec<u32>,
    /// In the order of their texts.
    pub distinct: Arc<Vec<Value>>,
    /// How many records have each.
    pub counts: Arc<Vec<u32>>,
    /// How many have any.
    pub known: u64,
}

impl Values {
    /// Values count as often as they did elsewhere, of so many in all; those that were not there as one.
    pub fn count_as(&mut self, known: u64, count: impl Fn(u64) -> Option<u32>) {
        self.counts = Arc::new(self.distinct.iter().map(|value| count(value.hashed()).unwrap_or(1)).collect());
        self.known = known;
    }
}

impl Value {
    /// The same for the same value, on every machine and in every version.
    pub fn hashed(&self) -> u64 {
        match self {
            Self::Text(word) => hashed(0, &word.text),
            Self::Name(name) => hashed(0, &name.word.text),
            Self::Email(email) => hashed(0, &email.whole.text),
            Self::Day(day) => mixed(1, u64::from(day.days_apart(Day::FIRST))),
            Self::Number(number) => mixed(2, number.to_bits()),
            Self::Place(latitude, longitude) => mixed(mixed(3, latitude.to_bits()), longitude.to_bits()),
        }
    }
}

/// Sixty-four bits of a text, and of what was hashed before it.
pub fn hashed(before: u64, text: &str) -> u64 {
    let start = mixed(before, text.len() as u64);
    text.as_bytes().chunks(8).fold(start, |hash, chunk| {
        let number = chunk.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        mixed(hash, number)
    })
}

/// Interns values, which may come in any order.
#[derive(Debug)]
pub struct Interner {
    kind: Kind,
    numbers: HashMap<Box<str>, u32, FixedState>,
    of: Vec<u32>,
}

impl Interner {
    pub fn new(kind: Kind) -> Self {
        Self { kind, numbers: HashMap::default(), of: Vec::new() }
    }

    /// The value of the next record.
    pub fn push(&mut self, text: Option<&str>) {
        let Some(text) = text.and_then(|text| normal(self.kind, text)) else {
            self.of.push(UNKNOWN);
            return;
        };
        let number = match self.numbers.get(text.as_str()) {
            Some(number) => *number,
            None => {
                let next = u32::try_from(self.numbers.len()).unwrap_or(UNKNOWN - 1);
                self.numbers.insert(text.into_boxed_str(), next);
                next
            }
        };
        self.of.push(number);
    }

    /// Numbers follow the order of the texts, whatever order they came in.
    pub fn finish(self) -> Values {
        let Self { kind, numbers, mut of } = self;
        let mut sorted: Vec<(Box<str>, u32)> = numbers.into_iter().collect();
        sorted.sort_unstable();
        let mut place = vec![0u32; sorted.len()];
        for (new, (_, old)) in (0u32..).zip(&sorted) {
            if let Some(slot) = place.get_mut(*old as usize) {
                *slot = new;
            }
        }
        let mut counts = vec![0u32; sorted.len()];
        for number in of.iter_mut().filter(|number| **number != UNKNOWN) {
            *number = place.get(*number as usize).copied().unwrap_or(UNKNOWN);
            if let Some(count) = counts.get_mut(*number as usize) {
                *count += 1;
            }
        }
        let mut sounds = HashMap::new();
        let distinct = sorted.into_iter().map(|(text, _)| prepared(kind, &text, &mut sounds)).collect();
        let known = counts.iter().map(|count| u64::from(*count)).sum();
        Values { of, distinct: Arc::new(distinct), counts: Arc::new(counts), known }
    }
}

impl Values {
    /// Of as many parts as were pushed one after the other: all have the same values, and each its own records.
    pub fn in_parts(self, parts: usize) -> Vec<Self> {
        let records = self.of.len() / parts.max(1);
        let of = self.of.chunks(records.max(1)).map(<[u32]>::to_vec);
        let (distinct, counts, known) = (&self.distinct, &self.counts, self.known);
        of.take(parts).map(|of| Self { of, distinct: distinct.clone(), counts: counts.clone(), known }).collect()
    }
}

/// The form in which values are the same or not; `None` when nothing is left.
fn normal(kind: Kind, text: &str) -> Option<String> {
    let folded: String = match kind {
        Kind::Exact | Kind::Date | Kind::Number | Kind::Distance => text.trim().to_owned(),
        Kind::Phone => text.chars().filter(char::is_ascii_digit).collect(),
        Kind::Postcode | Kind::Identifier => {
            text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        }
        _ => {
            let lower = text.to_lowercase();
            let mut out = String::with_capacity(lower.len());
            for word in lower.split_whitespace() {
                if !out.is_empty() {
                    out.push(' ');
                }
                out.push_str(word);
            }
            out
        }
    };
    (!folded.is_empty()).then_some(folded)
}

fn prepared(kind: Kind, text: &str, sounds: &mut HashMap<String, u32>) -> Value {
    let found = match kind {
        Kind::Date => Day::parse(text).map(Value::Day),
        Kind::Number => text.parse().ok().map(Value::Number),
        Kind::Distance => {
            text.split_once(SEPARATOR).and_then(|(a, b)| Some(Value::Place(a.parse().ok()?, b.parse().ok()?)))
        }
        Kind::Email => Some(Value::Email(Email::new(text))),
        Kind::GivenName | Kind::FamilyName | Kind::PersonName => {
            let sound = name_sound(text);
            let next = u32::try_from(sounds.len() + 1).unwrap_or(0);
            let sound = if sound.is_empty() { 0 } else { *sounds.entry(sound).or_insert(next) };
            Some(Value::Name(PersonName::new(text, sound)))
        }
        _ => None,
    };
    found.unwrap_or_else(|| Value::Text(Word::new(text)))
}

/// The first level that two values reach that are not equal; `levels.len()` when none.
pub fn level(levels: &[Level], a: &Value, b: &Value) -> usize {
    let reached = |holds: &dyn Fn(Likeness) -> bool| {
        levels.iter().position(|level| holds(level.likeness)).unwrap_or(levels.len())
    };
    match (a, b) {
        (Value::Name(a), Value::Name(b)) => reached(&|likeness| match likeness {
            Likeness::Form => a.is_form_of(b),
            other => text_like(other, &a.word, &b.word),
        }),
        (Value::Text(a), Value::Text(b)) => reached(&|likeness| text_like(likeness, a, b)),
        (Value::Email(a), Value::Email(b)) => reached(&|likeness| match likeness {
            Likeness::Local => a.local.text == b.local.text,
            Likeness::LocalLike(least) => a.local_like(b, least),
            Likeness::Edits(most) => a.edits_of_letters(b, most),
            other => text_like(other, &a.whole, &b.whole),
        }),
        (Value::Day(a), Value::Day(b)) => {
            let apart = a.days_apart(*b);
            reached(&|likeness| match likeness {
                Likeness::Same => apart == 0,
                Likeness::Misread => a.misread(*b),
                Likeness::Days(most) => apart <= most.unsigned_abs(),
                _ => false,
            })
        }
        (Value::Number(a), Value::Number(b)) => reached(&|likeness| match likeness {
            Likeness::Same => a == b,
            Likeness::Share(share) => (a - b).abs() <= share * a.abs().max(b.abs()),
            _ => false,
        }),
        (Value::Place(..), Value::Place(..)) => {
            let apart = kilometres(a, b);
            reached(&|likeness| match likeness {
                Likeness::Same => apart == Some(0.0),
                Likeness::Kilometres(most) => apart.is_some_and(|apart| apart <= most),
                _ => false,
            })
        }
        _ => levels.len(),
    }
}

/// On its own, so that its sines are not worked out in advance for values that are no places.
#[inline(never)]
fn kilometres(a: &Value, b: &Value) -> Option<f64> {
    match (a, b) {
        (Value::Place(lat1, lon1), Value::Place(lat2, lon2)) => geo_distance_km(*lat1, *lon1, *lat2, *lon2),
        _ => None,
    }
}

fn text_like(likeness: Likeness, a: &Word, b: &Word) -> bool {
    match likeness {
        Likeness::JaroWinkler(least) => a.jaro_winkler_at_least(b, least),
        Likeness::Edits(most) | Likeness::EditsOfDigits(most) => a.edits_within(b, most),
        Likeness::Words(least) => a.words_at_least(b, least),
        Likeness::Ending(characters) => a.ends_alike(b, characters),
        Likeness::Beginning(characters) => a.begins_alike(b, characters),
        // Equal texts have one number.
        _ => false,
    }
}
