//! A run: plan, read, match, build, audit, commit, point. The only place where the phases meet.

mod ahead;
mod build;
mod error;
mod event;
mod failures;
mod freshness;
mod inputs;
mod ledger;
mod linking;
mod plan;
mod protecting;
mod publishing;
mod quarantine;
mod raw;
mod reading;
mod report;
mod schedule;
mod showing;
mod spool;
mod tables;
mod testing;
mod untouched;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::diag::Diagnostic;
use crate::engine::{Checked, Engine, Limits};
use crate::names::{Layer, Name, TableName};
use crate::project::{Param, ParamValue, Project, Source};
use crate::publish::{self, Commit, Releases};
use crate::state::{Cache, Fingerprint, Hasher, Slot};
use crate::store::Store;
use chrono::{DateTime, NaiveDate, Utc};
use indexmap::IndexMap;

use inputs::SourceInputs;

pub use error::{Class, Error};
pub use event::{Event, Observer};
pub use linking::{Explained, ExplainedPart, explain};
pub use plan::{Plan, direct, published_name, published_tables, upstream};
pub use quarantine::{Quarantine, QuarantinedSource};
pub use report::{
    Counts, InputReport, MatchReport, Outcome, RunReport, SourceReport, Status, TableReport, TableStatus, TestReport,
};
pub use showing::first_rows;

/// What the command line says of one run.
#[derive(Clone, Debug)]
pub struct Options {
    pub run_id: String,
    pub as_of: NaiveDate,
    pub started_at: DateTime<Utc>,
    pub threads: usize,
    /// Bytes.
    pub memory: usize,
    pub full_refresh: bool,
    /// Stop at the first table that cannot be built; else every table is tried that the failed ones do not feed.
    pub fail_fast: bool,
    pub selected: Option<BTreeSet<TableName>>,
    /// The project's folder: storages are relative to it.
    pub project_dir: PathBuf,
    /// Where typed inputs and working tables are kept between runs; beside the marts by default.
    pub state: Option<PathBuf>,
    /// Where reports and quarantined records go.
    pub artefacts: PathBuf,
}

/// Everything that the phases of one run share.
pub(crate) struct Run {
    project: Arc<Project>,
    plan: Plan,
    ahead: ahead::Ahead,
    checked: Checked,
    engine: Engine,
    cache: Cache,
    raw: Store,
    releases: Releases,
    base: Option<Commit>,
    run_id: String,
    started_at: DateTime<Utc>,
    threads: usize,
    work: PathBuf,
    /// Laid out like a release.
    out: PathBuf,
    artefacts: PathBuf,
    cancelled: Arc<AtomicBool>,
    warnings: Mutex<Vec<String>>,
    /// Done once: several marts may read `ledger.stage`, and one must not find it gone while it is made for another.
    ledger_made: tokio::sync::OnceCell<()>,
    /// Filled with the reconciliation.
    removed: Mutex<BTreeMap<Name, ledger::Removed>>,
    /// Of matches that changed: by which rows; `None` when too many, or when what they were is not known.
    differences: tokio::sync::Mutex<BTreeMap<TableName, Option<Vec<arrow::array::RecordBatch>>>>,
    observer: Arc<Observer>,
}

impl Run {
    fn slot(&self, table: &TableName) -> Slot {
        let print = self.plan.fingerprints.get(table).cloned().unwrap_or_else(|| Hasher::new("none").finish());
        slot(&self.cache, table, &print, &self.run_id)
    }

    /// Makes everything readable that tables are built from.
    async fn prepare(&self) -> Result<(Vec<SourceReport>, Vec<MatchReport>), Error> {
        let sources = self.ingest().await?;
        self.register_ready().await?;
        self.register_staging().await?;
        Ok((sources, self.run_matches().await?))
    }

    fn warn(&self, text: String) {
        (self.observer)(Event::Warning(&text));
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }
}

fn slot(cache: &Cache, table: &TableName, print: &Fingerprint, run_id: &str) -> Slot {
    cache.slot(table.layer.as_str(), table.name.as_str(), print, run_id)
}

/// Builds what changed, audits it and publishes one release. What happened is in `report` even when it fails.
pub async fn run(
    project: Arc<Project>,
    checked: Checked,
    options: &Options,
    observer: Arc<Observer>,
    cancelled: Arc<AtomicBool>,
    report: &mut RunReport,
) -> Result<(), Error> {
    let began = Instant::now();
    let result = attempt(project, checked, options, observer, cancelled, report).await;
    report.elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Err(error) = &result {
        report.status = Status::Failed;
        report.errors.extend(error.diagnostics.iter().map(|d| format!("[{}] {}", d.code, d.message)));
    }
    report.count();
    result
}

