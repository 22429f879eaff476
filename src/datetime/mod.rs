//! Texts to dates and times: by strptime directives, or counted from a day.

mod calendar;
mod count;
mod pattern;
mod word;

use std::fmt;

pub use calendar::{OutOfRange, days_from_civil, in_range};
use count::Count;
use pattern::Pattern;

/// For messages.
pub const DIRECTIVES: &str = "%Y %y %m %b %d %a %H %I %p %M %S %f %z %s, the short forms %F %T %D %R, %% and any other \
    text as it stands; or one of epoch_s, epoch_ms, epoch_us, excel, excel_1904";

/// Formats that are no pattern.
pub const COUNTS: [&str; 5] = Count::WORDS;

/// What a text says, checked to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970-01-01, as written.
    pub days: i32,
    /// Of the day, as written.
    pub micros: i64,
    pub clock: Clock,
}

/// Whose day and time of day a moment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Nothing says so.
    Local,
    /// As `Local`; of a spreadsheet's serial, which has a time of day or not.
    Serial,
    /// Seconds east of UTC, as written.
    Offset(i32),
    /// Of an instant that was counted: nobody wrote a day down.
    Universal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Pattern(Pattern),
    Count(Count),
}

/// Why a text is no format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    Directive(String),
    NoYear,
    /// `%I` without `%p`.
    HalfDay,
    /// `%p` without `%I`.
    TwoClocks,
}

impl Format {
    pub fn compile(text: &str) -> Result<Self, Problem> {
        let kind = match Count::parse(text.trim()) {
            Some(count) => Kind::Count(count),
            None => Kind::Pattern(Pattern::compile(text)?),
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// Whether it counts from 1970.
    pub fn is_epoch(&self) -> bool {
        matches!(self.kind, Kind::Count(Count::Seconds | Count::Millis | Count::Micros))
    }

    /// `None` when the text is not of this format, an error when it is and says what cannot be.
    #[inline]
    pub fn read(&self, text: &str) -> Option<Result<Moment, OutOfRange>> {
        match &self.kind {
            Kind::Pattern(pattern) => pattern.read(text),
            Kind::Count(count) => count.read(text),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directive(directive) => write!(f, "has `{directive}`, which is not known"),
            Self::NoYear => f.write_str("says no year"),
            Self::HalfDay => f.write_str("has %I without %p: nothing says which half of the day"),
            Self::TwoClocks => f.write_str("has %p without %I: a clock of 24 hours has no halves"),
        }
    }
}
