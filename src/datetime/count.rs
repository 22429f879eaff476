//! Moments as numbers: what was counted since when.

use super::calendar::{OutOfRange, days_from_civil, in_range};
use super::{Clock, Moment};

const DAY: i128 = 86_400_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Since 1970-01-01T00:00:00Z.
    Seconds,
    Millis,
    Micros,
    /// Days of a wall clock, as Excel for Windows counts them: 1 is 1900-01-01, and 60 the 29 February that 1900 did
    /// not have.
    Excel,
    /// As Excel for Mac once did: 0 is 1904-01-01.
    Excel1904,
}

/// 9999-12-31, where Excel ends.
const LAST_SERIAL: i128 = 2_958_465;
const LAST_SERIAL_1904: i128 = 2_957_003;

impl Count {
    pub const WORDS: [&str; 5] = ["epoch_s", "epoch_ms", "epoch_us", "excel", "excel_1904"];

    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "epoch_s" => Self::Seconds,
            "epoch_ms" => Self::Millis,
            "epoch_us" => Self::Micros,
            "excel" => Self::Excel,
            "excel_1904" => Self::Excel1904,
            _ => return None,
        })
    }

    /// `None` when the text is not a number, or one that counts no day.
    #[inline(never)]
    pub fn read(self, text: &str) -> Option<Result<Moment, OutOfRange>> {
        let number = Number::read(text)?;
        match self {
            Self::Seconds => Some(epoch(number.times(1_000_000), true)),
            Self::Millis => Some(epoch(number.times(1000), false)),
            Self::Micros => Some(epoch(number.times(1), false)),
            Self::Excel | Self::Excel1904 => self.serial(&number),
        }
    }

    fn serial(self, number: &Number) -> Option<Result<Moment, OutOfRange>> {
        if number.negative {
            return None;
        }
        // A double has a digit or two beyond milliseconds, and Excel none.
        let millis = number.rounded(86_400_000);
        let (serial, millis) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        let (last, first) = match self {
            Self::Excel1904 => (LAST_SERIAL_1904, days_from_civil(1904, 1, 1)),
            // Below one it is a time of day without a day.
            _ if matches!(serial, 0 | 60) => return None,
            _ if serial < 60 => (LAST_SERIAL, days_from_civil(1899, 12, 31)),
            _ => (LAST_SERIAL, days_from_civil(1899, 12, 30)),
        };
        if serial > last {
            return Some(Err(OutOfRange));
        }
        let days = i64::try_from(serial).map_err(|_| OutOfRange).and_then(|serial| in_range(first + serial));
        let micros = i64::try_from(millis * 1000).ok()?;
        Some(days.map(|days| Moment { days, micros, clock: Clock::Serial }))
    }
}

/// Microseconds since 1970, within 1900 to 2199: seconds taken for milliseconds, or the other way round, are not to
/// become dates. Milliseconds taken for seconds are beyond 2199. Seconds taken for milliseconds, and those for
/// microseconds, are within the first weeks of 1970, of which only whole minutes are accepted: a date of birth is one.
pub fn epoch(micros: i128, seconds: bool) -> Result<Moment, OutOfRange> {
    const FIRST: i64 = days_from_civil(1900, 1, 1);
    const LAST: i64 = days_from_civil(2199, 12, 31);
    let days = i64::try_from(micros.div_euclid(DAY)).map_err(|_| OutOfRange)?;
    let confused = !seconds && (3..50).contains(&days) && micros.rem_euclid(60_000_000) != 0;
    if confused || !(FIRST..=LAST).contains(&days) {
        return Err(OutOfRange);
    }
    let micros = i64::try_from(micros.rem_euclid(DAY)).map_err(|_| OutOfRange)?;
    Ok(Moment { days: in_range(days)?, micros, clock: Clock::Universal })
}

/// `-?[0-9]+(\.[0-9]+)?`
struct Number {
    negative: bool,
    whole: i128,
    /// The first digits behind the point, and ten to their number.
    fraction: i128,
    of: i128,
}

impl Number {
    fn read(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let mut of = 1;
        let mut behind = 0;
        for byte in fraction.bytes().take(15) {
            of *= 10;
            behind = behind * 10 + i128::from(byte - b'0');
        }
        // More digits than any count has are out of every range.
        let whole = if whole.len() > 24 { i128::from(i64::MAX) } else { whole.parse().ok()? };
        Some(Self { negative, whole, fraction: behind, of })
    }

    /// Truncated towards zero: no source measures what is beyond.
    fn times(&self, factor: i128) -> i128 {
        let value = self.whole * factor + self.fraction * factor / self.of;
        if self.negative { -value } else { value }
    }

    fn rounded(&self, factor: i128) -> i128 {
        self.whole * factor + (self.fraction * factor + self.of / 2) / self.of
    }
}