/// Where a run keeps what it leaves for the next.
pub fn state_folder(project: &Project, options_state: Option<&PathBuf>, project_dir: &std::path::Path) -> PathBuf {
    match options_state {
        Some(folder) => folder.join(project.name.as_str()),
        None if project.marts_root.contains("://") => {
            project_dir.join("target").join("septet").join(project.name.as_str())
        }
        None => {
            let mut beside = project_dir.join(&project.marts_root).into_os_string();
            beside.push(".store");
            PathBuf::from(beside)
        }
    }
}

async fn attempt(
    project: Arc<Project>,
    checked: Checked,
    options: &Options,
    observer: Arc<Observer>,
    cancelled: Arc<AtomicBool>,
    report: &mut RunReport,
) -> Result<(), Error> {
    let state = state_folder(&project, options.state.as_ref(), &options.project_dir);
    let releases = Releases::open(&project.marts_root, &options.project_dir, &state)?;
    let lock = releases.lock(&options.run_id, options.started_at).await?;
    let locked = Locked { releases: &releases, lock: &lock, state: &state };
    let result = tokio::select! {
        result = under_lock(project, checked, options, observer, Arc::clone(&cancelled), report, locked) => result,
        () = told_to_stop(&cancelled) => Err(Error::new(Class::Transient, Diagnostic::error("S0411", "told to stop"))),
    };
    // After a failure too: a lease in a bucket would keep the next run out until it expires.
    let freed = lock.release().await;
    result?;
    Ok(freed?)
}

async fn told_to_stop(cancelled: &AtomicBool) {
    while !cancelled.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What a run holds from its first look at the releases to its end.
#[derive(Clone, Copy)]
struct Locked<'a> {
    releases: &'a Releases,
    lock: &'a publish::Lock,
    state: &'a std::path::Path,
}

/// What there is before anything is done: releases, caches, inputs.
struct Ground {
    project: Arc<Project>,
    releases: Releases,
    raw: Store,
    base: Option<Commit>,
    cache: Cache,
    inputs: IndexMap<Name, SourceInputs>,
    params: Vec<Param>,
}

impl Ground {
    async fn look(
        project: Arc<Project>,
        options: &Options,
        releases: Releases,
        state: &std::path::Path,
    ) -> Result<Self, Error> {
        let raw = Store::open(&project.raw, &options.project_dir)?;
        let base = releases.latest().await?;
        let cache =
            Cache::open(state.join("cache")).map_err(|error| Error::io("the cache could not be opened", &error))?;
        let known = base.as_ref().map(|base| base.inputs.as_slice()).unwrap_or_default();
        // Where nothing is kept of a source all of it will be read, and summed on the way.
        let sums = |source: &Source| cache.knows("file", source.name.as_str());
        let inputs = inputs::list(&project, &raw, known, options.as_of, &sums).await?;
        let params = params(&project, options.as_of);
        Ok(Self { project, releases, raw, base, cache, inputs, params })
    }

    /// What to do: for all published tables that changed, or to show one table.
    fn plan(&self, options: &Options, checked: &Checked, shown: Option<&TableName>) -> Plan {
        let cached =
            |table: &TableName, print: &Fingerprint| slot(&self.cache, table, print, &options.run_id).is_whole();
        let known =
            |table: &TableName, print: &str| untouched::known_inputs(&self.cache, table, print, &options.run_id);
        let learned = |table: &TableName| {
            let slot = linking::learned_slot(&self.project, self.base.as_ref(), &self.cache, table, &options.run_id)?;
            linking::About::read(&slot.path)
        };
        let request = plan::Request {
            project: &self.project,
            params: &self.params,
            as_of: options.as_of,
            base: self.base.as_ref(),
            inputs: self.inputs.clone(),
            full_refresh: options.full_refresh,
            selected: options.selected.as_ref(),
            cached: &cached,
            known: &known,
            learned: &learned,
            protection: &checked.protection,
        };
        match shown {
            Some(table) => plan::plan_for(request, table),
            None => plan::plan(request),
        }
    }

