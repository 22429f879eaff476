//! The Parquet files of one table: one open at a time, rolled by size, hashed as they are written.
//!
//! Same rows, same bytes: the writer sees the rows in chunks of one fixed size, whatever batches they came in, and
//! nothing about the run or the time goes into a file.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use sha2::{Digest as _, Sha256};

use super::Error;
use super::commit::FileRecord;
use super::conform::schema_of;
use super::sink::SinkSpec;
use crate::column::ColumnType;
use crate::names::Name;
use crate::store::hex;

/// Rows that the writer gets at once. Page and group boundaries depend on it, so it is part of the format.
const CHUNK_ROWS: usize = 8192;
/// Large enough for dictionaries to pay (a quarter of this took a third more time and bytes), small enough for readers to
/// share a file among threads.
const GROUP_ROWS: usize = 1 << 20;

pub(super) struct Parts {
    table: Name,
    run_id: String,
    dir: PathBuf,
    partition_by: Option<Name>,
    /// Without the partition's column: readers take it from the folder's name.
    schema: SchemaRef,
    /// Where these columns stand among those of the contract.
    kept: Vec<usize>,
    options: ArrowWriterOptions,
    file_bytes: usize,
    /// The partition's value as the folder's name has it.
    partition: Option<String>,
    open: Option<Part>,
    /// Files per partition so far: NULL and '' share a folder without being neighbours.
    serials: BTreeMap<Option<String>, usize>,
    chunk: Chunk,
    written: Vec<FileRecord>,
}

struct Part {
    path: String,
    full: PathBuf,
    writer: ArrowWriter<Hashing>,
    rows: u64,
}

