//! Duplicates as data: which records are one entity. No I/O, no engine.

mod cluster;
mod exact;
mod level;

pub use cluster::Clusters;
pub use exact::{Matched, Record, exact};
pub use level::{Kind, Level, Likeness};
