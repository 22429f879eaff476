//! What a run did, for people, schedulers and the next command.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// One JSON document, versioned: `target/run_results.json` and `--output json`.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    pub version: u32,
    pub septet: &'static str,
    pub pipeline: String,
    pub run_id: String,
    pub as_of: NaiveDate,
    pub status: Status,
    pub release: Option<u64>,
    /// Where readers find the release.
    pub served: Option<String>,
    pub started_at: DateTime<Utc>,
    pub elapsed_ms: u64,
    pub peak_memory_bytes: u64,
    pub sources: Vec<SourceReport>,
    pub matches: Vec<MatchReport>,
    pub tables: Vec<TableReport>,
    pub warnings: Vec<String>,
    pub errors: Vec<String>,
    pub counts: Counts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Running,
    Published,
    NothingToDo,
    Failed,
    Interrupted,
}

#[derive(Clone, Debug, Serialize)]
pub struct SourceReport {
    pub name: String,
    pub files: usize,
    /// Of these, the ones that no earlier run has typed.
    pub files_read: usize,
    pub bytes: u64,
    /// Files of days after the logical date: not read.
    pub later_files: usize,
    pub rows: u64,
    pub quarantined: u64,
    pub blank: u64,
    /// Lines and rows that are declared to be no records.
    pub skipped: u64,
    /// What was found out about files, such as their encoding.
    pub notes: Vec<String>,
    /// Keys whose latest version says that they were deleted.
    pub tombstones: u64,
    /// Typed by an earlier run from the same bytes.
    pub reused: bool,
    pub quarantine: Option<String>,
    pub elapsed_ms: u64,
    pub tests: Vec<TestReport>,
    /// Every file by itself.
    pub inputs: Vec<InputReport>,
}

/// What became of the records of one file: `rows_in = rows_out + quarantined + blank + skipped`. Amounts are exact,
/// hence texts.
#[derive(Clone, Debug, Serialize)]
pub struct InputReport {
    pub path: String,
    pub rows_in: u64,
    pub rows_out: u64,
    pub quarantined: u64,
    pub blank: u64,
    pub skipped: u64,
    /// Of `rows_out`, those of which another file or line has a later version; known once the run has reconciled.
    pub duplicates_removed: Option<u64>,
    /// Of `rows_out`, those that `keep_when` leaves out.
    pub filtered: Option<u64>,
    /// Control totals of a source that has an amount.
    pub amount_in: Option<String>,
    pub amount_out: Option<String>,
    pub amount_quarantined: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct MatchReport {
    pub name: String,
    pub records: u64,
    pub entities: u64,
    pub systems: u64,
    /// Pairs that people should look at.
    pub review: u64,
    /// Links that join nothing because of a decision, of `never`, or of `largest_entity`.
    pub refused: u64,
    /// Links without which an entity would be two of several records each.
    pub bridges: u64,
    /// Records of the largest entity.
    pub largest: u64,
    /// Keys of the run before that went into others, wholly or in part.
    pub merged: u64,
    pub split: u64,
    /// Pairs compared in this run.
    #[serde(default)]
    pub pairs_scored: u64,
    /// Scores that count and were taken over from the last learning.
    #[serde(default)]
    pub pairs_kept: u64,
    pub likely: Option<LikelyReport>,
}

impl MatchReport {
    /// As it was written beside the matches.
    pub(super) fn read(path: &std::path::Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }
}

/// What was learned and compared.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LikelyReport {
    /// Compared, each once.
    pub pairs: u64,
    /// Scores taken over from the last learning.
    #[serde(default)]
    pub kept: u64,
    /// The logical date of the run that learned the weights, where it was an earlier one.
    #[serde(default)]
    pub learned_on: Option<NaiveDate>,
    /// Share of matches among all pairs of records.
    pub lambda: f64,
    /// The rules that it is reckoned from; without them it is learned.
    #[serde(default)]
    pub prior: Option<PriorReport>,
    pub rounds: usize,
    /// The largest change of an m in the last round.
    pub change: f64,
    pub blocks: Vec<BlockReport>,
    pub weights: Vec<PartReport>,
    /// Held against labels, by threshold.
    pub truth: Vec<TruthReport>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PriorReport {
    pub rules: Vec<Vec<String>>,
    /// That agree in one of them.
    pub pairs: u64,
    pub recall: f64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct BlockReport {
    pub keys: Vec<String>,
    /// Those of earlier blocks among them.
    pub pairs: u64,
    /// How many blocks are larger than is compared in full, and the largest of them.
    pub oversized: usize,
    pub largest: u32,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PartReport {
    pub comparison: String,
    /// False where every block is made of it, so that nothing is to be learned.
    pub learned: bool,
    pub levels: Vec<LevelReport>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LevelReport {
    pub label: String,
    pub m: f64,
    pub u: f64,
    /// log2(m / u): what it says for a match.
    pub bits: f64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TruthReport {
    pub threshold: f64,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

#[derive(Clone, Debug, Serialize)]
pub struct TableReport {
    /// Published name, or `work.x`.
    pub name: String,
    pub layer: &'static str,
    pub status: TableStatus,
    pub rows: u64,
    pub partitions: usize,
    /// Partitions that this run wrote.
    pub partitions_built: usize,
    pub files: usize,
    pub bytes: u64,
    /// Why it was built, carried over or skipped.
    pub because: String,
    pub elapsed_ms: u64,
    pub tests: Vec<TestReport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableStatus {
    Built,
    Carried,
    Skipped,
}

#[derive(Clone, Debug, Serialize)]
pub struct TestReport {
    pub name: String,
    /// Rows that offend against it.
    pub failed: u64,
    pub outcome: Outcome,
    /// Why it did not pass.
    pub message: Option<String>,
    /// File with the first offending rows.
    pub failures: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pass,
    Warn,
    Error,
}

/// The numbers of the summary line: tests, tables and sources together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub pass: usize,
    pub warn: usize,
    pub error: usize,
    pub skip: usize,
}

impl Counts {
    pub fn total(self) -> usize {
        self.pass + self.warn + self.error + self.skip
    }

    pub fn line(self) -> String {
        let Self { pass, warn, error, skip } = self;
        format!("Done. PASS={pass} WARN={warn} ERROR={error} SKIP={skip} TOTAL={}", self.total())
    }
}

impl RunReport {
    /// Counts everything once more: sources read, tables, tests, and what was said as warning or error.
    pub fn count(&mut self) {
        let sources = || self.sources.iter().flat_map(|source| &source.tests);
        let tests = || self.tables.iter().flat_map(|table| &table.tests).chain(sources());
        let of = |wanted| tests().filter(|test| test.outcome == wanted).count();
        let tables = self.tables.iter().filter(|table| table.status != TableStatus::Skipped).count();
        self.counts = Counts {
            pass: self.sources.len() + tables + of(Outcome::Pass),
            warn: of(Outcome::Warn) + self.warnings.len(),
            error: of(Outcome::Error).max(self.errors.len()),
            skip: self.tables.iter().filter(|table| table.status == TableStatus::Skipped).count(),
        };
    }
}
