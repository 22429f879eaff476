//! Run parameters: typed values that models read as `$name`.

use chrono::NaiveDate;

use crate::column::ColumnType;
use crate::names::Name;

#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: Name,
    pub kind: ColumnType,
    /// `None` until the run knows it (`as_of`).
    pub value: Option<ParamValue>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    Text(String),
    Boolean(bool),
    Whole(i64),
    Double(f64),
    /// Unscaled, with the scale of the parameter's type.
    Decimal(i128),
    Date(NaiveDate),
}

impl ParamValue {
    /// Reads a value as its declared type.
    pub fn parse(kind: ColumnType, text: &str) -> Option<Self> {
        Some(match kind {
            ColumnType::String => Self::Text(text.to_owned()),
            ColumnType::Boolean => Self::Boolean(text.parse().ok()?),
            ColumnType::Integer => Self::Whole(i64::from(text.parse::<i32>().ok()?)),
            ColumnType::Bigint => Self::Whole(text.parse().ok()?),
            ColumnType::Double => Self::Double(text.parse::<f64>().ok().filter(|number| number.is_finite())?),
            ColumnType::Date => Self::Date(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?),
            ColumnType::Decimal { precision, scale } => Self::Decimal(decimal(text, precision, scale)?),
            ColumnType::Timestamp => return None,
        })
    }
}

fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let places = usize::try_from(scale).ok()?;
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || !numeric(whole) || !numeric(fraction) || fraction.len() > places {
        return None;
    }
    let unscaled: i128 = format!("{whole}{fraction:0<places$}").parse().ok()?;
    let fits = unscaled < 10i128.checked_pow(u32::from(precision))?;
    fits.then_some(if negative { -unscaled } else { unscaled })
}
