//! Reads what is new: files to typed records in the cache, with a ledger of every row and cent.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::error::Class;
use super::reading::Reading;
use super::report::{InputReport, SourceReport};
use super::{Error, Event, Run};
use crate::column::ColumnType;
use crate::diag::{Diagnostic, Diagnostics};
use crate::ingest;
use crate::names::{Layer, Name, TableName};
use crate::project::Source;

/// What is kept beside the typed records of a file, and of a source.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// Parquet files beside it. Of a source: those whose records count.
    pub files: Vec<String>,
    /// Lists of key hashes beside it.
    pub keys: Vec<String>,
    /// Of a source: key hashes of more than one record, in [`REPEATED_KEYS`].
    pub repeated: u64,
    pub warnings: Vec<String>,
    /// What was found out about files and is no cause for concern, file by file.
    #[serde(default)]
    pub notes: Vec<String>,
    pub entries: Vec<Entry>,
}

/// One input file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Entry {
    pub path: String,
    /// A later file is the whole; none of these records counts.
    #[serde(default)]
    pub superseded: bool,
    pub rows_in: u64,
    pub rows_out: u64,
    pub quarantined: u64,
    pub blank: u64,
    #[serde(default)]
    pub skipped: u64,
    /// At the scale of the amount column.
    pub amount_in: i128,
    pub amount_out: i128,
    pub amount_quarantined: i128,
    #[serde(default)]
    pub headed: Option<ingest::Headed>,
    #[serde(default)]
    pub currencies: Vec<ingest::Priced>,
}

impl Ledger {
    pub fn sum(&self, of: impl Fn(&Entry) -> u64) -> u64 {
        self.entries.iter().map(of).fold(0, u64::saturating_add)
    }

    pub fn sum_amount(&self, of: impl Fn(&Entry) -> i128) -> Option<i128> {
        self.entries.iter().map(of).try_fold(0i128, i128::checked_add)
    }

    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(LEDGER)).ok()?).ok()
    }

    pub(super) fn write(&self, folder: &Path) -> std::io::Result<()> {
        fs::write(folder.join(LEDGER), serde_json::to_vec(self)?)
    }
}

const LEDGER: &str = "ledger.json";
pub(super) const REJECTS: &str = "rejects.parquet";
/// Of a source: the folder of its records, with a folder for each file by its place in the order of paths.
pub(super) const RECORDS: &str = "records";
pub(super) const REPEATED_KEYS: &str = "repeated.parquet";

impl Run {
    /// Makes `raw.<source>` of every source in the plan, reading files only where the cache has no answer.
    pub(super) async fn ingest(&self) -> Result<Vec<SourceReport>, Error> {
        let mut readings = Vec::new();
        let mut wanted: Vec<&Name> = Vec::new();
        for (name, source) in &self.project.sources {
            let table = TableName::new(Layer::Raw, name.clone());
            if !self.plan.reads(&self.project, &table) {
                continue;
            }
            wanted.push(name);
            let slot = self.slot(&table);
            if !slot.is_whole() {
                readings.push(Reading::new(self, source, slot));
            }
        }
        let missing = || readings.iter().flat_map(|reading| reading.missing.iter().map(|file| file.size));
        let (files, bytes) = (missing().count(), missing().sum());
        let sources = readings.iter().filter(|reading| !reading.missing.is_empty()).count();
        if files > 0 || self.ahead.files.is_empty() {
            (self.observer)(Event::Ingesting { sources, files, bytes });
        }
        let began = Instant::now();
        let read: Vec<(Name, usize)> =
            readings.iter().map(|reading| (reading.source.name.clone(), reading.missing.len())).collect();
        if !readings.is_empty() {
            self.read(readings, bytes).await?;
        }
        let took = began.elapsed() + self.ahead.took;
        let mut reports = Vec::new();
        let mut refused = Diagnostics::default();
        let mut counted = Vec::new();
        for name in wanted.iter().copied() {
            let Some(source) = self.project.sources.get(name) else { continue };
            let folder = self.slot(&TableName::new(Layer::Raw, name.clone())).path;
            let ledger = Ledger::read(&folder).unwrap_or_default();
            self.register_raw(source, &folder, &ledger).await?;
            let files_read = read.iter().find(|(of, _)| of == name).map_or(0, |(_, files)| *files)
                + self.ahead.files.get(name).copied().unwrap_or_default();
            let took = if files_read > 0 { took } else { Duration::ZERO };
            let mut report = self.source_report(name, &folder, &ledger, files_read, took)?;
            report.tombstones =
                self.tombstones(source, &ledger).await?.iter().map(|(_, rows, _)| rows.unsigned_abs()).sum();
            report.tests = self.test_source(name, report.rows).await?;
            refused.extend(self.judged(&report.tests, self.project.source_tests.get(name).map(|table| &table.place)));
            (self.observer)(Event::Ingested(&report));
            for warning in &ledger.warnings {
                self.warn(warning.clone());
            }
            counted.push((name, report.rows + report.quarantined, report.quarantined));
            reports.push(report);
            if let Some(diagnostic) = judge(source, &ledger) {
                refused.push(diagnostic);
            }
        }
        if !self.plan.publish.is_empty() {
            self.keep_quarantine(&counted)?;
        }
        if refused.has_errors() {
            return Err(Error { class: Class::Data, diagnostics: refused });
        }
        self.judge_freshness(&wanted).await?;
        Ok(reports)
    }

