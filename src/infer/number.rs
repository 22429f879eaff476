//! Notations that all numbers of a column are written in.

use super::profile::few;

/// A way to write numbers, as `format` in YAML says it.
#[derive(Clone, Copy, Debug)]
struct Notation {
    text: &'static str,
    point: char,
    groups: &'static [char],
}

/// The usual one first: it wins where a column reads in several.
const NOTATIONS: [Notation; 4] = [
    Notation { text: "1,234.56", point: '.', groups: &[','] },
    Notation { text: "1.234,56", point: ',', groups: &['.'] },
    Notation { text: "1 234,56", point: ',', groups: &[' ', '\u{A0}', '\u{202F}'] },
    Notation { text: "1'234.56", point: '.', groups: &['\'', '’'] },
];

/// What is known of the values that read in one notation.
#[derive(Clone, Copy, Debug, Default)]
struct Fit {
    values: u64,
    whole: usize,
    fraction: usize,
}

/// The usual one and the one with point and comma the other way round: `1.000` is a number in both.
const POINTS: [usize; 2] = [0, 1];

#[derive(Clone, Debug, Default)]
pub struct Numbers {
    fits: [Fit; NOTATIONS.len()],
    percentages: u64,
    exponents: u64,
    /// `007`: a number that would lose what it says.
    leading_zeros: u64,
    /// Whole and within 32 bits with room to grow.
    small: u64,
    epoch_seconds: u64,
    epoch_millis: u64,
    epoch_micros: u64,
    /// Days since 1899-12-30, of 1954 to 2119.
    serials: u64,
}

/// How a column of numbers is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Digits before and behind the point.
    pub whole: usize,
    pub fraction: usize,
    /// `None` for the usual notation.
    pub notation: Option<&'static str>,
    pub percent: bool,
    pub exponent: bool,
    pub small: bool,
}

/// Numbers that are moments, as `format` says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    EpochSeconds,
    EpochMillis,
    EpochMicros,
    Serial,
}

impl Numbers {
    pub fn add(&mut self, text: &str) {
        // Longer than any number.
        if text.len() > 64 || !text.contains(|c: char| c.is_ascii_digit() || ('０'..='９').contains(&c)) {
            return;
        }
        let text: String = text.chars().map(narrow).collect();
        let (text, percent) = match text.trim().strip_suffix('%') {
            Some(rest) => (rest.trim_end(), true),
            None => (text.trim(), false),
        };
        self.percentages += u64::from(percent);
        let text = undecorated(text);
        self.exponents += u64::from(text.contains(['e', 'E']));
        self.clock(text);
        let bytes = text.as_bytes();
        let zero_first = bytes.first() == Some(&b'0') && bytes.get(1).is_some_and(u8::is_ascii_digit);
        self.leading_zeros += u64::from(zero_first);
        for (fit, notation) in self.fits.iter_mut().zip(NOTATIONS) {
            if let Some((whole, fraction)) = digits(text, notation) {
                fit.values += 1;
                fit.whole = fit.whole.max(whole);
                fit.fraction = fit.fraction.max(fraction);
            }
        }
    }

    fn clock(&mut self, text: &str) {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let (Ok(whole), true) = (whole.parse::<i64>(), fraction.bytes().all(|byte| byte.is_ascii_digit())) else {
            return;
        };
        // Of 2000 to 2099.
        let epoch = 946_684_800..4_102_444_800_i64;
        self.small += u64::from(whole.unsigned_abs() < 100_000_000 && fraction.is_empty());
        self.epoch_seconds += u64::from(epoch.contains(&whole) && fraction.is_empty());
        self.epoch_millis += u64::from(epoch.contains(&(whole / 1_000)) && fraction.is_empty());
        self.epoch_micros += u64::from(epoch.contains(&(whole / 1_000_000)) && fraction.is_empty());
        self.serials += u64::from((20_000..80_000).contains(&whole));
    }

    /// Of so many values, how many are numbers in the notation that fits most of them.
    pub fn most(&self) -> u64 {
        self.fits.iter().map(|fit| fit.values).max().unwrap_or_default()
    }

    /// How nearly all of so many values are written; `None` when they are no numbers, or texts that only look like some.
    pub fn written(&self, values: u64) -> Option<Written> {
        let most = self.most();
        let all = |count: u64| most > 0 && count >= most;
        if !few(values - most, values) || self.leading_zeros > 0 || !(self.percentages == 0 || all(self.percentages)) {
            return None;
        }
        let at = self.fits.iter().position(|fit| all(fit.values))?;
        self.written_in(at)
    }

    /// The other notation that all numbers read in, where they are other numbers in it.
    pub fn either(&self) -> Option<Written> {
        let [usual, other] = POINTS.map(|at| self.fits.get(at).copied().unwrap_or_default());
        let most = self.most();
        let differ = (usual.whole, usual.fraction) != (other.whole, other.fraction);
        if most > 0 && usual.values == most && other.values == most && differ { self.written_in(1) } else { None }
    }

