//! `septet run`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};

use super::arguments::{Global, LogFormat, Output, RunArguments};
use super::printing::{seconds, size, table, thousands};
use super::{End, load, printing, progress, select};
use crate::diag::Diagnostic;
use crate::engine;
use crate::observe::{artefacts, machine};
use crate::project::Project;
use crate::publish;
use crate::run::{self, Counts, Event, Options, RunReport, SourceReport, Status, TableStatus};

pub async fn run(global: &Global, arguments: &RunArguments) -> Result<End, End> {
    let began = Instant::now();
    let project = load::project(global, arguments.pipeline.pipeline.as_deref());
    let project = match project {
        Ok(project) => project,
        Err(problems) => return Err(failed_early(global, arguments, problems)),
    };
    let checked = match engine::check(&project).await {
        Ok(checked) => checked,
        Err(problems) => return Err(failed_early(global, arguments, problems)),
    };
    let took = began.elapsed();
    let days = match (arguments.start, arguments.end) {
        (Some(start), Some(end)) if start > end => {
            let problem = Diagnostic::error("S0155", format!("`--start {start}` is after `--end {end}`"));
            return Err(failed_early(global, arguments, problem.help("swap the two").into()));
        }
        (Some(start), Some(end)) => month_ends(start, end),
        _ => vec![global.logical_date.or(project.logical_date).unwrap_or_else(|| machine::today(project.timezone))],
    };
    let selected = select::tables(&project, arguments.select.as_deref(), arguments.exclude.as_deref())?;
    let target = global.project_dir.join("target");
    if let Err(error) = artefacts::manifest(&target, &project) {
        eprintln!("warning: target/manifest.json could not be written: {error}");
    }
    let mut end = End::Done;
    for as_of in days {
        let options = Options {
            as_of,
            full_refresh: arguments.full_refresh,
            fail_fast: arguments.fail_fast,
            selected: selected.clone(),
            ..options(global, &project, target.clone())
        };
        publish::check_run_id(&options.run_id).map_err(run::Error::from)?;
        banner(global, &project, &options);
        let observer = progress::observer(global, &options.run_id);
        observer(Event::Checked {
            models: project.models.len(),
            marts: project.core.len() + project.marts.len(),
            tests: tests(&project),
            took,
        });
        end = one(global, &project, checked.clone(), &options, observer, arguments.skip_exit_code).await?;
        // Later days build on this one, and its exit code is the command's.
        if matches!(end, End::Code(code) if Some(code) != arguments.skip_exit_code) {
            break;
        }
    }
    Ok(end)
}

/// What the flags that every command has say of a run.
pub(super) fn options(global: &Global, project: &Project, artefacts: std::path::PathBuf) -> Options {
    let started_at = machine::now();
    let made = || format!("{}-{}", started_at.format("%Y%m%dT%H%M%S%3f"), std::process::id());
    Options {
        run_id: global.run_id.clone().unwrap_or_else(made),
        as_of: global.logical_date.or(project.logical_date).unwrap_or_else(|| machine::today(project.timezone)),
        started_at,
        threads: global.threads(),
        memory: usize::try_from(global.memory_limit).unwrap_or(usize::MAX),
        full_refresh: false,
        fail_fast: false,
        selected: None,
        project_dir: global.project_dir.clone(),
        state: global.state.clone(),
        artefacts,
    }
}

async fn one(
    global: &Global,
    project: &Arc<Project>,
    checked: engine::Checked,
    options: &Options,
    observer: Arc<run::Observer>,
    skip_exit_code: Option<u8>,
) -> Result<End, End> {
    let cancelled = Arc::new(AtomicBool::new(false));
    let mut report = empty_report(project.name.to_string(), options.run_id.clone(), options.as_of, options.started_at);
    // Written before anything happens, so that a killed run has left a trace.
    write_report(&options.artefacts, &report);
    let interrupted = {
        let work = run::run(Arc::clone(project), checked, options, observer, Arc::clone(&cancelled), &mut report);
        tokio::pin!(work);
        tokio::select! {
            result = &mut work => Err(result),
            signal = signal() => {
                cancelled.store(true, Ordering::Relaxed);
                // It stops where it is and gives its lease back; what does not answer in time is dropped.
                let _ = tokio::time::timeout(Duration::from_secs(5), &mut work).await;
                Ok(signal)
            }
        }
    };
    report.peak_memory_bytes = machine::peak_memory();
    match interrupted {
        Ok(signal) => {
            report.errors.clear();
            report.status = Status::Interrupted;
            report.errors.push(format!("interrupted by signal {signal}"));
            report.count();
            write_report(&options.artefacts, &report);
            eprintln!(
                "interrupted; readers see the last whole release, `septet run` goes on from what this one had read"
            );
            if global.output == Output::Json {
                json(&report);
            }
            last_line(global, Some(&report.run_id), report.status, report.counts);
            Ok(End::Code(128 + signal))
        }
        Err(result) => {
            write_report(&options.artefacts, &report);
            if let Err(error) = result {
                printing::error(global, &error);
                if global.output == Output::Json {
                    json(&report);
                }
                last_line(global, Some(&report.run_id), report.status, report.counts);
                return Ok(End::Code(error.class.exit_code()));
            }
            if report.status == Status::Published
                && let Err(error) = artefacts::catalog(&options.artefacts, project, &report)
            {
                eprintln!("warning: target/catalog.json could not be written: {error}");
            }
            summary(global, project, &report);
            let nothing = report.status == Status::NothingToDo;
            Ok(skip_exit_code.filter(|_| nothing).map_or(End::Done, End::Code))
        }
    }
}