    fn source_report(
        &self,
        name: &Name,
        folder: &Path,
        ledger: &Ledger,
        files_read: usize,
        took: Duration,
    ) -> Result<SourceReport, Error> {
        let quarantined = ledger.sum(|entry| entry.quarantined);
        let rejects = folder.join(REJECTS);
        // Rows that are only shown are no run.
        let kept = quarantined > 0 && rejects.is_file() && !self.plan.publish.is_empty();
        let quarantine = if kept { Some(self.keep_rejects(name, &rejects)?) } else { None };
        let inputs = self.plan.inputs.get(name);
        if let Some(left_out) = inputs.map(|inputs| inputs.left_out).filter(|left_out| left_out.no_such_day > 0) {
            let path = self.project.sources.get(name).map(|source| source.path.to_string()).unwrap_or_default();
            self.warn(format!(
                "source `{name}`: {} files match `{path}` but for their day, which no calendar has: they are not read",
                left_out.no_such_day
            ));
        }
        Ok(SourceReport {
            name: name.to_string(),
            files: ledger.entries.len(),
            files_read,
            bytes: inputs.map_or(0, super::inputs::SourceInputs::bytes),
            rows: ledger.sum(|entry| entry.rows_out),
            later_files: inputs.map_or(0, |inputs| inputs.left_out.later),
            quarantined,
            blank: ledger.sum(|entry| entry.blank),
            skipped: ledger.sum(|entry| entry.skipped),
            notes: ledger.notes.clone(),
            tombstones: 0,
            reused: files_read == 0,
            quarantine,
            elapsed_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            tests: Vec::new(),
            inputs: ledger.entries.iter().map(|entry| input_report(self.project.sources.get(name), entry)).collect(),
        })
    }
}

/// Too many bad records: the file is not what the source says it is.
fn judge(source: &Source, ledger: &Ledger) -> Option<Diagnostic> {
    let bad = ledger.sum(|entry| entry.quarantined);
    let all = ledger.sum(|entry| entry.rows_in.saturating_sub(entry.blank + entry.skipped));
    let (name, share) = (&source.name, source.fail_above);
    let over = if bad as f64 > share * all as f64 {
        format!("more than the share of {share}")
    } else {
        let rows = source.fail_above_rows.filter(|rows| bad > *rows)?;
        format!("more than the {rows}")
    };
    let message = format!("source `{name}`: {bad} of {all} records cannot be read, {over} that `on_bad_row` allows");
    Some(Diagnostic::error("S0405", message).help(format!(
        "`septet quarantine show {name}` says why (file, line, column, reason); mend the file or the source's columns"
    )))
}

fn input_report(source: Option<&Source>, entry: &Entry) -> InputReport {
    let column =
        source.and_then(|source| source.columns.iter().find(|column| Some(&column.name) == source.amount.as_ref()));
    let amount = |amount: i128| {
        let scale =
            if let ColumnType::Decimal { scale, .. } = column?.kind { usize::try_from(scale).ok()? } else { 0 };
        let digits = format!("{:0width$}", amount.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let (sign, point) = (if amount < 0 { "-" } else { "" }, if scale > 0 { "." } else { "" });
        Some(format!("{sign}{whole}{point}{fraction}"))
    };
    InputReport {
        path: entry.path.clone(),
        rows_in: entry.rows_in,
        rows_out: entry.rows_out,
        quarantined: entry.quarantined,
        blank: entry.blank,
        skipped: entry.skipped,
        duplicates_removed: None,
        filtered: None,
        amount_in: amount(entry.amount_in),
        amount_out: amount(entry.amount_out),
        amount_quarantined: amount(entry.amount_quarantined),
    }
}
