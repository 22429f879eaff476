//! Reads what is new: files to typed records in the cache, with a ledger of every row and cent.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};

use super::error::Class;
use super::report::{InputReport, SourceReport};
use super::{Error, Event, Run};
use crate::column::ColumnType;
use crate::diag::{Diagnostic, Diagnostics};
use crate::ingest;
use crate::names::{Layer, Name, TableName};
use crate::project::Source;

/// What is kept beside the typed records of a source.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// Parquet files in the slot.
    pub files: Vec<String>,
    pub repeated_keys: Vec<i64>,
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
}

const LEDGER: &str = "ledger.json";
const REJECTS: &str = "rejects.parquet";

/// Most exports are many small files, and most of their time is spent waiting for answers.
const DOWNLOADS_AT_ONCE: usize = 16;

/// A source to be read: its place in the cache, and its files on this machine.
struct Reading {
    source: Arc<Source>,
    slot: crate::state::Slot,
    inputs: Vec<ingest::Input>,
}

impl Run {
    /// Makes `raw.<source>` of every source in the plan, reading files only where the cache has no answer.
    pub(super) async fn ingest(&self) -> Result<Vec<SourceReport>, Error> {
        let mut readings = Vec::new();
        let mut wanted: Vec<&Name> = Vec::new();
        for (name, source) in &self.project.sources {
            let table = TableName::new(Layer::Raw, name.clone());
            if !self.reads_raw(&table) {
                continue;
            }
            wanted.push(name);
            let slot = self.slot(&table);
            if slot.is_whole() {
                continue;
            }
            readings.push(Reading { source: Arc::new(source.clone()), inputs: self.inputs_of(name).await?, slot });
        }
        let files = readings.iter().map(|reading| reading.inputs.len()).sum();
        let bytes = readings.iter().flat_map(|reading| &reading.inputs).map(|input| input.size).sum();
        (self.observer)(Event::Ingesting { sources: readings.len(), files, bytes });
        let began = Instant::now();
        let read: Vec<Name> = readings.iter().map(|reading| reading.source.name.clone()).collect();
        if !readings.is_empty() {
            self.read(readings, bytes).await?;
        }
        let took = began.elapsed();
        let mut reports = Vec::new();
        let mut refused = Diagnostics::default();
        let mut counted = Vec::new();
        for name in wanted.iter().copied() {
            let Some(source) = self.project.sources.get(name) else { continue };
            let folder = self.slot(&TableName::new(Layer::Raw, name.clone())).path;
            let ledger = Ledger::read(&folder).unwrap_or_default();
            self.register_raw(source, &folder, &ledger).await?;
            let mut report = self.source_report(name, &folder, &ledger, read.contains(name).then_some(took))?;
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

    /// Whether a step reads a source, directly or through views.
    fn reads_raw(&self, table: &TableName) -> bool {
        self.plan.roots().any(|root| root == table || super::plan::reaches_through_views(&self.project, root, table))
    }

    async fn inputs_of(&self, name: &Name) -> Result<Vec<ingest::Input>, Error> {
        let Some(inputs) = self.plan.inputs.get(name) else { return Ok(Vec::new()) };
        let folder = self.work.join("inputs").join(name.as_str());
        let fetched = inputs.objects.iter().enumerate().map(|(index, object)| {
            // The extension says how the bytes are packed, so a copy keeps it.
            let file = object.path.rsplit('/').next().unwrap_or(&object.path);
            let copy = folder.join(format!("{index:05}-{file}"));
            async move {
                let local = match self.raw.local_path(&object.path) {
                    Some(path) => path,
                    None => {
                        if let Some(parent) = copy.parent() {
                            fs::create_dir_all(parent)
                                .map_err(|error| Error::io("a working folder could not be made", &error))?;
                        }
                        self.raw.download(object, &copy).await?;
                        copy
                    }
                };
                Ok(ingest::Input { path: object.path.clone(), local, size: object.size })
            }
        });
        // In the order of their paths, whichever arrives first.
        futures::stream::iter(fetched).buffered(DOWNLOADS_AT_ONCE).try_collect().await
    }

    async fn read(&self, readings: Vec<Reading>, bytes: u64) -> Result<(), Error> {
        let progress = Arc::new(ingest::Progress::default());
        let cancelled = Arc::clone(&self.cancelled);
        let threads = self.threads;
        let worker = {
            let progress = Arc::clone(&progress);
            tokio::task::spawn_blocking(move || read_all(&readings, threads, &progress, &cancelled))
        };
        tokio::pin!(worker);
        loop {
            tokio::select! {
                done = &mut worker => {
                    return done.unwrap_or_else(|_| Err(Error::new(Class::Data, Diagnostic::error("S0499", "reading the inputs broke off").help("please report this"))));
                }
                () = tokio::time::sleep(Duration::from_millis(200)) => {
                    let rows = progress.rows.load(Ordering::Relaxed);
                    let read = progress.bytes.load(Ordering::Relaxed);
                    (self.observer)(Event::Reading { rows, bytes: read, of_bytes: bytes });
                }
            }
        }
    }

    fn source_report(
        &self,
        name: &Name,
        folder: &Path,
        ledger: &Ledger,
        took: Option<Duration>,
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
            bytes: inputs.map_or(0, super::inputs::SourceInputs::bytes),
            rows: ledger.sum(|entry| entry.rows_out),
            later_files: inputs.map_or(0, |inputs| inputs.left_out.later),
            quarantined,
            blank: ledger.sum(|entry| entry.blank),
            skipped: ledger.sum(|entry| entry.skipped),
            notes: ledger.notes.clone(),
            reused: took.is_none(),
            quarantine,
            elapsed_ms: took.map_or(0, |took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            tests: Vec::new(),
            inputs: ledger.entries.iter().map(|entry| input_report(self.project.sources.get(name), entry)).collect(),
        })
    }
}

fn read_all(
    readings: &[Reading],
    threads: usize,
    progress: &ingest::Progress,
    cancelled: &std::sync::atomic::AtomicBool,
) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::io("the cache of typed records could not be written", &error);
    let mut jobs = Vec::with_capacity(readings.len());
    for reading in readings {
        let out = reading.slot.begin().map_err(failed)?.to_owned();
        jobs.push(ingest::Job {
            source: &reading.source,
            inputs: reading.inputs.clone(),
            quarantine: out.join(REJECTS),
            out,
        });
    }
    let results = ingest::ingest(&jobs, threads, progress, cancelled)?;
    for (reading, ingested) in readings.iter().zip(&results) {
        let json = serde_json::to_vec(&ledger(ingested)).unwrap_or_default();
        fs::write(reading.slot.draft.join(LEDGER), json).map_err(failed)?;
        reading.slot.commit().map_err(failed)?;
    }
    Ok(())
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

fn ledger(ingested: &ingest::Ingested) -> Ledger {
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ledger {
        files: ingested.files.iter().map(name).collect(),
        repeated_keys: ingested.repeated_keys.clone(),
        warnings: ingested.warnings.iter().map(|warning| warning.message.clone()).collect(),
        notes: ingested
            .ledger
            .iter()
            .flat_map(|file| file.notes.iter().map(|note| format!("{}: {note}", file.path)))
            .collect(),
        entries: ingested
            .ledger
            .iter()
            .map(|file| Entry {
                path: file.path.clone(),
                rows_in: file.rows_in,
                rows_out: file.rows_out,
                quarantined: file.quarantined,
                blank: file.blank,
                skipped: file.skipped,
                amount_in: file.amount_in,
                amount_out: file.amount_out,
                amount_quarantined: file.amount_quarantined,
            })
            .collect(),
    }
}
