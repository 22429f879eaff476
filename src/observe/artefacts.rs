//! Files that schedulers and other tools read: `run_results.json`, `manifest.json`, `catalog.json`, charts.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::names::{Layer, TableName};
use crate::project::Project;
use crate::run::{RunReport, direct};

/// Writes a file whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let draft = path.with_extension("draft");
    fs::write(&draft, bytes)?;
    fs::rename(draft, path)
}

/// The report of a run, and beside it the match weights of its stages as pictures.
pub fn run_results(folder: &Path, report: &RunReport) -> io::Result<()> {
    for (stage, chart) in report.matches.iter().filter_map(|stage| Some((&stage.name, super::weights::chart(stage)?))) {
        write(&folder.join(format!("match_weights_{stage}.svg")), chart.as_bytes())?;
    }
    write(&folder.join("run_results.json"), &serde_json::to_vec_pretty(report)?)
}

/// What a run published, as dbt's tools read it: tables with their columns, rows and bytes.
pub fn catalog(folder: &Path, project: &Project, report: &RunReport) -> io::Result<()> {
    let nodes: serde_json::Map<String, Value> = crate::run::published_tables(project)
        .into_iter()
        .filter_map(|(table, contract)| {
            let size = report.tables.iter().find(|item| item.name == contract.name.as_str())?;
            let columns: serde_json::Map<String, Value> = contract
                .columns
                .iter()
                .enumerate()
                .map(|(index, column)| {
                    let entry = json!({ "name": column.name.as_str(), "index": index + 1, "type": column.kind.to_string(),
                        "comment": column.about });
                    (column.name.to_string(), entry)
                })
                .collect();
            let id = format!("model.{}.{}.{}", project.name, table.layer, table.name);
            let stat = |id: &str, label: &str, value: u64| json!({ "id": id, "label": label, "value": value, "include": true });
            let node = json!({
                "unique_id": id,
                "metadata": { "type": "table", "schema": "marts", "name": contract.name.as_str(), "comment": contract.about },
                "columns": columns,
                "stats": { "row_count": stat("row_count", "Rows", size.rows), "bytes": stat("bytes", "Size", size.bytes) },
            });
            Some((id.clone(), node))
        })
        .collect();
    let catalog = json!({
        "metadata": { "dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json", "invocation_id": report.run_id },
        "nodes": nodes,
        "sources": {},
        "errors": null,
    });
    write(&folder.join("catalog.json"), &serde_json::to_vec_pretty(&catalog)?)
}

/// The project as dbt's tools read one: nodes, sources, who depends on whom.
pub fn manifest(folder: &Path, project: &Project) -> io::Result<()> {
    let id = |table: &TableName| match table.layer {
        Layer::Raw => format!("source.{}.{}", project.name, table.name),
        _ => format!("model.{}.{}.{}", project.name, table.layer, table.name),
    };
    let mut nodes = serde_json::Map::new();
    for table in &project.order {
        let model = project.models.get(table);
        let about = match table.layer {
            Layer::Core => project.core.get(&table.name).map(|core| core.table.about.clone()),
            Layer::Marts => project.marts.get(&table.name).map(|mart| mart.table.about.clone()),
            _ => model.and_then(|model| model.grain_sentence.clone()),
        };
        // A match stage is no node: what it compares is what is depended on. Ledger and snapshots are the engine's own.
        let on = direct(project, table).into_iter().flat_map(|on| match on.layer {
            Layer::Match => direct(project, &on),
            _ => vec![on],
        });
        let on: Vec<String> =
            on.filter(|on| on.layer == Layer::Raw || project.order.contains(on)).map(|on| id(&on)).collect();
        let published = crate::run::published_name(project, table);
        nodes.insert(
            id(table),
            json!({
                "unique_id": id(table),
                "resource_type": "model",
                "name": table.name.as_str(),
                "schema": table.layer.as_str(),
                "alias": published.as_ref().map_or(table.name.as_str(), |name| name.as_str()),
                "fqn": [project.name.as_str(), table.layer.as_str(), table.name.as_str()],
                "path": model.map(|model| model.source.path.display().to_string()),
                "original_file_path": model.map(|model| model.source.path.display().to_string()),
                "package_name": project.name.as_str(),
                "description": about.unwrap_or_default(),
                "tags": [table.layer.as_str()],
                "config": { "materialized": if table.layer == Layer::Staging { "view" } else { "table" }, "enabled": true },
                "depends_on": { "nodes": on, "macros": [] },
                "columns": {},
            }),
        );
    }
    let sources: serde_json::Map<String, Value> = project
        .sources
        .values()
        .map(|source| {
            let id = id(&TableName::new(Layer::Raw, source.name.clone()));
            let node = json!({
                "unique_id": id,
                "resource_type": "source",
                "name": source.name.as_str(),
                "source_name": "raw",
                "fqn": [project.name.as_str(), "raw", source.name.as_str()],
                "path": source.path.as_str(),
                "package_name": project.name.as_str(),
                "tags": ["raw"],
            });
            (id.clone(), node)
        })
        .collect();
    let manifest = json!({
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "adapter_type": "septet",
            "project_name": project.name.as_str(),
            "septet_version": env!("CARGO_PKG_VERSION"),
        },
        "nodes": nodes,
        "sources": sources,
        "exposures": {},
        "macros": {},
    });
    write(&folder.join("manifest.json"), &serde_json::to_vec_pretty(&manifest)?)
}