    fn start(
        self,
        (plan, ahead): (Plan, ahead::Ahead),
        checked: Checked,
        options: &Options,
        work: &publish::Work,
        observer: Arc<Observer>,
        cancelled: Arc<AtomicBool>,
    ) -> Result<Arc<Run>, Error> {
        let limits = Limits { threads: options.threads, memory: options.memory, spill: work.path().join("spill") };
        let engine = Engine::new(&limits, &self.params).map_err(|error| Error::engine(None, &error))?;
        let out = work.path().join("out");
        std::fs::create_dir_all(&out).map_err(|error| Error::io("the work folder could not be made", &error))?;
        Ok(Arc::new(Run {
            project: self.project,
            plan,
            ahead,
            checked,
            engine,
            cache: self.cache,
            raw: self.raw,
            releases: self.releases,
            base: self.base,
            run_id: options.run_id.clone(),
            started_at: options.started_at,
            threads: options.threads,
            work: work.path().to_owned(),
            out,
            artefacts: options.artefacts.clone(),
            cancelled,
            warnings: Mutex::default(),
            ledger_made: tokio::sync::OnceCell::new(),
            removed: Mutex::default(),
            differences: tokio::sync::Mutex::default(),
            observer,
        }))
    }
}

async fn under_lock(
    project: Arc<Project>,
    checked: Checked,
    options: &Options,
    observer: Arc<Observer>,
    cancelled: Arc<AtomicBool>,
    report: &mut RunReport,
    Locked { releases, lock, state }: Locked<'_>,
) -> Result<(), Error> {
    protecting::require_key(&project, &checked)?;
    let recovery = releases.recover(lock).await?;
    let mut ground = Ground::look(project, options, releases.clone(), state).await?;
    if let Some(base) = ground.base.as_ref().filter(|base| base.pipeline != ground.project.name.as_str()) {
        return Err(Error::new(
            Class::Usage,
            Diagnostic::error(
                "S0407",
                format!("{} holds the marts of pipeline `{}`", releases.display(), base.pipeline),
            )
            .in_file(&ground.project.path)
            .help("give each pipeline its own `storage.marts`"),
        ));
    }
    if let Some(number) = recovery.rolled_forward {
        report
            .warnings
            .push(format!("release {number} was committed by a run that ended before readers saw it; they see it now"));
    }
    for warning in freshness::deliveries(&ground, options.as_of, options.started_at)? {
        observer(Event::Warning(&warning));
        report.warnings.push(warning);
    }
    let (plan, ahead) = ground.settle(options, &checked, None, &observer, &cancelled).await?;
    for (name, driver) in &plan.skipped {
        report.tables.push(skipped(name.as_str(), &format!("no core.{driver}")));
    }
    if plan.publish.is_empty() {
        report.status = Status::NothingToDo;
        report.release = ground.base.as_ref().map(|base| base.number);
        report.served = Some(releases.display());
        return Ok(());
    }
    let work = releases.work(&options.run_id)?;
    let run = ground.start((plan, ahead), checked, options, &work, observer, cancelled)?;
    let result = phases(&run, lock, options, report).await;
    report.warnings.append(&mut run.warnings.lock().unwrap_or_else(PoisonError::into_inner));
    // What a failed run wrote is of no use to anyone; the cache has what is.
    let cleaned = work.remove();
    result?;
    cleaned?;
    Ok(())
}

async fn phases(run: &Arc<Run>, lock: &publish::Lock, options: &Options, report: &mut RunReport) -> Result<(), Error> {
    (report.sources, report.matches) = run.prepare().await?;
    let built = schedule::build_all(run, lock, options).await;
    run.account(&mut report.sources);
    let mut built = built?;
    let carried = run.test_across(&mut built).await?;
    let tested: Vec<TableReport> = built.iter().map(|built| built.report.clone()).chain(carried).collect();
    report.tables.extend(tested.iter().cloned());
    run.judge_tests(&tested)?;
    run.publish(lock, options, built, report).await
}

/// The run's parameters, all with values.
pub fn params(project: &Project, as_of: NaiveDate) -> Vec<Param> {
    let with_day = |param: &Param| match param.name.as_str() {
        "as_of" => Param { value: Some(ParamValue::Date(as_of)), ..param.clone() },
        _ => param.clone(),
    };
    project.params.iter().map(with_day).collect()
}

fn skipped(name: &str, because: &str) -> TableReport {
    TableReport {
        name: name.to_owned(),
        layer: Layer::Marts.as_str(),
        status: TableStatus::Skipped,
        rows: 0,
        partitions: 0,
        partitions_built: 0,
        files: 0,
        bytes: 0,
        because: because.to_owned(),
        elapsed_ms: 0,
        tests: Vec::new(),
    }
}
