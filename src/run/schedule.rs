//! The order of work: every table as soon as what it reads is there, as many at once as there are threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::build::Built;
use super::error::Class;
use super::{Error, Event, Options, Run, upstream};
use crate::diag::{Diagnostic, Diagnostics};
use crate::names::{Layer, TableName};
use crate::publish;

/// A lease lasts minutes; it is renewed well before it ends.
const RENEW_AFTER: Duration = Duration::from_secs(60);

/// Builds all steps of the plan. One table's failure does not hide another's, unless the caller wants to stop at once.
pub(super) async fn build_all(run: &Arc<Run>, lock: &publish::Lock, options: &Options) -> Result<Vec<Built>, Error> {
    let steps: Vec<&TableName> =
        run.plan.steps.iter().filter(|step| matches!(step.layer, Layer::Core | Layer::Work | Layer::Marts)).collect();
    let mut waiting = waiting(run, &steps);
    let mut tasks: JoinSet<(TableName, Result<Built, Error>)> = JoinSet::new();
    let mut built = Vec::with_capacity(steps.len());
    let mut failed: Option<Error> = None;
    let mut at_once = options.threads.clamp(1, 4);
    let mut tried_again: BTreeSet<TableName> = BTreeSet::new();
    let (began, mut renewed) = (Instant::now(), Instant::now());
    loop {
        // In the order of the plan, so that the same tables run side by side every time.
        let ready: Vec<TableName> = steps
            .iter()
            .filter(|step| waiting.get(**step).is_some_and(BTreeSet::is_empty))
            .map(|step| (*step).clone())
            .take(at_once.saturating_sub(tasks.len()))
            .collect();
        for table in ready {
            waiting.remove(&table);
            (run.observer)(Event::Building { table: &table.to_string(), done: built.len(), of: steps.len() });
            let run = Arc::clone(run);
            tasks.spawn(async move {
                let result = run.build(&table).await;
                (table, result)
            });
        }
        if renewed.elapsed() > RENEW_AFTER {
            lock.renew(options.started_at + began.elapsed()).await?;
            renewed = Instant::now();
        }
        let done = match tokio::time::timeout(RENEW_AFTER, tasks.join_next()).await {
            Err(_) => continue,
            Ok(None) => break,
            Ok(Some(done)) => done,
        };
        match done {
            Ok((table, Ok(result))) => {
                for on in waiting.values_mut() {
                    on.remove(&table);
                }
                (run.observer)(Event::Built { table: &result.report, done: built.len() + 1, of: steps.len() });
                built.push(result);
            }
            // Two tables side by side may need more memory than there is, and each alone less: from here on one at a time.
            Ok((table, Err(error))) if error.out_of_memory() && at_once > 1 && tried_again.insert(table.clone()) => {
                at_once = 1;
                waiting.insert(table, BTreeSet::new());
            }
            // What reads the failed table waits for ever, and is left out when nothing else is ready.
            Ok((_, Err(error))) => failed = Some(also(failed, error)),
            Err(_) => failed = Some(also(failed, broke_off())),
        }
        if failed.is_some() && options.fail_fast {
            break;
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    built.sort_by_key(|built| steps.iter().position(|step| **step == built.table));
    Ok(built)
}

/// The steps that each step waits for.
fn waiting(run: &Run, steps: &[&TableName]) -> BTreeMap<TableName, BTreeSet<TableName>> {
    let on = |step: &TableName| {
        let upstream = upstream(&run.project, step);
        steps.iter().filter(|other| upstream.contains(**other)).map(|other| (*other).clone()).collect()
    };
    steps.iter().map(|step| ((*step).clone(), on(step))).collect()
}

fn also(before: Option<Error>, error: Error) -> Error {
    match before {
        None => error,
        Some(mut before) => {
            before.diagnostics.extend(error.diagnostics);
            before
        }
    }
}

fn broke_off() -> Error {
    let diagnostic = Diagnostic::error("S0499", "building a table broke off").help("please report this");
    Error { class: Class::Data, diagnostics: Diagnostics::from(diagnostic) }
}
