//! Duplicates as data: which records are one entity. No I/O, no engine.

mod cluster;
mod exact;

pub use cluster::Clusters;
pub use exact::{Matched, Record, exact};
