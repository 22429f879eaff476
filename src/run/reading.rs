//! Typed records by file: every file is read once, and a source is put together from what its files gave.
//!
//! ```text
//! file-<source>-<of the file and how it is read>/     0.parquet  0.keys  ledger.json  rejects.parquet
//! raw-<source>-<of all files and all that is said>/   records/_file=<n>/0.parquet -> a link  ledger.json
//!                                                     repeated.parquet  rejects.parquet
//! ```
//!
//! What is kept of a file knows nothing of the others: not its place among them, which the folder of the link says.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use futures::StreamExt as _;
use parquet::arrow::ArrowWriter;

use super::error::Class;
use super::inputs::SourceInputs;
use super::raw::{Entry, Ledger, RECORDS, REJECTS, REPEATED_KEYS};
use super::{Error, Event, Observer, Run};
use crate::diag::Diagnostic;
use crate::ingest;
use crate::names::Name;
use crate::project::Source;
use crate::project::source::Load;
use crate::publish;
use crate::state::{Hasher, Slot};

/// Most exports are many small files, and most of their time is spent waiting for answers.
const DOWNLOADS_AT_ONCE: usize = 16;

/// A source to be put together.
pub(super) struct Reading {
    pub source: Arc<Source>,
    slot: Slot,
    /// In the order of paths, with whether their records count.
    files: Vec<(Slot, bool)>,
    pub missing: Vec<Missing>,
}

/// A file that no run has typed yet.
pub(super) struct Missing {
    slot: Slot,
    /// Its place in the order of paths.
    index: usize,
    pub size: u64,
    sha256: Option<String>,
}

impl Reading {
    pub fn new(run: &Run, source: &Source, slot: Slot) -> Self {
        let slots = run.file_slots(source);
        let inputs = run.plan.inputs.get(&source.name);
        let records = inputs.map(|inputs| inputs.records.as_slice()).unwrap_or_default();
        let missing = slots.iter().zip(records).enumerate().filter(|(_, (slot, _))| !slot.is_whole());
        let missing = missing.map(|(index, (slot, input))| Missing {
            slot: slot.clone(),
            index,
            size: input.size,
            sha256: input.sha256.clone(),
        });
        let missing = missing.collect();
        let counts = inputs.map(|inputs| counting(source, inputs)).unwrap_or_default();
        Self { source: Arc::new(source.clone()), slot, files: slots.into_iter().zip(counts).collect(), missing }
    }
}

impl Run {
    /// Where what is kept of each file of a source lies.
    pub(super) fn file_slots(&self, source: &Source) -> Vec<Slot> {
        let reading = description(source);
        let inputs = self.plan.inputs.get(&source.name).into_iter().flat_map(|inputs| &inputs.records);
        inputs.map(|input| file_slot(&self.cache, source, &reading, input, &self.run_id)).collect()
    }

    /// Reads the missing files and puts the sources together, telling how far it is.
    pub(super) async fn read(&self, readings: Vec<Reading>, bytes: u64) -> Result<(), Error> {
        let mut jobs = Vec::new();
        let missing = readings.iter().flat_map(|reading| reading.missing.iter().map(move |file| (reading, file)));
        let fetched = missing.map(|(reading, file)| async move {
            let input = self.input(&reading.source.name, file).await?;
            Ok::<Job, Error>((Arc::clone(&reading.source), file.slot.clone(), input, file.sha256.clone()))
        });
        // In the order of their paths, whichever arrives first.
        let mut fetched = futures::stream::iter(fetched.collect::<Vec<_>>()).buffered(DOWNLOADS_AT_ONCE);
        while let Some(job) = fetched.next().await {
            jobs.push(job?);
        }
        drop(fetched);
        let cancelled = Arc::clone(&self.cancelled);
        let threads = self.threads;
        watched(&*self.observer, bytes, move |progress| {
            read_all(&jobs, threads, progress, &cancelled)?;
            readings.iter().try_for_each(assemble)
        })
        .await
    }

