//! From a stream of rows to the Parquet files of one table.
//!
//! The engine's own writer keeps every partition's file open, names files at random and leaves partial ones behind; this
//! one expects rows sorted by partition and grain, so it needs one open file and proves the grain on the way.

use std::path::PathBuf;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{Date32Type, Int32Type, Int64Type};
use arrow::temporal_conversions::date32_to_datetime;
use datafusion::error::DataFusionError;
use futures::{Stream, StreamExt as _};
use tokio::sync::mpsc;

use super::Error;
use super::commit::{FileRecord, check_run_id, is_plain};
use super::conform::Conform;
use super::order::Order;
use super::parts::Parts;
use crate::column::ColumnType;
use crate::names::Name;

/// What readers of Hive-style folders take for NULL.
pub const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// How large a file grows before the next one begins, unless told otherwise.
pub const FILE_BYTES: usize = 512 * 1024 * 1024;

/// Batches on their way from the engine to the writer.
const AHEAD: usize = 4;

#[derive(Clone, Debug)]
pub struct SinkSpec {
    pub table: Name,
    /// In the order of the contract: name, type, sentence.
    pub columns: Vec<(Name, ColumnType, String)>,
    pub grain: Vec<Name>,
    /// At most one column, and one of the grain's.
    pub partition_by: Vec<Name>,
    pub run_id: String,
    /// The folder that stands for the root of a release; files go to `<dir>/<table>/…`.
    pub dir: PathBuf,
    /// The partition that gets the file without rows when there are none.
    pub empty_partition: Option<String>,
    /// See [`FILE_BYTES`].
    pub file_bytes: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// By path.
    pub files: Vec<FileRecord>,
    pub rows: u64,
}

/// Writes all rows, or fails; files of a failed or abandoned attempt stay where only this run looks.
///
/// Rows must come sorted by partition and then grain, ascending, NULL last. Columns may come in any order.
/// Encoding has a thread of its own, so it goes on while the engine computes the next rows.
pub async fn write<S>(spec: &SinkSpec, mut rows: S) -> Result<Written, Error>
where
    S: Stream<Item = Result<RecordBatch, DataFusionError>> + Unpin,
{
    let mut encoder = Encoder::new(spec)?;
    let (sender, mut receiver) = mpsc::channel::<Message>(AHEAD);
    let encoding = tokio::task::spawn_blocking(move || {
        while let Some(message) = receiver.blocking_recv() {
            match message {
                Message::Rows(batch) => encoder.take(&batch)?,
                Message::End => return encoder.finish(),
            }
        }
        Err(encoder.abandoned())
    });
    let mut failed = None;
    while let Some(batch) = rows.next().await {
        let message = match batch {
            Ok(batch) => Message::Rows(batch),
            Err(source) => {
                failed = Some(Error::Rows { table: spec.table.clone(), source: Box::new(source) });
                break;
            }
        };
        // The encoder hangs up when it fails; what it has to say comes below.
        if sender.send(message).await.is_err() {
            break;
        }
    }
    if failed.is_none() {
        let _ = sender.send(Message::End).await;
    }
    drop(sender);
    let encoded = encoding.await;
    if let Some(error) = failed {
        return Err(error);
    }
    encoded.map_err(|e| Error::Write { table: spec.table.clone(), reason: e.to_string() })?
}

enum Message {
    Rows(RecordBatch),
    /// Said, not implied by hanging up: a run that is cancelled hangs up too.
    End,
}

struct Encoder {
    spec: SinkSpec,
    conform: Conform,
    order: Order,
    parts: Parts,
    partition: Option<usize>,
    rows: u64,
}

impl Encoder {
    fn new(spec: &SinkSpec) -> Result<Self, Error> {
        check_run_id(&spec.run_id)?;
        let names: Vec<Name> = spec.columns.iter().map(|(name, _, _)| name.clone()).collect();
        Ok(Self {
            conform: Conform::new(spec),
            order: Order::new(&spec.table, &names, &spec.partition_by, &spec.grain)?,
            parts: Parts::new(spec)?,
            partition: spec.partition_by.first().and_then(|by| names.iter().position(|name| name == by)),
            rows: 0,
            spec: spec.clone(),
        })
    }

    fn take(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let batch = self.conform.batch(batch)?;
        let starts = self.order.check(&batch)?;
        if self.order.duplicates > 0 {
            // Nothing of this will be used, but the message says how many rows are wrong, so the rest is still compared.
            return Ok(());
        }
        self.rows += batch.num_rows() as u64;
        let mut from = 0;
        for start in starts {
            self.add(&batch, from, start)?;
            self.parts.start(self.partition_of(&batch, start)?)?;
            from = start;
        }
        self.add(&batch, from, batch.num_rows())
    }

    fn add(&mut self, batch: &RecordBatch, from: usize, to: usize) -> Result<(), Error> {
        if from < to { self.parts.add(&batch.slice(from, to - from)) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<Written, Error> {
        self.order.finish()?;
        if self.rows == 0 {
            // A table without rows is still a table: readers find its columns.
            let partition = match (self.partition, self.spec.empty_partition.take()) {
                (None, _) => None,
                (Some(_), Some(value)) if is_partition(&value) => Some(value),
                (Some(_), _) => return Err(self.spec("it has no rows and no partition for that case")),
            };
            self.parts.start(partition)?;
        }
        Ok(Written { files: self.parts.finish()?, rows: self.rows })
    }

    fn partition_of(&self, batch: &RecordBatch, row: usize) -> Result<Option<String>, Error> {
        let Some(position) = self.partition else { return Ok(None) };
        let Some((name, column_type, _)) = self.spec.columns.get(position) else { return Ok(None) };
        let array = batch.column(position);
        let value = match column_type {
            _ if array.is_null(row) => String::new(),
            ColumnType::String => array.as_string::<i32>().value(row).to_owned(),
            ColumnType::Integer => array.as_primitive::<Int32Type>().value(row).to_string(),
            ColumnType::Bigint => array.as_primitive::<Int64Type>().value(row).to_string(),
            ColumnType::Date => {
                let day = date32_to_datetime(array.as_primitive::<Date32Type>().value(row));
                day.map(|day| day.date().to_string()).unwrap_or_else(|| "?".to_owned())
            }
            _ => return Err(self.spec("its partition is neither a string, a whole number nor a date")),
        };
        match value.as_str() {
            "" => Ok(Some(NULL_PARTITION.to_owned())),
            value if is_partition(value) => Ok(Some(value.to_owned())),
            _ => Err(Error::PartitionValue { table: self.spec.table.clone(), column: name.clone() }),
        }
    }

    fn spec(&self, reason: &'static str) -> Error {
        Error::Spec { table: self.spec.table.clone(), reason }
    }

    fn abandoned(&self) -> Error {
        Error::Write { table: self.spec.table.clone(), reason: "the run was stopped".to_owned() }
    }
}

/// Never `.` or `..`: it stands behind `column=`.
fn is_partition(value: &str) -> bool {
    !value.is_empty() && value.len() <= 100 && is_plain(value)
}
