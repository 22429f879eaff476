//! Cells to Arrow columns, a column at a time.
//!
//! A cell that does not fit leaves a NULL and a fault; the record is taken out afterwards. So the inner loops know one
//! type each and nothing of the other columns.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder,
    StringBuilder, TimestampMicrosecondBuilder,
};

use super::cell::Cell;
use super::error::Error;
use super::number;
use super::reject::Reason;
use super::text::{clean, half_width, trim};
use super::zone::Zone;
use crate::column::ColumnType;
use crate::datetime::{Format, Moment, in_range};
use crate::project::source::{Source, SourceColumn};

const DAY: i64 = 86_400_000_000;
const DEFAULT_DATES: [&str; 2] = ["%Y-%m-%d", "%Y/%m/%d"];
const DEFAULT_TIMES: [&str; 4] =
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f%z"];

/// The cells of a batch that did not fit: for every record the first.
#[derive(Debug, Default)]
pub struct Faults {
    /// Column and reason by record; empty while there are none.
    first: Vec<Option<(usize, Reason)>>,
    count: usize,
}

impl Faults {
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn get(&self, row: usize) -> Option<(usize, Reason)> {
        self.first.get(row).copied().flatten()
    }

    #[cold]
    fn add(&mut self, row: usize, column: usize, reason: Reason) {
        if self.first.len() <= row {
            self.first.resize(row + 1, None);
        }
        if let Some(slot @ None) = self.first.get_mut(row) {
            *slot = Some((column, reason));
            self.count += 1;
        }
    }
}

/// A column of a source, compiled.
pub struct Typed<'a> {
    at: usize,
    pub column: &'a SourceColumn,
    null_words: &'a [String],
    formats: Vec<Format>,
    zone: Zone,
}

impl<'a> Typed<'a> {
    pub fn all(source: &'a Source, null_words: &'a [String]) -> Result<Vec<Self>, Error> {
        source.columns.iter().enumerate().map(|(at, column)| Self::new(source, at, column, null_words)).collect()
    }

