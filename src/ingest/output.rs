//! Typed records to Parquet: one file for each input file, the same bytes for the same input.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array};
use arrow::compute::filter;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::FileLedger;
use super::error::Error;
use super::faults::Remarks;
use super::file::Target;
use super::hashes::HashWriter;
use super::keys;
use super::ledger::Amounts;
use super::reject::{Reject, RejectWriter};
use crate::column::ColumnType;
use crate::project::source::{Key, Source};

/// Physical line on which the record starts; of a sheet, the row; of Parquet and JSON documents, the record's number.
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

/// Dictionaries pay for days and for texts that repeat; numbers are as small as their indexes.
fn data_properties(source: &Source, repetitive: &[bool]) -> WriterProperties {
    let mut builder = properties().into_builder();
    let plain = source.columns.iter().zip(repetitive).filter(|(column, repetitive)| match column.kind {
        ColumnType::String => !**repetitive,
        ColumnType::Date => false,
        _ => true,
    });
    let names = plain.map(|(column, _)| column.name.as_str()).chain([LINE, KEY_HASH]);
    for name in names {
        builder = builder.set_column_dictionary_enabled(ColumnPath::new(vec![name.to_owned()]), false);
    }
    // Compressing numbers takes longer than writing what it saves, and hashes give nothing at all.
    let numbers = source.columns.iter().filter(|column| column.kind != ColumnType::String);
    for name in numbers.map(|column| column.name.as_str()).chain([LINE, KEY_HASH]) {
        builder = builder.set_column_compression(ColumnPath::new(vec![name.to_owned()]), Compression::UNCOMPRESSED);
    }
    builder.build()
}

fn schema(source: &Source) -> SchemaRef {
    let mut fields: Vec<Field> = source
        .columns
        .iter()
        .map(|column| Field::new(column.name.as_str(), column.kind.to_arrow(), !column.required))
        .collect();
    fields.push(Field::new(LINE, DataType::Int64, false));
    if source.key != Key::None {
        fields.push(Field::new(KEY_HASH, DataType::Int64, false));
    }
    Arc::new(Schema::new(fields))
}

/// How records of one input file become row groups; any thread can make one.
pub struct Encoder<'a> {
    source: &'a Source,
    path: &'a str,
    schema: SchemaRef,
    file: PathBuf,
    keys: Vec<usize>,
    columns: ArrowRowGroupWriterFactory,
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
    pub skipped: u64,
    pub remarks: Remarks,
}

/// A row group in the making.
pub struct Group<'a> {
    encoder: &'a Encoder<'a>,
    columns: Vec<ArrowColumnWriter>,
    rows: u64,
    encoded: Encoded,
}

/// A row group, and what was counted on the way.
#[derive(Default)]
pub struct Encoded {
    columns: Vec<ArrowColumnChunk>,
    rejects: Vec<Reject>,
    amounts: Amounts,
    hashes: Vec<i64>,
    rows_in: u64,
    rows_out: u64,
    blank: u64,
    skipped: u64,
    remarks: Remarks,
}

impl<'a> Encoder<'a> {
    pub fn group(&'a self) -> Result<Group<'a>, Error> {
        let columns = self.columns.create_column_writers(0).map_err(|error| self.failed(&error))?;
        let encoded = Encoded { amounts: Amounts::new(self.source), ..Encoded::default() };
        Ok(Group { encoder: self, columns, rows: 0, encoded })
    }

    fn failed(&self, cause: &dyn std::fmt::Display) -> Error {
        Error::Write { file: self.file.clone(), cause: cause.to_string() }
    }

    fn overflow(&self) -> Error {
        Error::AmountOverflow { path: self.path.to_owned() }
    }
}

impl Group<'_> {
    /// How many records came in.
    pub fn add(&mut self, batch: Batch) -> Result<u64, Error> {
        let Self { encoder, encoded, .. } = self;
        let Batch { columns, lines, good, mut rejects, blank, skipped, remarks } = batch;
        let typed = lines.len() as u64;
        let bad = good.as_ref().map_or(0, |good| good.len() - good.true_count()) as u64;
        let all_in = typed + rejects.len() as u64 - bad + blank + skipped;
        encoded.rows_in += all_in;
        encoded.blank += blank;
        encoded.skipped += skipped;
        encoded.remarks.add(remarks);
        encoded.rejects.append(&mut rejects);
        encoded.amounts.records(&columns, good.as_ref()).ok_or_else(|| encoder.overflow())?;
        if lines.is_empty() {
            return Ok(all_in);
        }
        let mut all = columns;
        all.push(Arc::new(Int64Array::from(lines)));
        if encoder.source.key != Key::None {
            let hashes = keys::hashes(&all, &encoder.keys);
            all.push(Arc::new(Int64Array::from(hashes)));
        }
        // The NULLs of bad records are in required columns until they are filtered.
        if let Some(good) = good {
            let kept: Result<_, _> = all.iter().map(|array| filter(array, &good)).collect();
            all = kept.map_err(|error| encoder.failed(&error))?;
        }
        if encoder.source.key != Key::None {
            encoded.hashes.extend(keys::last_column(&all));
        }
        encoded.amounts.kept(&all).ok_or_else(|| encoder.overflow())?;
        self.write(&all)?;
        Ok(all_in)
    }