impl Parts {
    pub fn new(spec: &SinkSpec) -> Result<Self, Error> {
        let kept: Vec<usize> = (0..spec.columns.len())
            .filter(|position| {
                spec.columns.get(*position).is_some_and(|(name, _, _)| !spec.partition_by.contains(name))
            })
            .collect();
        let columns: Vec<(Name, ColumnType)> = kept
            .iter()
            .filter_map(|position| spec.columns.get(*position))
            .map(|(name, column_type, _)| (name.clone(), *column_type))
            .collect();
        let sorted_by: Vec<SortingColumn> = spec
            .grain
            .iter()
            .filter_map(|key| columns.iter().position(|(name, _)| name == key))
            .filter_map(|position| i32::try_from(position).ok())
            .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false })
            .collect();
        // The sentence of every column travels with the data. Sentences of the partition's column too: it is a column
        // to every reader of the folder.
        let sentences = spec
            .columns
            .iter()
            .map(|(name, _, about)| KeyValue::new(format!("comment.{name}"), about.clone()))
            .collect::<Vec<_>>();
        let failed =
            |e: parquet::errors::ParquetError| Error::Write { table: spec.table.clone(), reason: e.to_string() };
        let properties = WriterProperties::builder()
            .set_created_by("septet".to_owned())
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(failed)?))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_sorting_columns(Some(sorted_by))
            .set_key_value_metadata(Some(sentences))
            .build();
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            // All types here have exact Parquet twins; a second, Arrow-only schema is one more thing that can differ.
            .with_skip_arrow_metadata(true)
            .with_schema_root("schema".to_owned());
        Ok(Self {
            table: spec.table.clone(),
            run_id: spec.run_id.clone(),
            dir: spec.dir.clone(),
            partition_by: spec.partition_by.first().cloned(),
            schema: Arc::new(schema_of(&columns)),
            kept,
            options,
            file_bytes: spec.file_bytes,
            partition: None,
            open: None,
            serials: BTreeMap::new(),
            chunk: Chunk::default(),
            written: Vec::new(),
        })
    }

    /// Rows from here on belong to this partition.
    pub fn start(&mut self, partition: Option<String>) -> Result<(), Error> {
        self.end_partition()?;
        self.partition = partition;
        self.open_file()
    }

    /// Rows of all contract columns, of the partition that was started.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let columns = batch.project(&self.kept).and_then(|rows| rows.with_schema(Arc::clone(&self.schema)));
        self.chunk.push(columns.map_err(|e| self.failed(&e))?);
        while self.chunk.rows >= CHUNK_ROWS {
            self.write_chunk(CHUNK_ROWS)?;
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<Vec<FileRecord>, Error> {
        self.end_partition()?;
        self.written.sort();
        Ok(self.written)
    }

    fn end_partition(&mut self) -> Result<(), Error> {
        if self.chunk.rows > 0 {
            self.write_chunk(self.chunk.rows)?;
        }
        self.close_file()
    }

    fn write_chunk(&mut self, rows: usize) -> Result<(), Error> {
        let chunk = self.chunk.take(&self.schema, rows).map_err(|e| self.failed(&e))?;
        // Rolled before a chunk rather than after: no file ends up without rows.
        let size = self.open.as_ref().map_or(0, |part| part.writer.bytes_written() + part.writer.in_progress_size());
        if size >= self.file_bytes {
            self.close_file()?;
            self.open_file()?;
        }
        let Some(part) = &mut self.open else {
            return Err(Error::Spec { table: self.table.clone(), reason: "rows came before their partition" });
        };
        part.rows += rows as u64;
        part.writer.write(&chunk).map_err(|e| self.failed(&e))
    }

    fn open_file(&mut self) -> Result<(), Error> {
        let folder = match (&self.partition_by, &self.partition) {
            (Some(column), Some(value)) => format!("{}/{column}={value}", self.table),
            _ => self.table.to_string(),
        };
        let serial = self.serials.entry(self.partition.clone()).or_default();
        let path = format!("{folder}/part-{}-{serial:05}.parquet", self.run_id);
        *serial += 1;
        let full = self.dir.join(&path);
        let create = || -> io::Result<File> {
            fs::create_dir_all(self.dir.join(&folder))?;
            // An earlier attempt of the same run may have left one, and a finished one is read-only.
            match fs::remove_file(&full) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            File::create_new(&full)
        };
        let file = create().map_err(|e| self.failed(&e))?;
        let sink = Hashing { file, hash: Sha256::new(), bytes: 0 };
        let writer = ArrowWriter::try_new_with_options(sink, Arc::clone(&self.schema), self.options.clone())
            .map_err(|e| self.failed(&e))?;
        self.open = Some(Part { path, full, writer, rows: 0 });
        Ok(())
    }

    fn close_file(&mut self) -> Result<(), Error> {
        let Some(part) = self.open.take() else { return Ok(()) };
        let sink = part.writer.into_inner().map_err(|e| self.failed(&e))?;
        let protect = || -> io::Result<()> {
            // The same bytes may be linked from many releases: a stray write would change them all.
            let mut permissions = sink.file.metadata()?.permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&part.full, permissions)
        };
        protect().map_err(|e| self.failed(&e))?;
        self.written.push(FileRecord {
            path: part.path,
            partition: self.partition.clone(),
            rows: part.rows,
            bytes: sink.bytes,
            sha256: hex(&sink.hash.finalize()),
        });
        Ok(())
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        Error::Write { table: self.table.clone(), reason: error.to_string() }
    }
}

/// Batches of any size in, chunks of an exact size out.
#[derive(Default)]
struct Chunk {
    waiting: VecDeque<RecordBatch>,
    rows: usize,
}

impl Chunk {
    fn push(&mut self, batch: RecordBatch) {
        if batch.num_rows() > 0 {
            self.rows += batch.num_rows();
            self.waiting.push_back(batch);
        }
    }

    /// The first `rows` rows, of which there are enough. Copies only where a chunk spans batches.
    fn take(&mut self, schema: &SchemaRef, rows: usize) -> Result<RecordBatch, ArrowError> {
        let mut pieces = Vec::new();
        let mut missing = rows;
        while missing > 0
            && let Some(batch) = self.waiting.pop_front()
        {
            let piece = batch.num_rows().min(missing);
            if piece < batch.num_rows() {
                self.waiting.push_front(batch.slice(piece, batch.num_rows() - piece));
            }
            pieces.push(batch.slice(0, piece));
            missing -= piece;
        }
        self.rows -= rows - missing;
        match pieces.as_slice() {
            [one] => Ok(one.clone()),
            many => concat_batches(schema, many),
        }
    }
}

/// A file that knows the digest of what was written to it.
struct Hashing {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