    fn new(source: &Source, at: usize, column: &'a SourceColumn, null_words: &'a [String]) -> Result<Self, Error> {
        let defaults: &[&str] = match column.kind {
            ColumnType::Date => &DEFAULT_DATES,
            ColumnType::Timestamp => &DEFAULT_TIMES,
            _ => &[],
        };
        let declared = column.formats.iter().map(String::as_str);
        let formats: Vec<&str> = if column.formats.is_empty() { defaults.to_vec() } else { declared.collect() };
        let compile = |format: &&str| {
            Format::compile(format).map_err(|directive| Error::DateFormat {
                source: source.name.to_string(),
                column: column.name.to_string(),
                format: (*format).to_owned(),
                directive,
            })
        };
        let formats = formats.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { at, column, null_words, formats, zone: Zone::new(column.zone) })
    }

    /// The sentence for a reject.
    pub fn expected(&self, reason: Reason) -> String {
        let kind = self.column.kind;
        let formats = || match self.column.formats.as_slice() {
            [] if kind == ColumnType::Date => "2024-01-31 or 2024/01/31".to_owned(),
            [] => "2024-01-31 12:00:00 or RFC 3339".to_owned(),
            formats => formats.join(" or "),
        };
        match reason {
            Reason::Missing => "a value".to_owned(),
            Reason::TooLong => format!("at most {} characters", self.column.max_length.unwrap_or_default()),
            Reason::TooPrecise => format!("{kind}, without more digits behind the point"),
            Reason::OutOfRange if matches!(kind, ColumnType::Date | ColumnType::Timestamp) => {
                format!("{kind} of the years 1800 to 9999")
            }
            Reason::OutOfRange => format!("{kind}, within its range"),
            Reason::NonexistentTime => format!("a time that the clocks of {} showed", self.column.zone),
            Reason::NotABoolean => "true or false, yes or no, y or n, t or f, 1 or 0, 是 or 否".to_owned(),
            Reason::NotADate | Reason::NotATimestamp => format!("{kind} as {}", formats()),
            _ => kind.to_string(),
        }
    }

    pub fn build<'c>(&mut self, rows: usize, cells: impl Iterator<Item = Cell<'c>>, faults: &mut Faults) -> ArrayRef {
        /// One loop for each type of builder; `read` gives the value or the reason that there is none.
        macro_rules! column {
            ($builder:expr, $read:expr) => {{
                let mut builder = $builder;
                for (row, cell) in cells.enumerate() {
                    match self.present(cell) {
                        Cell::Null => {
                            if self.column.required {
                                faults.add(row, self.at, Reason::Missing);
                            }
                            builder.append_null();
                        }
                        cell => match $read(&mut *self, cell) {
                            Ok(value) => builder.append_value(value),
                            Err(reason) => {
                                faults.add(row, self.at, reason);
                                builder.append_null();
                            }
                        },
                    }
                }
                Arc::new(builder.finish())
            }};
        }
        let data_type = self.column.kind.to_arrow();
        match self.column.kind {
            ColumnType::String => {
                let mut builder = StringBuilder::with_capacity(rows, rows * 16);
                for (row, cell) in cells.enumerate() {
                    let text = self.text(cell);
                    let reason = match &text {
                        None if self.column.required => Some(Reason::Missing),
                        Some(text) if self.too_long(text) => Some(Reason::TooLong),
                        _ => None,
                    };
                    if let Some(reason) = reason {
                        faults.add(row, self.at, reason);
                    }
                    builder.append_option(text);
                }
                Arc::new(builder.finish())
            }
            ColumnType::Boolean => column!(BooleanBuilder::with_capacity(rows), |_: &mut Self, cell| boolean(cell)),
            ColumnType::Integer => column!(Int32Builder::with_capacity(rows), |_: &mut Self, cell| {
                i32::try_from(integer(cell)?).map_err(|_| Reason::OutOfRange)
            }),
            ColumnType::Bigint => column!(Int64Builder::with_capacity(rows), |_: &mut Self, cell| {
                i64::try_from(integer(cell)?).map_err(|_| Reason::OutOfRange)
            }),
            ColumnType::Double => column!(Float64Builder::with_capacity(rows), |_: &mut Self, cell| double(cell)),
            ColumnType::Decimal { precision, scale } => column!(
                Decimal128Builder::with_capacity(rows).with_data_type(data_type),
                |_: &mut Self, cell| decimal(cell, precision, scale)
            ),
            ColumnType::Date => column!(Date32Builder::with_capacity(rows), Self::date),
            ColumnType::Timestamp => {
                column!(TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(data_type), Self::timestamp)
            }
        }
    }

    /// Trims, and recognises what stands for nothing.
    #[inline]
    fn present<'c>(&self, cell: Cell<'c>) -> Cell<'c> {
        let Cell::Text(text) = cell else { return cell };
        let text = trim(text);
        if text.is_empty() || self.null_words.iter().any(|word| word == text) { Cell::Null } else { Cell::Text(text) }
    }

    #[inline]
    fn text<'c>(&self, cell: Cell<'c>) -> Option<Cow<'c, str>> {
        let text = match self.present(cell) {
            Cell::Null => return None,
            Cell::Text(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.to_text()),
        };
        if self.column.clean.is_empty() {
            return Some(text);
        }
        match text {
            Cow::Borrowed(text) => clean(text, &self.column.clean),
            Cow::Owned(text) => clean(&text, &self.column.clean).map(|text| Cow::Owned(text.into_owned())),
        }
    }

    fn too_long(&self, text: &str) -> bool {
        // No more characters than bytes: most texts need no counting.
        self.column.max_length.is_some_and(|most| text.len() > most && text.chars().count() > most)
    }

    fn date(&mut self, cell: Cell<'_>) -> Result<i32, Reason> {
        let local = match cell {
            Cell::Text(text) => return self.moment(text, Reason::NotADate).map(|moment| moment.days),
            Cell::Date(days) => return Ok(in_range(i64::from(days))?),
            Cell::Local(micros) => micros,
            Cell::Instant(micros) => self.zone.local(micros)?,
            _ => return Err(Reason::NotADate),
        };
        // A time of day would be lost.
        if local.rem_euclid(DAY) == 0 { Ok(in_range(local.div_euclid(DAY))?) } else { Err(Reason::NotADate) }
    }

    fn timestamp(&mut self, cell: Cell<'_>) -> Result<i64, Reason> {
        let moment = match cell {
            Cell::Text(text) => self.moment(text, Reason::NotATimestamp)?,
            Cell::Date(days) => Moment { days: in_range(i64::from(days))?, micros: 0, offset: None },
            Cell::Local(micros) => {
                Moment { days: in_range(micros.div_euclid(DAY))?, micros: micros.rem_euclid(DAY), offset: None }
            }
            Cell::Instant(micros) => {
                in_range(micros.div_euclid(DAY))?;
                return Ok(micros);
            }
            _ => return Err(Reason::NotATimestamp),
        };
        match moment.offset {
            Some(offset) => Ok(i64::from(moment.days) * DAY + moment.micros - i64::from(offset) * 1_000_000),
            None => self.zone.instant(moment.days, moment.micros),
        }
    }

    #[inline]
    fn moment(&self, text: &str, otherwise: Reason) -> Result<Moment, Reason> {
        for format in &self.formats {
            if let Some(moment) = format.read(text) {
                return moment.map_err(Reason::from);
            }
        }
        match half_width(text) {
            Cow::Owned(narrow) => {
                let narrow = trim(&narrow);
                self.formats
                    .iter()
                    .find_map(|format| format.read(narrow))
                    .map_or(Err(otherwise), |moment| moment.map_err(Reason::from))
            }
            Cow::Borrowed(_) => Err(otherwise),
        }
    }
}

