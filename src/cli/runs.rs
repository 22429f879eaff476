//! `septet runs`: the history that releases are.

use chrono::SecondsFormat;
use serde_json::json;

use super::arguments::{Global, Output, RunsArguments};
use super::printing::{size, thousands};
use super::{End, catalogue, load, printing};
use crate::publish::Kind;
use crate::run::Error;

pub async fn runs(global: &Global, arguments: &RunsArguments) -> Result<End, End> {
    let project = load::project(global, arguments.pipeline.pipeline.as_deref())?;
    let releases = catalogue::releases(global, &project)?;
    let listed = releases.list().await.map_err(Error::from)?;
    let kind = |kind: Kind| match kind {
        Kind::Run => "run".to_owned(),
        Kind::Rollback { of } => format!("rollback to {of}"),
    };
    let shown = listed.iter().take(arguments.limit);
    if global.output == Output::Json {
        let items: Vec<serde_json::Value> = shown
            .map(|item| {
                let commit = &item.commit;
                json!({ "release": commit.number, "run_id": commit.run_id, "kind": kind(commit.kind), "as_of": commit.logical_date,
                    "created_at": commit.created_at, "marts": commit.marts.len(), "rows": commit.rows(), "bytes": commit.bytes(),
                    "present": item.present, "place": releases.place_of(commit) })
            })
            .collect();
        printing::out(&format!("{}\n", json!({ "version": 1, "runs": items })));
        return Ok(End::Done);
    }
    let rows: Vec<Vec<String>> = shown
        .map(|item| {
            let commit = &item.commit;
            vec![
                commit.number.to_string(),
                commit.created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
                commit.logical_date.to_string(),
                kind(commit.kind),
                thousands(commit.rows()),
                size(commit.bytes()),
                if item.present { "kept" } else { "cleaned up" }.to_owned(),
                commit.run_id.clone(),
            ]
        })
        .collect();
    if rows.is_empty() {
        printing::out(&format!("nothing is published in {}\n", releases.display()));
    } else {
        printing::out(&printing::table(&["release", "at", "as of", "kind", "rows", "size", "files", "run"], &rows));
    }
    Ok(End::Done)
}