/// A project that cannot run still ends in the line that schedulers look for.
fn failed_early(global: &Global, arguments: &RunArguments, problems: crate::diag::Diagnostics) -> End {
    let counts = Counts { error: problems.errors(), warn: problems.warnings(), ..Counts::default() };
    let errors: Vec<String> = problems.iter().map(|d| format!("[{}] {}", d.code, d.message)).collect();
    let (pipeline, started_at) = (arguments.pipeline.pipeline.clone().unwrap_or_default(), machine::now());
    let as_of = global.logical_date.unwrap_or_else(|| machine::today(chrono_tz::UTC));
    let run_id = global.run_id.clone().unwrap_or_default();
    // Else whoever reads the report would take the run before for this one.
    let report = RunReport {
        status: Status::Failed,
        errors: errors.clone(),
        counts,
        ..empty_report(pipeline, run_id, as_of, started_at)
    };
    write_report(&global.project_dir.join("target"), &report);
    if global.output == Output::Json {
        let document =
            serde_json::json!({ "version": 1, "status": Status::Failed, "errors": errors, "counts": counts });
        printing::out(&format!("{document:#}\n"));
    }
    printing::error(global, &problems.into());
    last_line(global, None, Status::Failed, counts);
    End::Code(run::Class::Usage.exit_code())
}

fn tests(project: &Project) -> usize {
    project.tables().map(|(name, table)| engine::expectations(&name, table).len() + 1).sum()
}

/// The last day of every month from the first to the last day, and the last day itself.
fn month_ends(start: NaiveDate, end: NaiveDate) -> Vec<NaiveDate> {
    let mut days = Vec::new();
    let mut first = start.with_day(1).unwrap_or(start);
    while let Some(next) = first.checked_add_months(Months::new(1)) {
        let Some(last) = next.checked_sub_days(Days::new(1)) else { break };
        if last >= end {
            break;
        }
        days.push(last);
        first = next;
    }
    days.push(end);
    days
}

async fn signal() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).ok();
    let (interrupt, terminate) = (listen(SignalKind::interrupt()), listen(SignalKind::terminate()));
    match (interrupt, terminate) {
        (Some(mut interrupt), Some(mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => 2,
                _ = terminate.recv() => 15,
            }
        }
        _ => std::future::pending().await,
    }
}

fn empty_report(pipeline: String, run_id: String, as_of: NaiveDate, started_at: DateTime<Utc>) -> RunReport {
    RunReport {
        version: 1,
        septet: env!("CARGO_PKG_VERSION"),
        pipeline,
        run_id,
        as_of,
        status: Status::Running,
        release: None,
        served: None,
        started_at,
        elapsed_ms: 0,
        peak_memory_bytes: 0,
        sources: Vec::new(),
        matches: Vec::new(),
        tables: Vec::new(),
        warnings: Vec::new(),
        errors: Vec::new(),
        counts: Counts::default(),
    }
}

fn write_report(folder: &Path, report: &RunReport) {
    if let Err(error) = artefacts::run_results(folder, report) {
        eprintln!("warning: run_results.json could not be written: {error}");
    }
}

fn banner(global: &Global, project: &Project, options: &Options) {
    if global.quiet || global.log_format == LogFormat::Json {
        return;
    }
    let target = global.target.as_ref().map_or(String::new(), |name| format!(" · target {name}"));
    eprintln!(
        "septet {} · pipeline {} · as of {}{target} · {} threads · {} memory",
        env!("CARGO_PKG_VERSION"),
        project.name,
        options.as_of,
        options.threads,
        size(options.memory as u64)
    );
}

