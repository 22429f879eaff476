//! Typed records to Parquet: one file for each input file, the same bytes for the same input.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::FileLedger;
use super::error::Error;
use super::keys;
use super::ledger::Amounts;
use super::reject::{Reject, RejectWriter};
use crate::column::ColumnType;
use crate::project::source::{Key, Source};

/// Index of the input file, in the order of paths.
pub const FILE: &str = "_file";
/// Physical line on which the record starts; of Parquet inputs, the number of the record.
pub const LINE: &str = "_line";
/// Hash of the key's values, when the source has a key.
pub const KEY_HASH: &str = "_key_hash";

const GROUP_ROWS: usize = 256 * 1024;

/// Fast to write and to read once: these files live as long as the run.
pub fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by("septet".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .build()
}

/// Dictionaries pay for texts and days, of which there are few; numbers are as small as their indexes.
fn data_properties(source: &Source) -> WriterProperties {
    let mut builder = properties().into_builder();
    let plain = source.columns.iter().filter(|column| !matches!(column.kind, ColumnType::String | ColumnType::Date));
    let names = plain.map(|column| column.name.as_str()).chain([LINE, KEY_HASH]);
    for name in names {
        builder = builder.set_column_dictionary_enabled(ColumnPath::new(vec![name.to_owned()]), false);
    }
    builder.build()
}

fn schema(source: &Source) -> SchemaRef {
    let mut fields: Vec<Field> = source
        .columns
        .iter()
        .map(|column| Field::new(column.name.as_str(), column.kind.to_arrow(), !column.required))
        .collect();
    fields.push(Field::new(FILE, DataType::Int32, false));
    fields.push(Field::new(LINE, DataType::Int64, false));
    if source.key != Key::None {
        fields.push(Field::new(KEY_HASH, DataType::Int64, false));
    }
    Arc::new(Schema::new(fields))
}

/// Where the records of one input file go.
pub struct Output<'a> {
    source: &'a Source,
    number: i32,
    schema: SchemaRef,
    file: PathBuf,
    writer: ArrowWriter<File>,
    rejects: RejectWriter<'a>,
    keys: Vec<usize>,
    amounts: Amounts,
    pub hashes: Vec<i64>,
    pub ledger: FileLedger,
}

/// Records with their columns, bad ones still among them.
pub struct Batch {
    pub columns: Vec<ArrayRef>,
    pub lines: Vec<i64>,
    /// False for a record that is among the rejects; `None` when all are good.
    pub good: Option<BooleanArray>,
    /// In the order of lines.
    pub rejects: Vec<Reject>,
    pub blank: u64,
}

impl<'a> Output<'a> {
    pub fn create(
        source: &'a Source,
        number: i32,
        path: &'a str,
        file: PathBuf,
        rejects: PathBuf,
    ) -> Result<Self, Error> {
        let schema = schema(source);
        let failed = |cause: &dyn std::fmt::Display| Error::Write { file: file.clone(), cause: cause.to_string() };
        let sink = File::create(&file).map_err(|error| failed(&error))?;
        let writer = ArrowWriter::try_new(sink, Arc::clone(&schema), Some(data_properties(source)))
            .map_err(|error| failed(&error))?;
        Ok(Self {
            source,
            number,
            schema,
            writer,
            rejects: RejectWriter::new(source.name.as_str(), path, rejects),
            keys: keys::columns(source),
            amounts: Amounts::new(source),
            hashes: Vec::new(),
            ledger: FileLedger { path: path.to_owned(), ..FileLedger::default() },
            file,
        })
    }

    pub fn write(&mut self, batch: Batch) -> Result<u64, Error> {
        let Batch { columns, lines, good, rejects, blank } = batch;
        let typed = lines.len() as u64;
        let bad = good.as_ref().map_or(0, |good| good.len() - good.true_count()) as u64;
        let split = rejects.len() as u64 - bad;
        self.rejects.write(&rejects)?;
        self.ledger.rows_in += typed + split + blank;
        self.ledger.quarantined += rejects.len() as u64;
        self.ledger.blank += blank;
        self.amounts.records(&columns, good.as_ref()).ok_or_else(|| self.overflow())?;
        if lines.is_empty() {
            return Ok(split + blank);
        }
        let mut all = columns;
        all.push(Arc::new(Int32Array::from_value(self.number, lines.len())));
        all.push(Arc::new(Int64Array::from(lines)));
        if self.source.key != Key::None {
            let hashes = keys::hashes(&all, &self.keys);
            all.push(Arc::new(Int64Array::from(hashes)));
        }
        // Required columns are not nullable, and the NULLs of bad records are in them until they are filtered.
        let loose: Vec<Field> =
            self.schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
        let rows = RecordBatch::try_new(Arc::new(Schema::new(loose)), all).map_err(|error| self.failed(&error))?;
        let rows = match good {
            Some(good) => filter_record_batch(&rows, &good).map_err(|error| self.failed(&error))?,
            None => rows,
        };
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), rows.columns().to_vec())
            .map_err(|error| self.failed(&error))?;
        if self.source.key != Key::None {
            self.hashes.extend(keys::last_column(&rows));
        }
        self.amounts.kept(rows.columns()).ok_or_else(|| self.overflow())?;
        self.ledger.rows_out += rows.num_rows() as u64;
        self.writer.write(&rows).map_err(|error| self.failed(&error))?;
        Ok(typed + split + blank)
    }

    /// Closes the files; the rejects' one when there is one.
    pub fn finish(mut self, bytes: u64, sha256: String) -> Result<Finished, Error> {
        self.ledger.bytes = bytes;
        self.ledger.sha256 = sha256;
        self.amounts.enter(&mut self.ledger);
        let Self { writer, rejects, file, hashes, ledger, .. } = self;
        writer.close().map_err(|error| Error::Write { file: file.clone(), cause: error.to_string() })?;
        Ok(Finished { file, rejects: rejects.finish()?, hashes, ledger })
    }

    fn failed(&self, cause: &dyn std::fmt::Display) -> Error {
        Error::Write { file: self.file.clone(), cause: cause.to_string() }
    }

    fn overflow(&self) -> Error {
        Error::AmountOverflow { path: self.ledger.path.clone() }
    }
}

pub struct Finished {
    pub file: PathBuf,
    pub rejects: Option<PathBuf>,
    pub hashes: Vec<i64>,
    pub ledger: FileLedger,
}