fn boolean(cell: Cell<'_>) -> Result<bool, Reason> {
    const TRUE: [&str; 6] = ["true", "yes", "y", "t", "1", "是"];
    const FALSE: [&str; 6] = ["false", "no", "n", "f", "0", "否"];
    match cell {
        Cell::Boolean(value) => Ok(value),
        Cell::Integer(0) => Ok(false),
        Cell::Integer(1) => Ok(true),
        Cell::Text(text) if TRUE.iter().any(|word| word.eq_ignore_ascii_case(text)) => Ok(true),
        Cell::Text(text) if FALSE.iter().any(|word| word.eq_ignore_ascii_case(text)) => Ok(false),
        _ => Err(Reason::NotABoolean),
    }
}

#[inline]
fn integer(cell: Cell<'_>) -> Result<i128, Reason> {
    match cell {
        Cell::Text(text) => number::integer(text),
        Cell::Integer(value) => Ok(value),
        Cell::Decimal(value, scale) => number::decimal_from_decimal(value, scale, 38, 0),
        // pandas makes integers with gaps into floats.
        Cell::Double(value) if value.fract() == 0.0 => number::decimal_from_double(value, 38, 0),
        Cell::Double(_) => Err(Reason::TooPrecise),
        _ => Err(Reason::NotANumber),
    }
}

#[inline]
fn decimal(cell: Cell<'_>, precision: u8, scale: i8) -> Result<i128, Reason> {
    match cell {
        Cell::Text(text) => number::decimal(text, precision, scale),
        Cell::Integer(value) => number::decimal_from_decimal(value, 0, precision, scale),
        Cell::Decimal(value, from) => number::decimal_from_decimal(value, from, precision, scale),
        Cell::Double(value) => number::decimal_from_double(value, precision, scale),
        _ => Err(Reason::NotANumber),
    }
}

#[inline]
fn double(cell: Cell<'_>) -> Result<f64, Reason> {
    match cell {
        Cell::Double(value) if value.is_finite() => Ok(value),
        Cell::Text(text) => number::double(text),
        cell @ (Cell::Integer(_) | Cell::Decimal(..)) => number::double(&cell.to_text()),
        _ => Err(Reason::NotANumber),
    }
}