    /// A file of a source on this machine.
    async fn input(&self, name: &Name, missing: &Missing) -> Result<ingest::Input, Error> {
        let object = self.plan.inputs.get(name).and_then(|inputs| inputs.objects.get(missing.index));
        let Some(object) = object else {
            return Err(Error::new(
                Class::Data,
                Diagnostic::error("S0499", "an input is not known").help("please report this"),
            ));
        };
        let local = match self.raw.local_path(&object.path) {
            Some(path) => path,
            None => {
                // The extension says how the bytes are packed, so the copy keeps it.
                let file = object.path.rsplit('/').next().unwrap_or(&object.path);
                let copy = self.work.join("inputs").join(name.as_str()).join(format!("{:05}-{file}", missing.index));
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
}

/// Works beside everything else, telling how far it is.
pub(super) async fn watched<T: Send + 'static>(
    observer: &Observer,
    of_bytes: u64,
    work: impl FnOnce(&ingest::Progress) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let progress = Arc::new(ingest::Progress::default());
    let worker = {
        let progress = Arc::clone(&progress);
        tokio::task::spawn_blocking(move || work(&progress))
    };
    tokio::pin!(worker);
    loop {
        tokio::select! {
            done = &mut worker => {
                let broken = |_| Err(Error::new(Class::Data, Diagnostic::error("S0499", "reading the inputs broke off").help("please report this")));
                return done.unwrap_or_else(broken);
            }
            () = tokio::time::sleep(Duration::from_millis(200)) => {
                let rows = progress.rows.load(Ordering::Relaxed);
                let bytes = progress.bytes.load(Ordering::Relaxed);
                observer(Event::Reading { rows, bytes, of_bytes });
            }
        }
    }
}

/// Whether the records of each file count: of snapshots only those of the last.
fn counting(source: &Source, inputs: &SourceInputs) -> Vec<bool> {
    let files = inputs.records.len();
    if source.load != Load::Snapshot {
        return vec![true; files];
    }
    let days = &inputs.dates;
    match days.iter().max().copied().flatten() {
        Some(last) => days.iter().map(|day| *day == Some(last)).collect(),
        None => (1..=files).map(|number| number == files).collect(),
    }
}

/// Where what is kept of a file lies.
pub(super) fn file_slot(
    cache: &crate::state::Cache,
    source: &Source,
    reading: &str,
    input: &publish::Input,
    run_id: &str,
) -> Slot {
    let identity = input.sha256.as_deref().or(input.etag.as_deref()).unwrap_or_default();
    let print = Hasher::new("file")
        .part("reading", reading)
        .part("path", &input.path)
        .part("size", input.size.to_le_bytes())
        .part("identity", identity)
        .finish();
    cache.slot("file", source.name.as_str(), &print, run_id)
}

/// Everything about a source that what comes of one file depends on.
pub(super) fn description(source: &Source) -> String {
    // Not where it lies, how files follow one another, or what is judged afterwards.
    let Source { name, format, columns, key, amount, .. } = source;
    format!("{name:?} {format:?} {columns:?} {key:?} {amount:?}")
}

/// A file to type, where to, and its checksum when it is known.
pub(super) type Job = (Arc<Source>, Slot, ingest::Input, Option<String>);

fn unwritten(error: &io::Error) -> Error {
    Error::io("the cache of typed records could not be written", error)
}

fn read_all(jobs: &[Job], threads: usize, progress: &ingest::Progress, cancelled: &AtomicBool) -> Result<(), Error> {
    let results = draft_all(jobs, threads, progress, cancelled)?;
    for ((_, slot, input, sha256), ingested) in jobs.iter().zip(&results) {
        let other = |file: &ingest::FileLedger| sha256.as_ref().is_some_and(|known| *known != file.sha256);
        if ingested.ledger.iter().any(other) {
            return Err(changed(&input.path));
        }
        keep(slot, ingested)?;
    }
    Ok(())
}

/// Types files into the drafts of their slots. Every file is a job of its own.
pub(super) fn draft_all(
    jobs: &[Job],
    threads: usize,
    progress: &ingest::Progress,
    cancelled: &AtomicBool,
) -> Result<Vec<ingest::Ingested>, Error> {
    let mut tasks = Vec::with_capacity(jobs.len());
    for (source, slot, input, _) in jobs {
        let out = slot.begin().map_err(|error| unwritten(&error))?.to_owned();
        tasks.push(ingest::Job { source, inputs: vec![input.clone()], quarantine: out.join(REJECTS), out });
    }
    Ok(ingest::ingest(&tasks, threads, progress, cancelled)?)
}

/// Makes the draft of a file what is kept of it.
pub(super) fn keep(slot: &Slot, ingested: &ingest::Ingested) -> Result<(), Error> {
    ledger(ingested).write(&slot.draft).and_then(|()| slot.commit()).map_err(|error| unwritten(&error))
}

/// What was read is not what was looked at when the run began, and must not be kept under its name.
pub(super) fn changed(path: &str) -> Error {
    let diagnostic = Diagnostic::error("S0425", format!("{path} changed while it was read")).in_file(path).help(
        "run again once the file is complete (write exports elsewhere and move them); if it stays, `touch` the file",
    );
    Error::new(Class::Transient, diagnostic)
}

fn ledger(ingested: &ingest::Ingested) -> Ledger {
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ledger {
        files: ingested.files.iter().map(name).collect(),
        keys: ingested.keys.iter().map(name).collect(),
        repeated: 0,
        warnings: ingested.warnings.iter().map(with_file).collect(),
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
                superseded: false,
                rows_in: file.rows_in,
                rows_out: file.rows_out,
                quarantined: file.quarantined,
                blank: file.blank,
                skipped: file.skipped,
                amount_in: file.amount_in,
                amount_out: file.amount_out,
                amount_quarantined: file.amount_quarantined,
                headed: file.headed.clone(),
                currencies: file.currencies.clone(),
            })
            .collect(),
    }
}

