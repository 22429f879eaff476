//! What a run looks like while it works: a live line on a terminal, plain lines elsewhere, objects in JSON.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::arguments::{Global, LogFormat};
use super::printing::{seconds, size, thousands};
use crate::observe::machine;
use crate::run::{Event, Observer};

/// Between two plain lines that only say that the run is alive.
const HEARTBEAT: Duration = Duration::from_secs(30);

pub fn observer(global: &Global, run_id: &str) -> Arc<Observer> {
    let run_id = run_id.to_owned();
    match global.log_format {
        LogFormat::Json => Arc::new(move |event| json_line(&run_id, &event)),
        LogFormat::Text if global.quiet => Arc::new(|_| {}),
        LogFormat::Text => {
            let screen = Screen::new(std::io::stderr().is_terminal());
            Arc::new(move |event| screen.show(&event))
        }
    }
}

struct Screen {
    live: Option<ProgressBar>,
    /// When the last line was printed, what runs now.
    state: Mutex<(Instant, Vec<String>)>,
}

impl Screen {
    fn new(terminal: bool) -> Self {
        let live = terminal.then(|| {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("  {spinner} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            bar.set_style(style);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { live, state: Mutex::new((Instant::now(), Vec::new())) }
    }

    fn line(&self, text: &str) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 = Instant::now();
        match &self.live {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Shown until the next one; without a terminal, printed when nothing else was for a while.
    fn now(&self, text: String) {
        match &self.live {
            Some(bar) => bar.set_message(text),
            None => {
                let quiet = self.state.lock().unwrap_or_else(PoisonError::into_inner).0.elapsed();
                if quiet >= HEARTBEAT {
                    self.line(&format!("  … {text}"));
                }
            }
        }
    }

    fn show(&self, event: &Event<'_>) {
        match event {
            Event::Checked { models, marts, tests, took } => {
                self.line(&format!(
                    "  {:<9} {models} models, {marts} marts, {tests} tests   ok   {:.1}s",
                    "check",
                    took.as_secs_f64()
                ));
            }
            Event::Ingesting { sources, files, bytes } => {
                if *files > 0 {
                    self.now(format!("reading {files} files of {sources} sources, {}", size(*bytes)));
                }
            }
            Event::Reading { rows, bytes, of_bytes } => {
                self.now(format!("reading {} of {}, {} rows", size(*bytes), size(*of_bytes), thousands(*rows)));
            }
            Event::Ingested(source) => {
                let from = if source.reused {
                    "unchanged".to_owned()
                } else {
                    format!("{:>3} files  {:>9}", source.files, size(source.bytes))
                };
                let later = match source.later_files {
                    0 => String::new(),
                    1 => "  1 file of a later day left out".to_owned(),
                    files => format!("  {files} files of later days left out"),
                };
                self.line(&format!(
                    "  {:<9} {:<24} {from:<20} {:>12} rows  {:>6} quarantined{later}",
                    "ingest",
                    source.name,
                    thousands(source.rows),
                    source.quarantined
                ));
            }
            Event::Matched(matched) => self.line(&format!(
                "  {:<9} {:<24} {} records of {} systems → {} entities ({} merged{})",
                "match",
                matched.name,
                thousands(matched.records),
                matched.systems,
                thousands(matched.entities),
                thousands(matched.records - matched.entities),
                match matched.review {
                    0 => String::new(),
                    review => format!(", {} pairs to review", thousands(review)),
                }
            )),
            Event::Building { table, done, of } => {
                let running = {
                    let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.1.push((*table).to_owned());
                    state.1.join(", ")
                };
                self.now(format!("{}  {done}/{of}  {running}", bar(*done, *of)));
            }
            Event::Built { table, done, of } => {
                let running = {
                    let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    let name = table.name.as_str();
                    // A core table runs under its own name and is reported under the published one.
                    if let Some(at) = state.1.iter().position(|running| {
                        running.ends_with(name.trim_start_matches("fct_").trim_start_matches("dim_"))
                    }) {
                        state.1.remove(at);
                    }
                    state.1.join(", ")
                };
                let text = format!("{}  {done}/{of}  {running}", bar(*done, *of));
                if *done == *of { self.line(&format!("  {:<9} {of} tables", "build")) } else { self.now(text) }
            }
            Event::Audited { tests, grains, files, took } => self.line(&format!(
                "  {:<9} {tests} tests, {grains} tables, {files} files opened again   {}",
                "audit",
                seconds(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
            )),
            Event::Published { release, served, marts, files, bytes } => {
                self.line(&format!(
                    "  {:<9} release {release} → {served}   {marts} marts, {files} files, {}",
                    "publish",
                    size(*bytes)
                ));
                if let Some(live) = &self.live {
                    live.finish_and_clear();
                }
            }
            Event::Warning(text) => self.line(&format!("  warning   {text}")),
        }
    }
}

fn bar(done: usize, of: usize) -> String {
    let full = (done * 26).checked_div(of).unwrap_or(0);
    format!("{}{}", "█".repeat(full), "░".repeat(26 - full.min(26)))
}

fn json_line(run_id: &str, event: &Event<'_>) {
    let line = |level: &str, name: &str, node: Option<&str>, more: serde_json::Value| {
        let mut object = json!({ "ts": machine::now(), "level": level, "run_id": run_id, "event": name, "node": node });
        if let (Some(object), serde_json::Value::Object(more)) = (object.as_object_mut(), more) {
            object.extend(more);
        }
        eprintln!("{object}");
    };
    match event {
        Event::Checked { models, marts, tests, took } => {
            line(
                "info",
                "checked",
                None,
                json!({ "models": models, "marts": marts, "tests": tests, "ms": millis(took) }),
            );
        }
        Event::Ingesting { sources, files, bytes } => {
            line("info", "ingesting", None, json!({ "sources": sources, "files": files, "bytes": bytes }));
        }
        Event::Reading { .. } => {}
        Event::Ingested(source) => line(
            "info",
            "ingested",
            Some(&source.name),
            json!({ "status": if source.reused { "reused" } else { "read" }, "rows": source.rows, "bytes": source.bytes,
                "later_files": source.later_files, "quarantined": source.quarantined, "ms": source.elapsed_ms }),
        ),
        Event::Matched(matched) => {
            line(
                "info",
                "matched",
                Some(&matched.name),
                json!({ "rows": matched.records, "entities": matched.entities, "review": matched.review }),
            );
        }
        Event::Building { table, .. } => line("info", "building", Some(table), json!({ "status": "started" })),
        Event::Built { table, .. } => line(
            "info",
            "built",
            Some(&table.name),
            json!({ "status": "built", "rows": table.rows, "bytes": table.bytes, "ms": table.elapsed_ms }),
        ),
        Event::Audited { tests, files, took, .. } => {
            line("info", "audited", None, json!({ "tests": tests, "files": files, "ms": millis(took) }));
        }
        Event::Published { release, served, marts, files, bytes } => line(
            "info",
            "published",
            None,
            json!({ "status": "published", "release": release, "served": served, "marts": marts, "files": files, "bytes": bytes }),
        ),
        Event::Warning(text) => line("warn", "warning", None, json!({ "message": text })),
    }
}

fn millis(took: &Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
