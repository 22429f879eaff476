//! Records that are set aside: where they are, what was expected, and what they say.
//!
//! They are the only place where the contents of a bad record are kept.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::error::Error;
use super::output::properties;

/// As much of a raw record as is kept.
pub const RAW_LIMIT: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    Undecodable,
    NulByte,
    Ragged,
    UnclosedQuote,
    StrayQuote,
    FieldTooLong,
    NotJson,
    CellError,
    Missing,
    NotANumber,
    TooPrecise,
    OutOfRange,
    NotABoolean,
    NotADate,
    NotATimestamp,
    NonexistentTime,
    AmbiguousTime,
    TooLong,
}

impl From<crate::datetime::OutOfRange> for Reason {
    fn from(_: crate::datetime::OutOfRange) -> Self {
        Self::OutOfRange
    }
}

impl Reason {
    /// Stable: people filter on it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::NulByte => "nul_byte",
            Self::Ragged => "ragged",
            Self::UnclosedQuote => "unclosed_quote",
            Self::StrayQuote => "stray_quote",
            Self::FieldTooLong => "field_too_long",
            Self::NotJson => "not_json",
            Self::CellError => "cell_error",
            Self::Missing => "missing",
            Self::NotANumber => "not_a_number",
            Self::TooPrecise => "too_precise",
            Self::OutOfRange => "out_of_range",
            Self::NotABoolean => "not_a_boolean",
            Self::NotADate => "not_a_date",
            Self::NotATimestamp => "not_a_timestamp",
            Self::NonexistentTime => "nonexistent_time",
            Self::AmbiguousTime => "ambiguous_time",
            Self::TooLong => "too_long",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub line: i64,
    pub column: Option<String>,
    pub reason: Reason,
    pub expected: String,
    pub raw: String,
}

/// The start of a raw record, cut between characters.
pub fn raw_text(text: &str) -> String {
    let mut end = text.len().min(RAW_LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        text("source", false),
        text("file", false),
        Field::new("line", DataType::Int64, false),
        text("column", true),
        text("reason", false),
        text("expected", false),
        text("raw", false),
    ]))
}

/// Writes the rejects of one input file, in the order of its lines. Nothing exists until there is one.
pub struct RejectWriter<'a> {
    source: &'a str,
    path: &'a str,
    file: PathBuf,
    writer: Option<ArrowWriter<File>>,
}

impl<'a> RejectWriter<'a> {
    pub fn new(source: &'a str, path: &'a str, file: PathBuf) -> Self {
        Self { source, path, file, writer: None }
    }

    pub fn write(&mut self, rejects: &[Reject]) -> Result<(), Error> {
        if rejects.is_empty() {
            return Ok(());
        }
        let write = |cause: &dyn std::fmt::Display| Error::Write { file: self.file.clone(), cause: cause.to_string() };
        let n = rejects.len();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(self.source, n))),
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(self.path, n))),
            Arc::new(Int64Array::from_iter_values(rejects.iter().map(|reject| reject.line))),
            Arc::new(StringArray::from_iter(rejects.iter().map(|reject| reject.column.as_deref()))),
            Arc::new(StringArray::from_iter_values(rejects.iter().map(|reject| reject.reason.code()))),
            Arc::new(StringArray::from_iter_values(rejects.iter().map(|reject| &reject.expected))),
            Arc::new(StringArray::from_iter_values(rejects.iter().map(|reject| &reject.raw))),
        ];
        let batch = RecordBatch::try_new(schema(), columns).map_err(|error| write(&error))?;
        if self.writer.is_none() {
            let file = File::create(&self.file).map_err(|error| write(&error))?;
            let writer = ArrowWriter::try_new(file, schema(), Some(properties())).map_err(|error| write(&error))?;
            self.writer = Some(writer);
        }
        match &mut self.writer {
            Some(writer) => writer.write(&batch).map_err(|error| write(&error)),
            None => Ok(()),
        }
    }

    /// The file with the rejects, when there were any.
    pub fn finish(self) -> Result<Option<PathBuf>, Error> {
        let Some(writer) = self.writer else { return Ok(None) };
        writer.close().map_err(|error| Error::Write { file: self.file.clone(), cause: error.to_string() })?;
        Ok(Some(self.file))
    }
}

/// Joins the rejects of the files of a source, which come in the order of their paths, into one file. Without any there
/// is none.
pub fn join(parts: &[PathBuf], quarantine: &Path) -> Result<(), Error> {
    if parts.is_empty() {
        return Ok(());
    }
    let write = |cause: &dyn std::fmt::Display| Error::Write { file: quarantine.to_owned(), cause: cause.to_string() };
    let file = File::create(quarantine).map_err(|error| write(&error))?;
    let mut writer = ArrowWriter::try_new(file, schema(), Some(properties())).map_err(|error| write(&error))?;
    for part in parts {
        let reader = File::open(part).map_err(|error| write(&error))?;
        let batches = ParquetRecordBatchReaderBuilder::try_new(reader)
            .and_then(|builder| builder.with_batch_size(1024).build())
            .map_err(|error| write(&error))?;
        for batch in batches {
            let batch = batch.map_err(|error| write(&error))?;
            writer.write(&batch).map_err(|error| write(&error))?;
        }
    }
    writer.close().map_err(|error| write(&error))?;
    Ok(())
}