    fn write(&mut self, arrays: &[ArrayRef]) -> Result<(), Error> {
        let failed = |error: &dyn std::fmt::Display| self.encoder.failed(error);
        let mut writers = self.columns.iter_mut();
        for (field, array) in self.encoder.schema.fields().iter().zip(arrays) {
            for leaf in compute_leaves(field, array).map_err(|error| failed(&error))? {
                if let Some(writer) = writers.next() {
                    writer.write(&leaf).map_err(|error| failed(&error))?;
                }
            }
        }
        self.rows += arrays.first().map_or(0, |array| array.len()) as u64;
        Ok(())
    }

    pub fn close(mut self) -> Result<Encoded, Error> {
        if self.rows > 0 {
            let closed: Result<_, _> = self.columns.into_iter().map(ArrowColumnWriter::close).collect();
            self.encoded.columns = closed.map_err(|error| self.encoder.failed(&error))?;
        }
        self.encoded.rows_out = self.rows;
        Ok(self.encoded)
    }
}

/// Where the row groups of one input file go, in the order of its records.
pub struct Output<'a> {
    file: PathBuf,
    writer: SerializedFileWriter<File>,
    rejects: RejectWriter<'a>,
    amounts: Amounts,
    hashes: Option<HashWriter>,
    remarks: Remarks,
    pub ledger: FileLedger,
}

impl<'a> Output<'a> {
    /// `repetitive` says of every column whether its values repeat so much that a dictionary pays.
    pub fn create(
        source: &'a Source,
        path: &'a str,
        target: &Target<'_>,
        repetitive: &[bool],
    ) -> Result<(Self, Encoder<'a>), Error> {
        let (schema, file) = (schema(source), target.out.to_owned());
        let failed = |cause: &dyn std::fmt::Display| Error::Write { file: file.clone(), cause: cause.to_string() };
        let sink = File::create(&file).map_err(|error| failed(&error))?;
        let properties = data_properties(source, repetitive);
        let writer =
            ArrowWriter::try_new(sink, Arc::clone(&schema), Some(properties)).map_err(|error| failed(&error))?;
        let (writer, columns) = writer.into_serialized_writer().map_err(|error| failed(&error))?;
        let keys = keys::columns(source);
        let encoder = Encoder { source, path, schema, keys, columns, file: file.clone() };
        let output = Self {
            writer,
            rejects: RejectWriter::new(source.name.as_str(), path, target.rejects.to_owned()),
            amounts: Amounts::new(source),
            hashes: (source.key != Key::None).then(|| HashWriter::new(file.with_extension("keys"))),
            remarks: Remarks::default(),
            ledger: FileLedger { path: path.to_owned(), ..FileLedger::default() },
            file,
        };
        Ok((output, encoder))
    }

    pub fn append(&mut self, group: Encoded) -> Result<(), Error> {
        self.rejects.write(&group.rejects)?;
        self.ledger.rows_in += group.rows_in;
        self.ledger.rows_out += group.rows_out;
        self.ledger.quarantined += group.rejects.len() as u64;
        self.ledger.blank += group.blank;
        self.ledger.skipped += group.skipped;
        self.remarks.add(group.remarks);
        if let Some(hashes) = &mut self.hashes {
            let file = &self.file;
            let failed = |cause: std::io::Error| Error::Write { file: file.clone(), cause: cause.to_string() };
            hashes.add(&group.hashes).map_err(failed)?;
        }
        let path = &self.ledger.path;
        self.amounts.add(&group.amounts).ok_or_else(|| Error::AmountOverflow { path: path.clone() })?;
        if group.rows_out == 0 {
            return Ok(());
        }
        let file = &self.file;
        let failed = |cause: ParquetError| Error::Write { file: file.clone(), cause: cause.to_string() };
        let mut row_group = self.writer.next_row_group().map_err(failed)?;
        for column in group.columns {
            column.append_to_row_group(&mut row_group).map_err(failed)?;
        }
        row_group.close().map_err(failed)?;
        Ok(())
    }

    /// Closes the files; the rejects' one when there is one.
    pub fn finish(mut self, (bytes, sha256): (u64, String)) -> Result<Finished, Error> {
        (self.ledger.bytes, self.ledger.sha256) = (bytes, sha256);
        self.amounts.enter(&mut self.ledger);
        let Self { writer, rejects, file, hashes, remarks, ledger, .. } = self;
        writer.close().map_err(|error| Error::Write { file: file.clone(), cause: error.to_string() })?;
        let keys = hashes.map(HashWriter::finish).transpose();
        let keys = keys.map_err(|error| Error::Write { file: file.clone(), cause: error.to_string() })?;
        Ok(Finished { file, rejects: rejects.finish()?, keys, remarks, ledger })
    }
}

pub struct Finished {
    pub file: PathBuf,
    pub rejects: Option<PathBuf>,
    /// The list of its key hashes, when the source has a key.
    pub keys: Option<PathBuf>,
    pub remarks: Remarks,
    pub ledger: FileLedger,
}
