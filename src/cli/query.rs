//! `septet query`.

use super::arguments::{Global, QueryArguments};
use super::{End, catalogue, load, printing};
use crate::diag::Diagnostic;
use crate::engine;
use crate::run::{Class, Error};

pub async fn query(global: &Global, arguments: &QueryArguments) -> Result<End, End> {
    let project = load::project(global, arguments.pipeline.as_deref())?;
    let releases = catalogue::releases(global, &project)?;
    let commit = catalogue::release(&releases, arguments.release).await?;
    let scratch = std::env::temp_dir().join(format!("septet-query-{}", std::process::id()));
    let engine = catalogue::engine(global, &project, &commit, &scratch)?;
    catalogue::register(&engine, &releases, &commit, &scratch).await?;
    let result = ask(&engine, &arguments.sql).await;
    let _ = std::fs::remove_dir_all(&scratch);
    printing::rows(&result?, arguments.format, global)?;
    Ok(End::Done)
}

pub(super) async fn ask(engine: &engine::Engine, sql: &str) -> Result<Vec<arrow::array::RecordBatch>, Error> {
    let wrong = |error: datafusion::common::DataFusionError| {
        let text = engine::Error::new("this query cannot be planned", error).to_string();
        Error::new(
            Class::Usage,
            Diagnostic::error("S0153", text).help("tables have their published names: `septet ls` lists them"),
        )
    };
    let plan = engine.plan(sql).await.map_err(wrong)?;
    engine.rows(plan, "this query failed").await.map_err(|error| Error::engine(None, &error))
}
