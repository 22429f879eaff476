//! One value as a file gives it, before it is of the declared type.

use chrono::DateTime;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    Null,
    Text(&'a str),
    /// A number as JSON writes it.
    Number(&'a str),
    Boolean(bool),
    Integer(i128),
    /// Unscaled value and scale.
    Decimal(i128, i8),
    Double(f64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since the epoch.
    Instant(i64),
    /// Microseconds of a wall clock.
    Local(i64),
}

impl Cell<'_> {
    /// The text of a value in a string column.
    pub fn to_text(self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) | Self::Number(text) => text.to_owned(),
            Self::Boolean(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Decimal(value, scale) => decimal(value, scale),
            Self::Double(value) => value.to_string(),
            Self::Date(days) => time(i64::from(days) * 86_400_000_000, "%Y-%m-%d"),
            Self::Instant(micros) => time(micros, "%Y-%m-%dT%H:%M:%S%.fZ"),
            Self::Local(micros) => time(micros, "%Y-%m-%dT%H:%M:%S%.f"),
        }
    }
}

fn decimal(value: i128, scale: i8) -> String {
    let places = usize::from(scale.max(0).unsigned_abs());
    let zeros = "0".repeat(usize::from(scale.min(0).unsigned_abs()));
    let digits = format!("{:0>width$}{zeros}", value.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if value < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn time(micros: i64, format: &str) -> String {
    DateTime::from_timestamp_micros(micros).map(|time| time.format(format).to_string()).unwrap_or_default()
}
