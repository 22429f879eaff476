//! Column types as people write them (`decimal(18,2)`), and their Arrow twins.
//!
//! Only types that every reader of Parquet marts agrees on exist: no nanoseconds, no unsigned, no nested values.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    String,
    Boolean,
    /// 32 bits.
    Integer,
    /// 64 bits.
    Bigint,
    Double,
    Decimal {
        precision: u8,
        scale: i8,
    },
    Date,
    /// Microseconds, UTC.
    Timestamp,
}

impl ColumnType {
    /// The spellings, for messages.
    pub const EXPECTED: &'static str = "string, boolean, integer, bigint, double, decimal(p,s), date or timestamp";

    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Some(match text {
            "string" => Self::String,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "bigint" => Self::Bigint,
            "double" => Self::Double,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            _ => {
                let inner = text.strip_prefix("decimal(")?.strip_suffix(')')?;
                let (precision, scale) = inner.split_once(',')?;
                let (precision, scale) = (precision.trim().parse::<u8>().ok()?, scale.trim().parse::<i8>().ok()?);
                let fits =
                    (1..=38).contains(&precision) && scale >= 0 && u8::try_from(scale).is_ok_and(|s| s <= precision);
                fits.then_some(Self::Decimal { precision, scale })?
            }
        })
    }

    pub fn to_arrow(self) -> DataType {
        match self {
            Self::String => DataType::Utf8,
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int32,
            Self::Bigint => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
        }
    }

    /// The column type that a planned Arrow type is published as, if any reader-safe one is.
    pub fn of_arrow(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::String,
            DataType::Boolean => Self::Boolean,
            DataType::Int32 => Self::Integer,
            DataType::Int64 => Self::Bigint,
            DataType::Float64 => Self::Double,
            DataType::Decimal128(precision, scale) => Self::Decimal { precision: *precision, scale: *scale },
            DataType::Date32 => Self::Date,
            DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if matches!(&**zone, "UTC" | "+00:00") => {
                Self::Timestamp
            }
            DataType::Dictionary(_, value) => return Self::of_arrow(value),
            _ => return None,
        })
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => f.write_str("string"),
            Self::Boolean => f.write_str("boolean"),
            Self::Integer => f.write_str("integer"),
            Self::Bigint => f.write_str("bigint"),
            Self::Double => f.write_str("double"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
        }
    }
}
