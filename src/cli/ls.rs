//! `septet ls`.

use serde_json::json;

use super::arguments::{Global, LsArguments, Output};
use super::{End, load, printing, select};
use crate::names::{Layer, TableName};
use crate::project::Project;
use crate::run::{direct, published_name};

pub async fn ls(global: &Global, arguments: &LsArguments) -> Result<End, End> {
    let project = load::project(global, arguments.pipeline.pipeline.as_deref())?;
    let chosen = select::tables(&project, arguments.select.as_deref(), arguments.exclude.as_deref())?
        .unwrap_or_else(|| select::all(&project));
    if global.output == Output::Json {
        let items: Vec<serde_json::Value> = chosen
            .iter()
            .map(|table| {
                json!({
                    "name": table.to_string(),
                    "published": published_name(&project, table),
                    "path": project.models.get(table).map(|model| model.source.path.display().to_string()),
                    "reads": direct(&project, table),
                    "about": about(&project, table),
                })
            })
            .collect();
        printing::out(&format!("{}\n", json!({ "version": 1, "tables": items })));
        return Ok(End::Done);
    }
    let rows: Vec<Vec<String>> = chosen
        .iter()
        .map(|table| {
            let published = published_name(&project, table).map(|name| name.to_string()).unwrap_or_default();
            vec![table.to_string(), published, about(&project, table)]
        })
        .collect();
    printing::out(&printing::table(&["table", "published as", "about"], &rows));
    Ok(End::Done)
}

fn about(project: &Project, table: &TableName) -> String {
    let text = match table.layer {
        Layer::Raw => project.sources.get(&table.name).map(|source| source.path.to_string()),
        Layer::Core => project.core.get(&table.name).map(|core| core.table.about.clone()),
        Layer::Marts => project.marts.get(&table.name).map(|mart| mart.table.about.clone()),
        _ => project.models.get(table).and_then(|model| model.grain_sentence.clone()),
    };
    text.unwrap_or_default()
}