    /// The notation among those two that nothing but it reads all numbers in.
    pub fn only(&self) -> Option<&'static str> {
        let most = self.most();
        let fits = |at: &usize| most > 0 && self.fits.get(*at).is_some_and(|fit| fit.values == most);
        match POINTS.iter().copied().filter(|at| fits(at)).collect::<Vec<_>>().as_slice() {
            [one] => NOTATIONS.get(*one).map(|notation| notation.text),
            _ => None,
        }
    }

    fn written_in(&self, at: usize) -> Option<Written> {
        let (fit, notation) = (self.fits.get(at)?, NOTATIONS.get(at)?);
        let most = self.most();
        let all = |count: u64| most > 0 && count >= most;
        let percent = self.percentages > 0;
        let usual = notation.text == NOTATIONS.first().map_or("", |first| first.text);
        Some(Written {
            whole: fit.whole,
            fraction: fit.fraction,
            notation: (!usual || percent).then_some(notation.text),
            percent,
            exponent: self.exponents > 0,
            small: all(self.small),
        })
    }

    /// The clock that all of so many values could be read from.
    pub fn clock_of(&self, values: u64) -> Option<Clock> {
        let clocks = [
            (self.epoch_millis, Clock::EpochMillis),
            (self.epoch_seconds, Clock::EpochSeconds),
            (self.epoch_micros, Clock::EpochMicros),
            (self.serials, Clock::Serial),
        ];
        clocks.into_iter().find(|(count, _)| values > 0 && *count == values).map(|(_, clock)| clock)
    }
}

/// Without sign, currency and the parentheses of accountants.
fn undecorated(text: &str) -> &str {
    let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text).trim();
    let text = text.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(text).trim_start();
    let text = text.strip_prefix(['¥', '$', '€', '£']).unwrap_or(text).trim_start();
    text.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(text)
}

/// How many digits stand before and behind the point.
fn digits(text: &str, notation: Notation) -> Option<(usize, usize)> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = number.split_once(notation.point).unwrap_or((number, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let mut count = 0;
    let grouped = whole.contains(notation.groups);
    for (at, group) in whole.split(notation.groups).enumerate() {
        // Nobody writes 125 as `0.125`.
        let first = || (1..=3).contains(&group.len()) && !group.starts_with('0');
        let sound = !grouped || if at == 0 { first() } else { group.len() == 3 };
        if !sound || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        count += group.len();
    }
    let shift = usize::try_from(exponent.unsigned_abs()).ok()?;
    Some(if exponent >= 0 {
        (count + shift, fraction.len().saturating_sub(shift))
    } else {
        (count, fraction.len() + shift)
    })
}

fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        '\u{FFE5}' => '¥',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Option<Written> {
        let mut numbers = Numbers::default();
        values.iter().for_each(|value| numbers.add(value));
        numbers.written(values.len() as u64)
    }

    #[test]
    fn notations() {
        let notation = |values: &[&str]| of(values).map(|written| written.notation);
        assert_eq!(notation(&["1,234.50", "12", "¥3.5", "(7.00)", "１２"]), Some(None));
        assert_eq!(notation(&["1.234,50", "12", "0,5"]), Some(Some("1.234,56")));
        assert_eq!(notation(&["1 234,50", "12"]), Some(Some("1 234,56")));
        assert_eq!(notation(&["1'234.50", "12"]), Some(Some("1'234.56")));
        assert_eq!(notation(&["12%", "3.5%"]), Some(Some("1,234.56")));
        assert_eq!(notation(&["12%", "3.5"]), None, "some are percentages and some are not");
        assert_eq!(notation(&["1,234.50", "1.234,50"]), None, "no notation reads both");
        assert_eq!(notation(&["007", "12"]), None, "a text that looks like a number");
        assert_eq!(notation(&["12", "abc"]), None);
        assert_eq!(notation(&["0,125", "0,250"]), Some(Some("1.234,56")), "no number has groups behind a zero");
    }

    #[test]
    fn two_readings() {
        let numbers = |values: &[&str]| {
            let mut numbers = Numbers::default();
            values.iter().for_each(|value| numbers.add(value));
            (numbers.either().map(|other| (other.whole, other.fraction)), numbers.only())
        };
        assert_eq!(numbers(&["1.000", "12.500", "7"]), (Some((5, 0)), None));
        assert_eq!(numbers(&["1,000", "12,500"]), (Some((2, 3)), None));
        assert_eq!(numbers(&["1.000", "0.500"]), (None, Some("1,234.56")));
        assert_eq!(numbers(&["1.000", "2,5"]), (None, Some("1.234,56")));
        assert_eq!(numbers(&["1", "12"]), (None, None));
    }

    #[test]
    fn sizes_and_clocks() {
        let written = of(&["1,234.5", "12", "0.125"]).expect("numbers");
        assert_eq!((written.whole, written.fraction, written.small), (4, 3, false));
        assert!(of(&["1", "99999999"]).expect("numbers").small);
        let clock = |values: &[&str]| {
            let mut numbers = Numbers::default();
            values.iter().for_each(|value| numbers.add(value));
            numbers.clock_of(values.len() as u64)
        };
        assert_eq!(clock(&["1704067200000", "1704153600123"]), Some(Clock::EpochMillis));
        assert_eq!(clock(&["1704067200"]), Some(Clock::EpochSeconds));
        assert_eq!(clock(&["45000", "45001.5"]), Some(Clock::Serial));
        assert_eq!(clock(&["12"]), None);
    }
}
