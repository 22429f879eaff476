//! Texts to numbers, exactly: no value passes through a float that was not declared as one.
//!
//! Accepted besides plain digits: blanks around, a sign, a currency sign before the digits, thousands commas in groups
//! of three, accounting parentheses for negatives, full-width characters, an exponent.

use super::reject::Reason;
use super::text::narrow;

/// 10^0 ..= 10^38.
const POWERS: [i128; 39] = {
    let mut powers = [1_i128; 39];
    let mut n = 1;
    while n < 39 {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
};

fn power(exponent: u32) -> Option<i128> {
    POWERS.get(exponent as usize).copied()
}

/// The value times 10^scale, below 10^precision.
#[inline]
pub fn decimal(text: &str, precision: u8, scale: i8) -> Result<i128, Reason> {
    let scale = u32::from(scale.unsigned_abs());
    let value = match plain(text, scale) {
        Some(value) => value?,
        None => Tidy::read(text).ok_or(Reason::NotANumber)?.scaled(scale)?,
    };
    match power(u32::from(precision)) {
        Some(limit) if value.unsigned_abs() < limit.unsigned_abs() => Ok(value),
        _ => Err(Reason::OutOfRange),
    }
}

#[inline]
pub fn integer(text: &str) -> Result<i128, Reason> {
    decimal(text, 38, 0)
}

pub fn double(text: &str) -> Result<f64, Reason> {
    let plain =
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    let value: Option<f64> =
        if plain { text.parse().ok() } else { Tidy::read(text).and_then(|tidy| tidy.to_text().parse().ok()) };
    match value {
        Some(value) if value.is_finite() => Ok(value),
        // Too large for a double.
        Some(_) => Err(Reason::OutOfRange),
        None => Err(Reason::NotANumber),
    }
}

/// Digits with at most a minus and a point, as nearly all are; `None` for anything else.
#[inline]
fn plain(text: &str, scale: u32) -> Option<Result<i128, Reason>> {
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, bytes),
    };
    // 18 digits and a point; more might not fit 64 bits.
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let (mut value, mut fraction, mut point, mut count) = (0_u64, 0_u32, false, 0_u32);
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            count += 1;
            fraction += u32::from(point);
        } else if *byte == b'.' && !point {
            point = true;
        } else {
            return None;
        }
    }
    if count == 0 || count > 18 || (point && (fraction == 0 || fraction == count)) {
        return None;
    }
    Some(rescale(i128::from(value), fraction, scale).map(|value| if negative { -value } else { value }))
}

/// From `fraction` digits behind the point to `scale` of them, losing none but zeros.
fn rescale(value: i128, fraction: u32, scale: u32) -> Result<i128, Reason> {
    if fraction <= scale {
        let factor = power(scale - fraction).ok_or(Reason::OutOfRange)?;
        return value.checked_mul(factor).ok_or(Reason::OutOfRange);
    }
    match power(fraction - scale) {
        Some(factor) if value % factor == 0 => Ok(value / factor),
        None if value == 0 => Ok(0),
        _ => Err(Reason::TooPrecise),
    }
}

/// A number freed of its decoration.
#[derive(Debug, Default)]
struct Tidy {
    negative: bool,
    /// Values 0 to 9, without leading zeros.
    digits: Vec<u8>,
    fraction: u32,
    exponent: i32,
}

