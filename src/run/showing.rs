//! A model's rows as the project has it now; nothing is published.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;

use super::{Error, Ground, Observer, Options, Run, state_folder};
use crate::engine::{self, Checked};
use crate::names::{Layer, TableName};
use crate::project::Project;
use crate::publish::Releases;

/// First rows of a table of any layer, computed from the sources as they are.
pub async fn first_rows(
    project: Arc<Project>,
    checked: Checked,
    options: &Options,
    table: &TableName,
    limit: usize,
) -> Result<Vec<RecordBatch>, Error> {
    let state = state_folder(&project, options.state.as_ref(), &options.project_dir);
    let releases = Releases::open(&project.marts_root, &options.project_dir, &state)?;
    let work = releases.work(&options.run_id)?;
    let rows = compute(project, checked, options, table, limit, releases, (&state, &work)).await;
    work.remove()?;
    rows
}

async fn compute(
    project: Arc<Project>,
    checked: Checked,
    options: &Options,
    table: &TableName,
    limit: usize,
    releases: Releases,
    (state, work): (&Path, &crate::publish::Work),
) -> Result<Vec<RecordBatch>, Error> {
    let mut ground = Ground::look(project, options, releases, state).await?;
    let (observer, cancelled): (Arc<Observer>, _) = (Arc::new(|_| {}), Arc::default());
    let planned = ground.settle(options, &checked, Some(table), &observer, &cancelled).await?;
    let run = ground.start(planned, checked, options, work, observer, cancelled)?;
    run.prepare().await?;
    let steps = run.plan.steps.iter().filter(|step| matches!(step.layer, Layer::Core | Layer::Work | Layer::Marts));
    for step in steps {
        run.build(step).await?;
    }
    first(&run, table, limit).await
}

async fn first(run: &Run, table: &TableName, limit: usize) -> Result<Vec<RecordBatch>, Error> {
    let sql = format!("select * from {table} limit {limit}");
    let failed = |error| engine::Error::new(format!("{table} could not be shown"), error);
    let plan = run.engine_ok(run.engine.plan(&sql).await.map_err(failed))?;
    run.engine_ok(run.engine.rows(plan, &table.to_string()).await)
}
