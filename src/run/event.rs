//! What a run says while it works. Whoever listens decides how it looks.

use std::time::Duration;

use super::report::{MatchReport, SourceReport, TableReport};

#[derive(Debug)]
pub enum Event<'a> {
    Checked {
        models: usize,
        marts: usize,
        tests: usize,
        took: Duration,
    },
    /// Files to be read; `rows` and `bytes` grow in [`Event::Reading`].
    Ingesting {
        sources: usize,
        files: usize,
        bytes: u64,
    },
    Reading {
        rows: u64,
        bytes: u64,
        of_bytes: u64,
    },
    Ingested(&'a SourceReport),
    Matched(&'a MatchReport),
    Building {
        table: &'a str,
        done: usize,
        of: usize,
    },
    Built {
        table: &'a TableReport,
        done: usize,
        of: usize,
    },
    Audited {
        tests: usize,
        grains: usize,
        files: usize,
        took: Duration,
    },
    Published {
        release: u64,
        served: &'a str,
        marts: usize,
        files: usize,
        bytes: u64,
    },
    Warning(&'a str),
}

pub type Observer = dyn Fn(Event<'_>) + Send + Sync;
