//! `septet check`.

use std::time::Instant;

use serde_json::json;

use super::arguments::{Global, Output, PipelineArguments};
use super::{End, load, printing};
use crate::diag::{Diagnostics, Severity};
use crate::engine;
use crate::run::Class;

pub async fn check(global: &Global, arguments: &PipelineArguments) -> Result<End, End> {
    let began = Instant::now();
    let project = load::project(global, arguments.pipeline.as_deref());
    let (found, summary) = match project {
        Err(problems) => (problems, None),
        Ok(project) => {
            let summary = format!(
                "{} models, {} sources, {} marts",
                project.models.len(),
                project.sources.len(),
                project.marts.len()
            );
            match engine::check(&project).await {
                Ok(checked) => (checked.warnings, Some(summary)),
                Err(problems) => (problems, None),
            }
        }
    };
    if global.output == Output::Json {
        printing::out(&format!("{}\n", document(&found)));
    } else {
        printing::diagnostics(global, &found);
        if let Some(summary) = summary.filter(|_| !global.quiet) {
            eprintln!("ok: {summary}, checked without reading data in {:.1}s", began.elapsed().as_secs_f64());
        }
    }
    let failed = found.has_errors();
    if failed && global.output == Output::Text {
        let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
        eprintln!("\n{}, {}", count(found.errors(), "error"), count(found.warnings(), "warning"));
    }
    Ok(if failed { End::Code(Class::Usage.exit_code()) } else { End::Done })
}

fn document(found: &Diagnostics) -> serde_json::Value {
    let items: Vec<serde_json::Value> = found
        .iter()
        .map(|item| {
            json!({
                "severity": if item.severity == Severity::Error { "error" } else { "warning" },
                "code": item.code,
                "message": item.message,
                "path": item.place.as_ref().map(|place| place.source.path.display().to_string())
                    .or_else(|| item.path.as_ref().map(|path| path.display().to_string())),
                "line": item.place.as_ref().map(|place| place.span.line),
                "column": item.place.as_ref().map(|place| place.span.column),
                "label": item.label,
                "help": item.help,
            })
        })
        .collect();
    json!({ "version": 1, "diagnostics": items, "errors": found.errors(), "warnings": found.warnings() })
}
