//! Libraries that panic over damaged bytes: what they read is an error of the file, and nothing to be reported.
//!
//! The Parquet reader trusts what a file says of itself in more places than could be checked before it: the types of
//! the Arrow schema that is embedded, the lengths in the headers of pages.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type;
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread becomes the error of a file, so that no more is to be said of it.
pub fn guarded() -> bool {
    GUARDED.get()
}

/// `None` where it panics.
pub fn guard<T>(run: impl FnOnce() -> T) -> Option<T> {
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(before);
    result.ok()
}

/// A Parquet file with the Arrow schema that its writer embedded, for Parquet alone does not say all that is in it: what
/// was written as seconds is a bare number without it. One that is damaged is an error; to read on without it would be
/// to take time stamps for numbers.
pub fn open_parquet<R: ChunkReader + 'static>(file: R) -> Result<ParquetRecordBatchReaderBuilder<R>, ParquetError> {
    let opened = guard(|| {
        let mut metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
        if let Some(schema) = in_microseconds(&metadata) {
            let options = ArrowReaderOptions::new().with_schema(schema);
            metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)?;
        }
        Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata))
    });
    opened.unwrap_or_else(|| Err(ParquetError::General("its schema is damaged".to_owned())))
}

/// The schema with the times of 96 bits, which Spark, Hive and Impala write, as microseconds, which is what Spark has.
/// As nanoseconds, which they are taken for otherwise, a day after 2262 would become one before without a word.
/// `None` where there are no such times.
fn in_microseconds(metadata: &ArrowReaderMetadata) -> Option<SchemaRef> {
    let parquet = metadata.parquet_schema();
    let old: Vec<usize> = parquet
        .columns()
        .iter()
        .enumerate()
        .filter(|(_, leaf)| leaf.physical_type() == Type::INT96 && leaf.path().parts().len() == 1)
        .map(|(leaf, _)| parquet.get_column_root_idx(leaf))
        .collect();
    if old.is_empty() {
        return None;
    }
    let schema = metadata.schema();
    let field = |(at, field): (usize, &Arc<Field>)| match field.data_type() {
        DataType::Timestamp(TimeUnit::Nanosecond, zone) if old.contains(&at) => {
            let kind = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            Arc::new(field.as_ref().clone().with_data_type(kind))
        }
        _ => Arc::clone(field),
    };
    let fields: Vec<Arc<Field>> = schema.fields().iter().enumerate().map(field).collect();
    Some(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())))
}
