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

use super::boolean::Booleans;
use super::cell::Cell;
use super::faults::Faults;
use super::number::Numbers;
use super::reject::Reason;
use super::text::{clean, trim};
use super::times::Times;
use crate::column::ColumnType;
use crate::datetime::Format;
use crate::project::notation::Notation;
use crate::project::source::{Source, SourceColumn};

/// A column of a source, compiled.
pub struct Typed<'a> {
    at: usize,
    pub column: &'a SourceColumn,
    null_words: Vec<&'a str>,
    /// Some word may be a number or date that is no text, as `-1` is.
    null_values: bool,
    numbers: Numbers<'a>,
    booleans: Booleans,
    times: Times<'a>,
}

impl<'a> Typed<'a> {
    pub fn all(source: &'a Source, null_words: &'a [String]) -> Vec<Self> {
        source.columns.iter().enumerate().map(|(at, column)| Self::new(at, column, null_words)).collect()
    }

    fn new(at: usize, column: &'a SourceColumn, null_words: &'a [String]) -> Self {
        let null_words: Vec<&str> = null_words.iter().chain(&column.null_words).map(String::as_str).collect();
        Self {
            at,
            column,
            null_values: null_words.iter().any(|word| word.contains(|c: char| c.is_ascii_digit())),
            null_words,
            numbers: Numbers::new(&column.notation),
            booleans: Booleans::new(&column.notation),
            times: Times::new(column),
        }
    }

    /// The sentence for a reject.
    pub fn expected(&self, reason: Reason) -> String {
        let kind = self.column.kind;
        let declared = self.column.notation.texts().join(" or ");
        let like = |usual: &str| match declared.as_str() {
            "" if usual.is_empty() => kind.to_string(),
            "" => format!("{kind} as {usual}"),
            declared => format!("{kind} as {declared}"),
        };
        match reason {
            Reason::Missing => "a value".to_owned(),
            Reason::Undecodable => "text in UTF-8".to_owned(),
            Reason::NulByte => "text without NUL bytes".to_owned(),
            Reason::TooLong => format!("at most {} characters", self.column.max_length.unwrap_or_default()),
            Reason::TooPrecise => format!("{}, without more digits behind the point", like("")),
            Reason::OutOfRange if matches!(kind, ColumnType::Date | ColumnType::Timestamp) => {
                match &self.column.notation {
                    Notation::Times(formats) if formats.iter().any(Format::is_epoch) => {
                        format!("{}, counted within the years 1900 to 2199", like(""))
                    }
                    _ => format!("{} of the years 1800 to 9999", like("")),
                }
            }
            Reason::OutOfRange => format!("{}, within its range", like("")),
            Reason::NonexistentTime => format!("a time that the clocks of {} showed", self.column.zone),
            Reason::AmbiguousTime => format!("a time that the clocks of {} showed once", self.column.zone),
            Reason::NotABoolean if declared.is_empty() => {
                "true or false, yes or no, y or n, t or f, 1 or 0, 是 or 否".to_owned()
            }
            Reason::NotADate => like("2024-01-31 or 2024/01/31"),
            Reason::NotATimestamp => like("2024-01-31 12:00:00 or RFC 3339"),
            _ => like(""),
        }
    }

    pub fn build<'c>(&mut self, rows: usize, cells: impl Iterator<Item = Cell<'c>>, faults: &mut Faults) -> ArrayRef {
        /// One loop for each type of builder; `read` gives the value of a cell or the reason that there is none.
        macro_rules! column {
            ($builder:expr, $row:ident, $cell:ident => $read:expr) => {{
                let mut builder = $builder;
                for ($row, cell) in cells.enumerate() {
                    match self.present(cell) {
                        Cell::Null => {
                            if self.column.required {
                                faults.add($row, self.at, Reason::Missing);
                            }
                            builder.append_null();
                        }
                        $cell => match $read {
                            Ok(value) => builder.append_value(value),
                            Err(reason) => {
                                faults.add($row, self.at, reason);
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
            ColumnType::String => self.texts(rows, cells, faults),
            ColumnType::Boolean => {
                column!(BooleanBuilder::with_capacity(rows), row, cell => self.booleans.read(cell))
            }
            ColumnType::Integer => {
                column!(Int32Builder::with_capacity(rows), row, cell => narrowed(self.number(self.numbers.integer(cell), row, faults)))
            }
            ColumnType::Bigint => {
                column!(Int64Builder::with_capacity(rows), row, cell => narrowed(self.number(self.numbers.integer(cell), row, faults)))
            }
            ColumnType::Double => {
                let builder = Float64Builder::with_capacity(rows);
                column!(builder, row, cell => self.number(self.numbers.double(cell), row, faults))
            }
            ColumnType::Decimal { precision, scale } => {
                let builder = Decimal128Builder::with_capacity(rows).with_data_type(data_type);
                column!(builder, row, cell => self.number(self.numbers.decimal(cell, precision, scale), row, faults))
            }
            ColumnType::Date => column!(Date32Builder::with_capacity(rows), row, cell => self.times.date(cell)),
            ColumnType::Timestamp => {
                let builder = TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(data_type);
                column!(builder, row, cell => self.instant(cell, row, faults))
            }
        }
    }

    /// A number that was read, and of its text the currency.
    #[inline]
    fn number<T>(&self, read: Result<T, Reason>, row: usize, faults: &mut Faults) -> Result<T, Reason> {
        if let Some(currency) = self.numbers.currency.take() {
            faults.add_currency(row, self.at, currency);
        }
        read
    }

    #[inline]
    fn instant(&mut self, cell: Cell<'_>, row: usize, faults: &mut Faults) -> Result<i64, Reason> {
        let instant = self.times.timestamp(cell)?;
        if let Some(shift) = self.times.zone.shift.take() {
            faults.add_moved(row, self.at, shift);
        }
        Ok(instant)
    }

    fn texts<'c>(&self, rows: usize, cells: impl Iterator<Item = Cell<'c>>, faults: &mut Faults) -> ArrayRef {
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

    /// Trims, and recognises what stands for nothing.
    #[inline]
    fn present<'c>(&self, cell: Cell<'c>) -> Cell<'c> {
        let Cell::Text(text) = cell else {
            let stands_for_nothing = self.null_values && self.null_words.contains(&cell.to_text().as_str());
            return if stands_for_nothing { Cell::Null } else { cell };
        };
        let text = trim(text);
        if text.is_empty() || self.null_words.contains(&text) { Cell::Null } else { Cell::Text(text) }
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
}

fn narrowed<T: TryFrom<i128>>(value: Result<i128, Reason>) -> Result<T, Reason> {
    T::try_from(value?).map_err(|_| Reason::OutOfRange)
}
