//! Libraries that panic over damaged bytes: what they read is an error of the file, and nothing to be reported.
//!
//! The Parquet reader trusts what a file says of itself in more places than could be checked before it: the types of
//! the Arrow schema that is embedded, the lengths in the headers of pages.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
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
    guard(|| ParquetRecordBatchReaderBuilder::try_new(file))
        .unwrap_or_else(|| Err(ParquetError::General("its schema is damaged".to_owned())))
}
