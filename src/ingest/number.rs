//! Cells to numbers, exactly: no value passes through a float that was not declared as one.

use std::cell::Cell as Slot;

use super::cell::Cell;
use super::folded::folded;
use super::reject::Reason;
use crate::numeric::{NumberFormat, Written};
use crate::project::notation::Notation;

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

/// How the numbers of a column are written.
pub struct Numbers<'a> {
    formats: &'a [NumberFormat],
    /// Of the first format, when plain digits are of it.
    point: Option<u8>,
    /// What the number that was read last has beside it, until somebody takes it.
    pub currency: Slot<Option<&'static str>>,
}

impl Numbers<'static> {
    fn usual() -> Self {
        Numbers { formats: &[NumberFormat::USUAL], point: Some(b'.'), currency: Slot::new(None) }
    }
}

impl<'a> Numbers<'a> {
    pub fn new(notation: &'a Notation) -> Self {
        match notation {
            Notation::Numbers(formats) => {
                let point = formats.first().and_then(|format| format.plain_point());
                Self { formats, point, currency: Slot::new(None) }
            }
            _ => Numbers::usual(),
        }
    }

    #[inline]
    pub fn integer(&self, cell: Cell<'_>) -> Result<i128, Reason> {
        match cell {
            Cell::Text(text) => within(self.unscaled(text, 0)?, 38),
            Cell::Number(text) => Numbers::usual().integer(Cell::Text(text)),
            Cell::Integer(value) => Ok(value),
            // pandas makes integers with gaps into floats.
            Cell::Double(value) if value.is_finite() && value.fract() != 0.0 => Err(Reason::TooPrecise),
            cell => self.decimal(cell, 38, 0),
        }
    }

    /// The value times 10^scale, below 10^precision.
    #[inline]
    pub fn decimal(&self, cell: Cell<'_>, precision: u8, scale: i8) -> Result<i128, Reason> {
        match cell {
            Cell::Text(text) => self.decimal_text(text, precision, scale),
            Cell::Number(text) => Numbers::usual().decimal_text(text, precision, scale),
            Cell::Integer(value) => decimal_from_decimal(value, 0, precision, scale),
            Cell::Decimal(value, from) => decimal_from_decimal(value, from, precision, scale),
            Cell::Double(value) => decimal_from_double(value, precision, scale),
            _ => Err(Reason::NotANumber),
        }
    }

    #[inline]
    pub fn double(&self, cell: Cell<'_>) -> Result<f64, Reason> {
        match cell {
            Cell::Double(value) if value.is_finite() => Ok(value),
            Cell::Text(text) => self.double_text(text),
            Cell::Number(text) => Numbers::usual().double_text(text),
            Cell::Integer(_) | Cell::Decimal(..) => Numbers::usual().double_text(&cell.to_text()),
            _ => Err(Reason::NotANumber),
        }
    }

    #[inline]
    fn decimal_text(&self, text: &str, precision: u8, scale: i8) -> Result<i128, Reason> {
        within(self.unscaled(text, u32::from(scale.unsigned_abs()))?, precision)
    }

    // Always, for integers have no scale to go by.
    #[inline(always)]
    fn unscaled(&self, text: &str, scale: u32) -> Result<i128, Reason> {
        let plain = match self.point {
            Some(b'.') => plain::<b'.'>(text, scale),
            Some(b',') => plain::<b','>(text, scale),
            _ => None,
        };
        match plain {
            Some(value) => value,
            None => self.decorated(text, scale),
        }
    }

    /// Apart, so that the way of the plain ones is short.
    #[inline(never)]
    fn decorated(&self, text: &str, scale: u32) -> Result<i128, Reason> {
        scaled(self.written(text).ok_or(Reason::NotANumber)?, scale)
    }

    fn double_text(&self, text: &str) -> Result<f64, Reason> {
        let plain = self.point == Some(b'.')
            && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
        let parsed = if plain { text.parse::<f64>().ok() } else { None };
        // Digits and exponent name the nearest double, whatever stood beside them.
        match parsed.or_else(|| exponential(&self.written(text)?).parse().ok()) {
            Some(value) if value.is_finite() => Ok(value),
            Some(_) => Err(Reason::OutOfRange),
            None => Err(Reason::NotANumber),
        }
    }