/// A warning with the file that it is about.
fn with_file(warning: &Diagnostic) -> String {
    match warning.location() {
        Some(file) => format!("{file}: {}", warning.message),
        None => warning.message.clone(),
    }
}

/// Puts a source together from what is kept of its files, and finds the keys that stand in several records.
fn assemble(reading: &Reading) -> Result<(), Error> {
    let failed = |error: io::Error| unwritten(&error);
    let draft = reading.slot.begin().map_err(failed)?;
    let mut whole = Ledger::default();
    let (mut said, mut rejects, mut keys) = (BTreeSet::new(), Vec::new(), Vec::new());
    fs::create_dir_all(draft.join(RECORDS)).map_err(failed)?;
    for (slot, counts) in &reading.files {
        let folder = &slot.path;
        let lost = || unwritten(&io::Error::other(format!("{} has no ledger", folder.display())));
        let file = Ledger::read(folder).ok_or_else(lost)?;
        for name in file.files.iter().filter(|_| *counts) {
            let place = format!("{RECORDS}/_file={}", whole.files.len());
            fs::create_dir_all(draft.join(&place)).map_err(failed)?;
            let place = format!("{place}/{name}");
            link(&folder.join(name), &draft.join(&place)).map_err(failed)?;
            whole.files.push(place);
        }
        keys.extend(file.keys.iter().filter(|_| *counts).map(|name| folder.join(name)));
        whole.entries.extend(file.entries.into_iter().map(|entry| Entry { superseded: !counts, ..entry }));
        // What holds of many files is said once.
        whole.warnings.extend(file.warnings.into_iter().filter(|warning| said.insert(warning.clone())));
        whole.notes.extend(file.notes);
        rejects.extend(Some(folder.join(REJECTS)).filter(|path| path.is_file()));
    }
    let headed = whole.entries.iter().filter_map(|entry| Some((entry.path.as_str(), entry.headed.as_ref()?)));
    let drifted = ingest::judge_headers(&reading.source, &headed.collect::<Vec<_>>());
    if drifted.has_errors() {
        return Err(Error { class: Class::Data, diagnostics: drifted });
    }
    whole.warnings.extend(drifted.iter().map(with_file));
    let counting = whole.entries.iter().filter(|entry| !entry.superseded);
    let priced = counting.map(|entry| (entry.path.as_str(), entry.currencies.as_slice()));
    let mixed = ingest::judge_currencies(&reading.source, &priced.collect::<Vec<_>>());
    whole.warnings.extend(mixed.iter().map(with_file));
    whole.repeated = write_repeated(&keys, &draft.join(REPEATED_KEYS)).map_err(failed)?;
    ingest::join_rejects(&rejects, &draft.join(REJECTS))?;
    whole.write(draft).and_then(|()| reading.slot.commit()).map_err(failed)
}

/// The same bytes under another name; where the disk knows no links, a copy.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()))
}

/// Writes the key hashes of more than one record, and says how many there are.
fn write_repeated(lists: &[PathBuf], to: &Path) -> io::Result<u64> {
    const AT_ONCE: usize = 64 << 10;
    let schema = repeated_schema();
    let mut writer = ArrowWriter::try_new(File::create(to)?, Arc::clone(&schema), None)?;
    let (mut count, mut held) = (0, Vec::new());
    let mut put = |held: &mut Vec<i64>| -> io::Result<()> {
        let hashes: ArrayRef = Arc::new(Int64Array::from(std::mem::take(held)));
        let rows = RecordBatch::try_new(Arc::clone(&schema), vec![hashes]).map_err(io::Error::other)?;
        Ok(writer.write(&rows)?)
    };
    ingest::repeated(lists, |hash| {
        count += 1;
        held.push(hash);
        if held.len() >= AT_ONCE { put(&mut held) } else { Ok(()) }
    })?;
    put(&mut held)?;
    writer.close()?;
    Ok(count)
}

/// Of the file that [`write_repeated`] writes.
pub(super) fn repeated_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("hash", DataType::Int64, false)]))
}
