//! Releases: how marts appear to readers.
//!
//! A release holds all marts of a pipeline. It is written where nobody looks, audited, made by creating one record that
//! only one run can create, and then pointed to. It is never changed.
//!
//! ```text
//! sink ──► files of one table        work/<run>/
//! Releases::assemble ──► release     releases/00000042-<run>/<mart>/month=…/part-<run>-00000.parquet
//! Releases::audit        every file opened again from there
//! Releases::commit  ──► record       commits/00000042.json, created only if absent
//! Releases::point   ──► readers      current
//! ```

mod assemble;
mod audit;
mod clean;
mod commit;
mod conform;
mod error;
mod lock;
mod order;
mod parts;
mod pointer;
mod release;
mod sink;

pub use assemble::{Assembled, Outcome};
pub use audit::Audited;
pub use clean::{Cleaned, Retention};
pub use commit::{ColumnRecord, Commit, FORMAT, FileRecord, Input, Kind, MartRecord, check_run_id};
pub use error::{Class, Error};
pub use lock::{Lock, Work};
pub use pointer::Pointer;
pub use release::{Listed, Recovery, Releases};
pub use sink::{FILE_BYTES, NULL_PARTITION, SinkSpec, Written, write};

#[cfg(test)]
mod tests;
