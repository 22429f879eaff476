//! The value of a cell of a sheet.

use calamine::{CellErrorType, Data, DataRef, ExcelDateTime};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::super::super::cell::Cell;
use super::super::super::text::trim;

/// Whole numbers up to here are exact as floating-point numbers, which is what a workbook has.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Integer(i64),
    Double(f64),
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds of a wall clock.
    Local(i64),
    /// `#N/A` and the like.
    Error(CellErrorType),
    /// A formula whose result was not stored, as programs write it that do not calculate.
    Uncalculated,
}

impl Value {
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(text),
            Self::Integer(value) => Cell::Integer(i128::from(*value)),
            Self::Double(value) => Cell::Double(*value),
            Self::Boolean(value) => Cell::Boolean(*value),
            Self::Date(days) => Cell::Date(*days),
            Self::Local(micros) => Cell::Local(*micros),
            Self::Error(_) | Self::Uncalculated => Cell::Null,
        }
    }

    pub fn to_text(&self) -> String {
        match self {
            Self::Error(error) => error.to_string(),
            value => value.cell().to_text(),
        }
    }

    /// Why it is no value of any type.
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Error(error) => Some(format!("says {error}")),
            Self::Uncalculated => Some("is a formula without a result".to_owned()),
            _ => None,
        }
    }

    /// `None` is a cell that says nothing.
    pub fn of_ref(data: &DataRef<'_>) -> Option<Self> {
        match data {
            DataRef::SharedString(text) => text_of(text),
            DataRef::String(text) | DataRef::DurationIso(text) => text_of(text),
            DataRef::Int(value) => Some(Self::Integer(*value)),
            DataRef::Float(value) => Some(number(*value)),
            DataRef::Bool(value) => Some(Self::Boolean(*value)),
            DataRef::DateTime(moment) => Some(date(moment)),
            DataRef::DateTimeIso(text) => Some(iso(text)),
            DataRef::Error(error) => Some(Self::Error(error.clone())),
            DataRef::Empty => None,
        }
    }

    pub fn of(data: &Data) -> Option<Self> {
        match data {
            Data::String(text) | Data::DurationIso(text) => text_of(text),
            Data::Int(value) => Some(Self::Integer(*value)),
            Data::Float(value) => Some(number(*value)),
            Data::Bool(value) => Some(Self::Boolean(*value)),
            Data::DateTime(moment) => Some(date(moment)),
            Data::DateTimeIso(text) => Some(iso(text)),
            Data::Error(error) => Some(Self::Error(error.clone())),
            Data::Empty => None,
        }
    }
}

fn text_of(text: &str) -> Option<Value> {
    (!trim(text).is_empty()).then(|| Value::Text(text.to_owned()))
}

/// The shortest decimal that is this number is what people see; 12.0 is 12.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() <= EXACT {
        Value::Integer(value as i64)
    } else if value.is_finite() {
        Value::Double(value)
    } else {
        Value::Text(value.to_string())
    }
}

/// A serial number that is shown as a date, to the millisecond, which is what Excel keeps of it.
fn date(moment: &ExcelDateTime) -> Value {
    let serial = moment.as_f64();
    if !(0.0..2_958_466.0).contains(&serial) {
        return number(serial);
    }
    if moment.is_duration() || serial < 1.0 {
        return Value::Text(clock(serial));
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
    let time = NaiveTime::from_hms_milli_opt(u32::from(hour), u32::from(minute), u32::from(second), u32::from(milli));
    match date.zip(time) {
        Some((date, time)) => at(date.and_time(time)),
        // 1900-02-29, which is a day of Excel's alone.
        None => Value::Text(format!("{year:04}-{month:02}-{day:02}")),
    }
}

fn at(moment: NaiveDateTime) -> Value {
    let micros = moment.and_utc().timestamp_micros();
    if moment.time() == NaiveTime::MIN {
        i32::try_from(micros.div_euclid(86_400_000_000)).map_or(Value::Local(micros), Value::Date)
    } else {
        Value::Local(micros)
    }
}

/// OpenDocument writes dates as ISO 8601.
fn iso(text: &str) -> Value {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return at(date.and_time(NaiveTime::MIN));
    }
    text.parse::<NaiveDateTime>().map_or_else(|_| Value::Text(text.to_owned()), at)
}

/// A time of day or a duration: `36:15:00`.
fn clock(days: f64) -> String {
    let millis = (days * 86_400_000.0).round() as u64;
    let (seconds, rest) = (millis / 1000, millis % 1000);
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { text } else { format!("{text}.{rest:03}") }
}
