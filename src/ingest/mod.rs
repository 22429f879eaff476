//! Files as they arrive to typed rows, rejects and a ledger.
//!
//! ```text
//! input ─ part ─► read ─────────► text ─ records ──────► chunks ─┐
//!         a file  unpack, count,         formats: csv, fixed,     │        Arrow columns
//!         or a    checksum,              json                     ├─ lanes ─► typed ─► output ─► <n>.parquet
//!         member  decode                                          │        │           ├──► rejects, one file a source
//!              └─ seekable ─► formats: parquet, workbook ─ feed ──┘        number,     └──► ledger: rows, control totals
//!                                                                          datetime, text
//! ```
//!
//! One bad record costs that record; what makes a whole file doubtful (a missing column, damaged bytes) is an error.
//! Nothing of a file is held in memory but a chunk, a Parquet row group and some millions of key hashes.
//! The same input gives the same bytes, whatever the number of threads.

mod beginning;
mod boolean;
mod cell;
mod chunk;
mod currencies;
mod drift;
mod error;
mod faults;
mod feed;
mod file;
mod folded;
mod formats;
mod guard;
mod hashes;
mod header;
mod keys;
mod lanes;
mod ledger;
mod number;
mod output;
mod part;
mod read;
mod records;
mod reject;
mod text;
mod times;
mod typed;
mod zone;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

pub use beginning::{Beginning, beginning, encoding_of};
pub use currencies::{Priced, judge as judge_currencies};
pub use drift::{Headed, judge as judge_headers};
pub use error::Error;
pub use guard::{guarded, open_parquet};
pub use hashes::repeated;
pub use ledger::FileLedger;
pub use output::{KEY_HASH, LINE};
pub use reject::join as join_rejects;

use crate::diag::Diagnostics;
use crate::project::source::Source;
use file::{Context, Done, Target};
use part::Part;

/// A file of a source; an archive has several in it, of which each is read as one.
#[derive(Clone, Debug)]
pub struct Input {
    /// As people know it, relative to the raw storage.
    pub path: String,
    pub local: PathBuf,
    /// As it was when inputs were looked for; another size now is an error.
    pub size: u64,
}

/// A source and its files.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    pub source: &'a Source,
    pub inputs: Vec<Input>,
    /// Directory for `<n>.parquet`, where n is the place of the file in the order of paths.
    pub out: PathBuf,
    /// File for the rejects, written only when there are some.
    pub quarantine: PathBuf,
}

/// What came of a job. Files and ledgers are in the order of the inputs' paths.
#[derive(Debug)]
pub struct Ingested {
    pub files: Vec<PathBuf>,
    pub ledger: Vec<FileLedger>,
    pub warnings: Diagnostics,
    /// Lists of the files' key hashes, when the source has a key: see [`repeated`].
    pub keys: Vec<PathBuf>,
}

/// How far it is, for whoever watches.
#[derive(Debug, Default)]
pub struct Progress {
    /// Records read.
    pub rows: AtomicU64,
    /// Bytes read, of the files as they lie there.
    pub bytes: AtomicU64,
}

/// Reads all files of all jobs, the largest first. Of several failures the one of the first file is told.
pub fn ingest(
    jobs: &[Job<'_>],
    threads: usize,
    progress: &Progress,
    cancelled: &AtomicBool,
) -> Result<Vec<Ingested>, Error> {
    let mut tasks = Vec::new();
    for (at, job) in jobs.iter().enumerate() {
        make_directory(&job.out)?;
        if let Some(parent) = job.quarantine.parent() {
            make_directory(parent)?;
        }
        let mut inputs: Vec<&Input> = job.inputs.iter().collect();
        inputs.sort_by(|a, b| a.path.cmp(&b.path));
        let mut parts = Vec::new();
        for input in inputs {
            parts.extend(Part::of(input)?);
        }
        tasks.extend(parts.into_iter().enumerate().map(|(number, part)| Task { at, job, number, part }));
    }
    let mut results = run(&tasks, threads.max(1), progress, cancelled);
    // An interrupted file says nothing about why.
    if let Some(error) = first_error(&mut results) {
        return Err(error);
    }
    let mut done: Vec<Vec<Done>> = jobs.iter().map(|_| Vec::new()).collect();
    for (task, result) in tasks.iter().zip(results) {
        if let (Some(list), Some(Ok(result))) = (done.get_mut(task.at), result) {
            list.push(result);
        }
    }
    jobs.iter().zip(done).map(|(job, done)| gather(job, done)).collect()
}

struct Task<'a> {
    /// Of the job.
    at: usize,
    job: &'a Job<'a>,
    number: usize,
    part: Part<'a>,
}