impl Tidy {
    /// `None` when the text is not a number.
    fn read(text: &str) -> Option<Self> {
        // Longer than any number; bounds the work on what is not one.
        if text.len() > 512 {
            return None;
        }
        let text: String = text.chars().map(narrow).collect();
        let mut tidy = Self::default();
        let mut rest = text.trim();
        if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            tidy.negative = true;
            rest = tidy.unit(inner.trim());
            return tidy.body(rest).then_some(tidy);
        }
        rest = tidy.sign(rest);
        let signed = rest.len() < text.trim().len();
        rest = tidy.unit(rest);
        if !signed {
            rest = tidy.sign(rest);
        }
        tidy.body(rest).then_some(tidy)
    }

    fn sign<'t>(&mut self, text: &'t str) -> &'t str {
        if let Some(rest) = text.strip_prefix(['-', '\u{2212}']) {
            self.negative = true;
            return rest.trim_start();
        }
        text.strip_prefix('+').map_or(text, str::trim_start)
    }

    fn unit<'t>(&self, text: &'t str) -> &'t str {
        text.strip_prefix(['¥', '$', '€', '£']).map_or(text, str::trim_start)
    }

    /// Digits, grouped or not; fraction; exponent.
    fn body(&mut self, text: &str) -> bool {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, Some(exponent)),
            None => (text, None),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (number, None),
        };
        if whole.is_empty() && fraction.is_none_or(str::is_empty) {
            return false;
        }
        for (n, group) in whole.split(',').enumerate() {
            let grouped = whole.contains(',');
            if grouped && !(if n == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 }) {
                return false;
            }
            if !self.push(group) {
                return false;
            }
        }
        if let Some(fraction) = fraction {
            if !self.push(fraction) {
                return false;
            }
            self.fraction = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
        }
        match exponent {
            None => true,
            Some(exponent) => match exponent.parse::<i32>() {
                Ok(exponent) if exponent.abs() < 400 => {
                    self.exponent = exponent;
                    true
                }
                _ => false,
            },
        }
    }

    fn push(&mut self, digits: &str) -> bool {
        for byte in digits.bytes() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return false;
            }
            if digit > 0 || !self.digits.is_empty() {
                self.digits.push(digit);
            }
        }
        true
    }

    fn scaled(mut self, scale: u32) -> Result<i128, Reason> {
        let mut fraction = i64::from(self.fraction) - i64::from(self.exponent);
        // Trailing zeros may be more than fit; they are worth nothing behind the point.
        while fraction > i64::from(scale) && self.digits.last() == Some(&0) {
            self.digits.pop();
            fraction -= 1;
        }
        let mut value = 0_i128;
        for digit in &self.digits {
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(i128::from(*digit)))
                .ok_or(Reason::OutOfRange)?;
        }
        if value == 0 {
            return Ok(0);
        }
        let value = match u32::try_from(fraction) {
            Ok(fraction) => rescale(value, fraction, scale)?,
            Err(_) => {
                let shift = u32::try_from(-fraction).map_err(|_| Reason::OutOfRange)?;
                rescale(value, 0, scale + shift)?
            }
        };
        Ok(if self.negative { -value } else { value })
    }

    fn to_text(&self) -> String {
        let digits: String = self.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}0{digits}e{}", i64::from(self.exponent) - i64::from(self.fraction))
    }
}

/// Rounds half away from zero. The one place where a float becomes a decimal.
pub fn decimal_from_double(value: f64, precision: u8, scale: i8) -> Result<i128, Reason> {
    if !value.is_finite() {
        return Err(Reason::NotANumber);
    }
    // The shortest text that names the float is what was meant: 1.005 rounds to 1.01, not to 1.00.
    let text = format!("{value}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let places = usize::from(scale.unsigned_abs());
    let kept = fraction.get(..places.min(fraction.len())).unwrap_or_default();
    let up = fraction.as_bytes().get(places).is_some_and(|digit| *digit >= b'5');
    let cut = if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") };
    let value_is_negative = value.is_sign_negative();
    let cut = decimal(&cut, precision, scale)?;
    let rounded = if !up {
        cut
    } else if value_is_negative {
        cut - 1
    } else {
        cut + 1
    };
    match power(u32::from(precision)) {
        Some(limit) if rounded.unsigned_abs() < limit.unsigned_abs() => Ok(rounded),
        _ => Err(Reason::OutOfRange),
    }
}

/// From one scale to another without loss.
pub fn decimal_from_decimal(value: i128, from: i8, precision: u8, scale: i8) -> Result<i128, Reason> {
    let value = match u32::try_from(from) {
        Ok(from) => rescale(value, from, u32::from(scale.unsigned_abs()))?,
        Err(_) => rescale(value, 0, u32::from(scale.unsigned_abs()) + u32::from(from.unsigned_abs()))?,
    };
    match power(u32::from(precision)) {
        Some(limit) if value.unsigned_abs() < limit.unsigned_abs() => Ok(value),
        _ => Err(Reason::OutOfRange),
    }
}
