//! Moments by strptime directives, compiled once.
//!
//! Lenient on leading zeros where something separates the numbers; strict on everything else: a date that does not
//! exist is not moved to one that does, and a weekday is that of the date.

use super::calendar::{OutOfRange, YEARS, days_from_civil, days_in_month, in_range};
use super::count::epoch;
use super::{Clock, Moment, Problem, word};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    items: Vec<Item>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// A number and how many digits it has; at least as many when nothing separates it from the next.
    Number(Part, u8, bool),
    MonthName,
    Weekday,
    AmPm,
    /// `Z`, `+08:00`, `+0800`, `+08`.
    Offset,
    /// Digits behind the point, as many as there are.
    Fraction,
    /// A point and digits, or nothing.
    MaybeFraction,
    Epoch,
    /// Any blanks, also none.
    Blank,
    Byte(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    YearOfCentury,
    Month,
    Day,
    Hour,
    Hour12,
    Minute,
    Second,
}

impl Pattern {
    pub fn compile(format: &str) -> Result<Self, Problem> {
        let pattern = Self::items(format)?;
        let has = |wanted: fn(&Item) -> bool| pattern.items.iter().any(wanted);
        let half_day = has(|item| *item == Item::AmPm);
        if !has(|item| matches!(item, Item::Number(Part::Year | Part::YearOfCentury, ..) | Item::Epoch)) {
            return Err(Problem::NoYear);
        }
        if has(|item| matches!(item, Item::Number(Part::Hour12, ..))) != half_day {
            return Err(if half_day { Problem::TwoClocks } else { Problem::HalfDay });
        }
        Ok(pattern)
    }

    fn items(format: &str) -> Result<Self, Problem> {
        let mut items = Vec::new();
        let mut rest = format;
        while let Some(c) = rest.chars().next() {
            let mut after = rest.get(c.len_utf8()..).unwrap_or_default();
            if c == '%' {
                // `%-d`, `%_d`, `%0d` only say how to print.
                let padded = after.trim_start_matches(['-', '_', '0']);
                let unknown = || rest.chars().take(2 + after.len() - padded.len()).collect();
                let length = directive(padded, &mut items).ok_or_else(|| Problem::Directive(unknown()))?;
                after = padded.get(length..).unwrap_or_default();
            } else if c.is_whitespace() {
                items.push(Item::Blank);
            } else {
                items.extend(rest.bytes().take(c.len_utf8()).map(Item::Byte));
            }
            rest = after;
        }
        // Numbers side by side, as in %Y%m%d, have all their digits.
        let numeric = |item: Option<&Item>| matches!(item, Some(Item::Number(..)));
        let exact: Vec<bool> =
            (0..items.len()).map(|at| numeric(items.get(at + 1)) || (at > 0 && numeric(items.get(at - 1)))).collect();
        for (item, side_by_side) in items.iter_mut().zip(exact) {
            if let Item::Number(_, _, exact) = item {
                *exact = side_by_side;
            }
        }
        Ok(Self { items })
    }

    /// `None` when the text is not of this format, an error when it is and says what cannot be.
    #[inline]
    pub fn read(&self, text: &str) -> Option<Result<Moment, OutOfRange>> {
        let bytes = text.as_bytes();
        let mut fields = Fields { year: 1970, month: 1, day: 1, ..Fields::default() };
        let mut at = 0;
        for item in &self.items {
            at = fields.item(*item, bytes, at)?;
        }
        if at == bytes.len() { fields.moment() } else { None }
    }
}

fn directive(text: &str, items: &mut Vec<Item>) -> Option<usize> {
    let number = |part, digits| Item::Number(part, digits, false);
    for fraction in [".f", ".3f", ".6f", ".9f"] {
        if text.starts_with(fraction) {
            items.push(Item::MaybeFraction);
            return Some(fraction.len());
        }
    }
    if text.starts_with(":z") {
        items.push(Item::Offset);
        return Some(2);
    }
    let whole = |format: &str, items: &mut Vec<Item>| {
        items.extend(Pattern::items(format).map(|pattern| pattern.items).unwrap_or_default())
    };
    match text.chars().next()? {
        'Y' => items.push(number(Part::Year, 4)),
        'y' => items.push(number(Part::YearOfCentury, 2)),
        'm' => items.push(number(Part::Month, 2)),
        'b' | 'B' | 'h' => items.push(Item::MonthName),
        'a' | 'A' => items.push(Item::Weekday),
        'd' | 'e' => items.push(number(Part::Day, 2)),
        'H' | 'k' => items.push(number(Part::Hour, 2)),
        'I' | 'l' => items.push(number(Part::Hour12, 2)),
        'p' | 'P' => items.push(Item::AmPm),
        'M' => items.push(number(Part::Minute, 2)),
        'S' => items.push(number(Part::Second, 2)),
        'f' => items.push(Item::Fraction),
        'z' => items.push(Item::Offset),
        's' => items.push(Item::Epoch),
        '%' => items.push(Item::Byte(b'%')),
        'F' => whole("%Y-%m-%d", items),
        'T' => whole("%H:%M:%S", items),
        'R' => whole("%H:%M", items),
        'D' => whole("%m/%d/%y", items),
        _ => return None,
    }
    Some(1)
}