fn json(report: &RunReport) {
    if let Ok(text) = serde_json::to_string_pretty(report) {
        printing::out(&format!("{text}\n"));
    }
}

fn last_line(global: &Global, run_id: Option<&str>, status: Status, counts: Counts) {
    match global.log_format {
        LogFormat::Text => eprintln!("{}", counts.line()),
        LogFormat::Json => {
            let Counts { pass, warn, error, skip } = counts;
            let line = serde_json::json!({ "ts": machine::now(), "level": "info", "run_id": run_id, "event": "done",
                "status": status, "pass": pass, "warn": warn,
                "error": error, "skip": skip, "total": counts.total() });
            eprintln!("{line}");
        }
    }
}

fn summary(global: &Global, project: &Project, report: &RunReport) {
    if global.output == Output::Json {
        json(report);
    } else if global.log_format == LogFormat::Text && !global.quiet {
        if report.status == Status::NothingToDo {
            let release = report.release.map_or(String::new(), |number| format!(": release {number} is up to date"));
            eprintln!("nothing to do{release}   {}", seconds(report.elapsed_ms));
        } else {
            eprint!("{}", published(project, report));
        }
    }
    last_line(global, Some(&report.run_id), report.status, report.counts);
}

/// What was published where, what was left out, what to try next.
fn published(project: &Project, report: &RunReport) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut carried = 0;
    for item in report.tables.iter().filter(|item| !item.name.contains('.')) {
        match item.status {
            TableStatus::Built => rows.push(vec![
                item.name.clone(),
                thousands(item.rows),
                item.partitions.to_string(),
                item.because.clone(),
                seconds(item.elapsed_ms),
            ]),
            TableStatus::Carried => carried += 1,
            TableStatus::Skipped => {}
        }
    }
    let mut text = format!("\n{}", table(&["mart", "rows", "partitions", "built because", "time"], &rows));
    if carried > 0 {
        text.push_str(&format!("  {carried} more carried over unchanged\n"));
    }
    let skipped: Vec<String> = report
        .tables
        .iter()
        .filter(|item| item.status == TableStatus::Skipped)
        .map(|item| format!("{} ({})", item.name, item.because))
        .collect();
    text.push('\n');
    if !skipped.is_empty() {
        text.push_str(&format!("  skipped: {}\n", skipped.join(", ")));
    }
    for note in report.sources.iter().flat_map(|source| &source.notes) {
        text.push_str(&format!("  note: {note}\n"));
    }
    let quarantined: u64 = report.sources.iter().map(|source| source.quarantined).sum();
    if quarantined > 0 {
        let bad = report.sources.iter().filter(|source| source.quarantined > 0);
        let commands: Vec<String> = bad.map(|source| format!("septet quarantine show {}", source.name)).collect();
        text.push_str(&format!("  quarantined {} rows: {}\n", thousands(quarantined), commands.join(" · ")));
    }
    let tombstones: u64 = report.sources.iter().map(|source| source.tombstones).sum();
    if tombstones > 0 {
        let gone: Vec<&str> =
            report.sources.iter().filter(|source| source.tombstones > 0).map(|source| source.name.as_str()).collect();
        text.push_str(&format!("  deleted {} records: {}\n", thousands(tombstones), gone.join(", ")));
    }
    if report.tables.iter().any(|item| item.name == "reconciliation" && item.status == TableStatus::Built) {
        let of = |source: &SourceReport| source.rows + source.quarantined + source.blank + source.skipped;
        let read: u64 = report.sources.iter().map(of).sum();
        text.push_str(&format!("  reconciled: {} records and every cent accounted for\n", thousands(read)));
    }
    text.push_str(&format!("  {} · peak memory {}\n", seconds(report.elapsed_ms), size(report.peak_memory_bytes)));
    let pipeline = if project.name.as_str() == "crm" { String::new() } else { format!(" --pipeline {}", project.name) };
    let marts: Vec<&str> =
        report.tables.iter().map(|item| item.name.as_str()).filter(|name| !name.contains('.')).collect();
    if let Some(mart) = marts.iter().find(|name| **name == "tier_table").or(marts.first()) {
        text.push_str(&format!(
            "  next: septet show {mart}{pipeline} · septet query \"select * from {mart}\"{pipeline}\n"
        ));
    }
    text
}