impl Task<'_> {
    fn run(&self, context: &Context<'_>) -> Result<Done, Error> {
        let out = self.job.out.join(format!("{}.parquet", self.number));
        file::read(self.job.source, &self.part, &Target { out: &out, rejects: &self.rejects() }, context)
    }

    /// Where the rejects of the file are until they are joined.
    fn rejects(&self) -> PathBuf {
        let mut name = self.job.quarantine.clone().into_os_string();
        name.push(format!(".{}.part", self.number));
        PathBuf::from(name)
    }
}

type Outcome = Option<Result<Done, Error>>;

/// One result for each task, in their order; none for those that a failure elsewhere made pointless.
fn run(tasks: &[Task<'_>], threads: usize, progress: &Progress, cancelled: &AtomicBool) -> Vec<Outcome> {
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    order.sort_by_key(|at| (Reverse(tasks.get(*at).map(|task| task.part.size())), *at));
    let results: Vec<Mutex<Outcome>> = tasks.iter().map(|_| Mutex::new(None)).collect();
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let files = threads.min(tasks.len());
    let spare = AtomicUsize::new(threads - files);
    let context = Context { progress, cancelled, threads, spare: &spare };
    thread::scope(|scope| {
        for _ in 0..files {
            scope.spawn(|| {
                while let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if failed.load(Ordering::Relaxed) {
                        break;
                    }
                    let (Some(task), Some(slot)) = (tasks.get(*at), results.get(*at)) else { break };
                    let result = task.run(&context);
                    if result.is_err() {
                        failed.store(true, Ordering::Relaxed);
                    }
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                }
                // Nothing is left to begin with: help where something is going on.
                context.release();
            });
        }
    });
    results.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

/// Takes the error of the first file that has one; being cancelled counts only when nothing else went wrong.
fn first_error(results: &mut [Outcome]) -> Option<Error> {
    let told = |outcome: &Outcome| matches!(outcome, Some(Err(error)) if !matches!(error, Error::Cancelled));
    let at = results.iter().position(told).or_else(|| results.iter().position(|it| matches!(it, Some(Err(_)))))?;
    results.get_mut(at)?.take()?.err()
}

fn gather(job: &Job<'_>, done: Vec<Done>) -> Result<Ingested, Error> {
    let mut ingested =
        Ingested { files: Vec::new(), ledger: Vec::new(), warnings: Diagnostics::default(), keys: Vec::new() };
    let mut rejects = Vec::new();
    let mut archive = String::new();
    for mut file in done {
        // The first member of an archive sums the whole of it, for all of them.
        if file.finished.ledger.sha256.is_empty() {
            file.finished.ledger.sha256.clone_from(&archive);
        } else {
            archive.clone_from(&file.finished.ledger.sha256);
        }
        ingested.files.push(file.finished.file);
        ingested.ledger.push(file.finished.ledger);
        ingested.warnings.extend(file.warnings);
        rejects.extend(file.finished.rejects);
        ingested.keys.extend(file.finished.keys);
    }
    reject::join(&rejects, &job.quarantine)?;
    for part in &rejects {
        fs::remove_file(part).map_err(|cause| Error::Write { file: part.clone(), cause: cause.to_string() })?;
    }
    Ok(ingested)
}

fn make_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|cause| Error::Write { file: path.to_owned(), cause: cause.to_string() })
}