#[derive(Default)]
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    twelve: bool,
    afternoon: Option<bool>,
    offset: Option<i32>,
    weekday: Option<i64>,
    epoch: Option<i64>,
}

impl Fields {
    #[inline]
    fn item(&mut self, item: Item, bytes: &[u8], at: usize) -> Option<usize> {
        match item {
            Item::Byte(byte) => (bytes.get(at) == Some(&byte)).then_some(at + 1),
            Item::Number(part, digits, exact) => {
                let (value, end) = number(bytes, at, usize::from(digits))?;
                if exact && end - at != usize::from(digits) {
                    return None;
                }
                match part {
                    Part::Year => self.year = value,
                    // POSIX: 69 to 99 are of the last century.
                    Part::YearOfCentury => self.year = value + if value < 69 { 2000 } else { 1900 },
                    Part::Month => self.month = value,
                    Part::Day => self.day = value,
                    Part::Hour => self.hour = value,
                    Part::Hour12 => (self.hour, self.twelve) = (value, true),
                    Part::Minute => self.minute = value,
                    Part::Second => self.second = value,
                }
                Some(end)
            }
            Item::Blank => {
                let rest = bytes.get(at..)?;
                Some(at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count())
            }
            Item::MaybeFraction if bytes.get(at) != Some(&b'.') => Some(at),
            Item::MaybeFraction => self.fraction(bytes, at + 1),
            Item::Fraction => self.fraction(bytes, at),
            Item::Offset => self.offset(bytes, at),
            Item::MonthName | Item::Weekday | Item::AmPm | Item::Epoch => self.rare(item, bytes, at),
        }
    }

    /// Apart, so that the loop over the usual ones stays small.
    #[inline(never)]
    fn rare(&mut self, item: Item, bytes: &[u8], at: usize) -> Option<usize> {
        match item {
            Item::MonthName => {
                let (month, end) = word::month(bytes, at)?;
                self.month = month;
                Some(end)
            }
            Item::Weekday => {
                let (day, end) = word::weekday(bytes, at)?;
                self.weekday = Some(day);
                Some(end)
            }
            Item::AmPm => {
                let (afternoon, end) = word::half_day(bytes, at)?;
                self.afternoon = Some(afternoon);
                Some(end)
            }
            Item::Epoch => {
                let negative = bytes.get(at) == Some(&b'-');
                let (value, end) = number(bytes, at + usize::from(negative), 18)?;
                self.epoch = Some(if negative { -value } else { value });
                Some(end)
            }
            _ => None,
        }
    }

    /// Beyond microseconds digits are cut: no source measures what they say.
    fn fraction(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let digits = bytes.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (value, end) = number(bytes, at, digits.min(6))?;
        let mut micros = value;
        for _ in end - at..6 {
            micros *= 10;
        }
        self.micros = micros;
        Some(at + digits)
    }

    fn offset(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let sign = match bytes.get(at)? {
            b'Z' | b'z' => {
                self.offset = Some(0);
                return Some(at + 1);
            }
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, end) = number(bytes, at + 1, 2)?;
        let colon = bytes.get(end) == Some(&b':');
        let (minutes, end) = match number(bytes, end + usize::from(colon), 2) {
            Some((minutes, after)) if after - end - usize::from(colon) == 2 => (minutes, after),
            Some(_) => return None,
            None if colon => return None,
            None => (0, end),
        };
        if hours > 18 || minutes > 59 {
            return None;
        }
        self.offset = i32::try_from(sign * (hours * 3600 + minutes * 60)).ok();
        Some(end)
    }

    fn moment(mut self) -> Option<Result<Moment, OutOfRange>> {
        if let Some(seconds) = self.epoch {
            return Some(since_1970(seconds, self.micros));
        }
        if self.twelve {
            if !(1..=12).contains(&self.hour) {
                return None;
            }
            self.hour = self.hour % 12 + if self.afternoon == Some(true) { 12 } else { 0 };
        }
        let sound = (1..=12).contains(&self.month)
            && self.day >= 1
            && self.day <= days_in_month(self.year, self.month)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60;
        if !sound {
            return None;
        }
        if !YEARS.contains(&self.year) {
            return Some(Err(OutOfRange));
        }
        let days = days_from_civil(self.year, self.month, self.day);
        // 1970-01-01 was a Thursday.
        if self.weekday.is_some_and(|weekday| weekday != (days + 3).rem_euclid(7)) {
            return None;
        }
        let micros = ((self.hour * 60 + self.minute) * 60 + self.second) * 1_000_000 + self.micros;
        let clock = self.offset.map_or(Clock::Local, Clock::Offset);
        Some(in_range(days).map(|days| Moment { days, micros, clock }))
    }
}

#[inline(never)]
fn since_1970(seconds: i64, micros: i64) -> Result<Moment, OutOfRange> {
    epoch(i128::from(seconds) * 1_000_000 + i128::from(micros), true)
}

/// Up to `digits` digits.
#[inline]
fn number(bytes: &[u8], at: usize, digits: usize) -> Option<(i64, usize)> {
    let (mut value, mut end) = (0_i64, at);
    while end - at < digits {
        let Some(byte) = bytes.get(end) else { break };
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value * 10 + i64::from(digit);
        end += 1;
    }
    (end > at).then_some((value, end))
}
