//! Ages as people write them: `90m`, `36h`, `1d`, `2w`.

use std::fmt;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// A span of time, in whole seconds. A day has 24 hours, whatever the clocks of a zone do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age(u64);

impl Age {
    /// The spellings, for messages.
    pub const EXPECTED: &'static str = "a whole number with m, h, d or w, such as 90m, 36h, 1d or 2w";

    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let unit = match unit {
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => WEEK,
            _ => return None,
        };
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        number.parse::<u64>().ok().filter(|_| digits)?.checked_mul(unit).map(Self)
    }

    /// What lies in the future has no age.
    pub fn of_seconds(seconds: i64) -> Self {
        Self(u64::try_from(seconds).unwrap_or(0))
    }
}

/// Cut to what people would say: whole days from two on, whole hours from two on.
impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(seconds) = *self;
        match seconds {
            _ if seconds == 0 || (seconds < 2 * HOUR && seconds % HOUR != 0) => write!(f, "{}m", seconds / MINUTE),
            _ if seconds < 2 * DAY && seconds % DAY != 0 => write!(f, "{}h", seconds / HOUR),
            _ => write!(f, "{}d", seconds / DAY),
        }
    }
}

/// From which age on something is said, and from which on it fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    pub warn_after: Option<Age>,
    pub error_after: Option<Age>,
}

/// What an age means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fresh,
    /// Older than this.
    Warn(Age),
    Error(Age),
}

impl Ages {
    /// Something without any value is older than everything.
    pub fn judge(&self, age: Option<Age>) -> Verdict {
        let over = |limit: &Age| age.is_none_or(|age| age > *limit);
        match (self.error_after.filter(over), self.warn_after.filter(over)) {
            (Some(limit), _) => Verdict::Error(limit),
            (None, Some(limit)) => Verdict::Warn(limit),
            (None, None) => Verdict::Fresh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Age, Ages, Verdict};

    #[test]
    fn ages_are_read_and_said() {
        let said = |text: &str| Age::parse(text).map(|age| age.to_string());
        for (text, expected) in
            [("90m", "90m"), ("60m", "1h"), ("36h", "36h"), ("24h", "1d"), ("1d", "1d"), ("2w", "14d"), ("0d", "0m")]
        {
            assert_eq!(said(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "d",
            "1",
            "1.5d",
            "-1d",
            "+1d",
            "1 d",
            "1y",
            "1D",
            "99999999999999999999d",
            "18446744073709551615w",
            "1é",
        ] {
            assert_eq!(Age::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_age_is_judged_by_the_worst_limit_it_passes() {
        let ages = Ages { warn_after: Age::parse("1d"), error_after: Age::parse("3d") };
        assert_eq!(ages.judge(Age::parse("1d")), Verdict::Fresh);
        assert_eq!(ages.judge(Age::parse("25h")), Verdict::Warn(Age(86_400)));
        assert_eq!(ages.judge(Age::parse("4d")), Verdict::Error(Age(3 * 86_400)));
        assert_eq!(ages.judge(None), Verdict::Error(Age(3 * 86_400)));
        assert_eq!(Ages::default().judge(None), Verdict::Fresh);
    }
}