    /// By the first format that the text is of.
    fn written(&self, text: &str) -> Option<Written> {
        // Longer than any number; bounds the work on what is not one.
        if text.len() > 512 {
            return None;
        }
        let text = folded(text);
        let written = self.formats.iter().find_map(|format| format.read(&text))?;
        self.currency.set(written.currency);
        Some(written)
    }
}

fn within(value: i128, precision: u8) -> Result<i128, Reason> {
    match power(u32::from(precision)) {
        Some(limit) if value.unsigned_abs() < limit.unsigned_abs() => Ok(value),
        _ => Err(Reason::OutOfRange),
    }
}

/// Digits with at most a minus and a point, as nearly all are; `None` for anything else.
#[inline]
fn plain<const POINT: u8>(text: &str, scale: u32) -> Option<Result<i128, Reason>> {
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
        } else if *byte == POINT && !point {
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

fn scaled(written: Written, scale: u32) -> Result<i128, Reason> {
    let Written { negative, mut digits, fraction, exponent, .. } = written;
    let mut fraction = i64::from(fraction) - i64::from(exponent);
    // Trailing zeros may be more than fit; they are worth nothing behind the point.
    while fraction > i64::from(scale) && digits.last() == Some(&0) {
        digits.pop();
        fraction -= 1;
    }
    let mut value = 0_i128;
    for digit in &digits {
        value =
            value.checked_mul(10).and_then(|value| value.checked_add(i128::from(*digit))).ok_or(Reason::OutOfRange)?;
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
    Ok(if negative { -value } else { value })
}

fn exponential(written: &Written) -> String {
    let digits: String = written.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
    let sign = if written.negative { "-" } else { "" };
    format!("{sign}0{digits}e{}", i64::from(written.exponent) - i64::from(written.fraction))
}

/// The one place where a float becomes a decimal. Digits that the type does not have are a reason, as they are of text,
/// but the noise of sums of floats is rounded away: 0.30000000000000004 is 0.30.
fn decimal_from_double(value: f64, precision: u8, scale: i8) -> Result<i128, Reason> {
    if !value.is_finite() {
        return Err(Reason::NotANumber);
    }
    // The shortest text that names the float is what was meant.
    let text = format!("{value}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let places = usize::from(scale.unsigned_abs());
    if !is_noise(fraction.get(places..).unwrap_or_default(), value, scale) {
        return Err(Reason::TooPrecise);
    }
    let kept = fraction.get(..places.min(fraction.len())).unwrap_or_default();
    let up = fraction.as_bytes().get(places).is_some_and(|digit| *digit >= b'5');
    let cut = if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") };
    let value_is_negative = value.is_sign_negative();
    let cut = Numbers::usual().decimal_text(&cut, precision, scale)?;
    let rounded = if !up {
        cut
    } else if value_is_negative {
        cut - 1
    } else {
        cut + 1
    };
    within(rounded, precision)
}

/// Whether the digits behind the last place are no more than what sums of floats leave: a billionth of that place, or
/// beyond the 14 digits that a float keeps through some sums.
fn is_noise(rest: &str, value: f64, scale: i8) -> bool {
    let beyond: f64 = if rest.is_empty() { 0.0 } else { format!("0.{rest}").parse().unwrap_or(0.0) };
    let distance = beyond.min(1.0 - beyond);
    let places = power(u32::from(scale.unsigned_abs())).unwrap_or(i128::MAX) as f64;
    distance <= 1e-9 || distance <= value.abs() * places * 1e-14
}

/// From one scale to another without loss.
fn decimal_from_decimal(value: i128, from: i8, precision: u8, scale: i8) -> Result<i128, Reason> {
    let value = match u32::try_from(from) {
        Ok(from) => rescale(value, from, u32::from(scale.unsigned_abs()))?,
        Err(_) => rescale(value, 0, u32::from(scale.unsigned_abs()) + u32::from(from.unsigned_abs()))?,
    };
    within(value, precision)
}
