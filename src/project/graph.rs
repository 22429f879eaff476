//! The order in which models can be built.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Diagnostics};
use crate::model::Model;
use crate::names::TableName;

/// What each table waits for, by table.
pub type Dependencies = BTreeMap<TableName, BTreeSet<TableName>>;

/// Kahn's algorithm, smallest name first, so that the order does not depend on how files were found.
pub fn order(models: &BTreeMap<TableName, Model>, dependencies: &Dependencies) -> Result<Vec<TableName>, Diagnostics> {
    let mut waiting: BTreeMap<&TableName, BTreeSet<&TableName>> = dependencies
        .iter()
        .map(|(table, on)| (table, on.iter().filter(|on| dependencies.contains_key(*on)).collect()))
        .collect();
    let mut done: Vec<TableName> = Vec::with_capacity(waiting.len());
    loop {
        let ready: Vec<&TableName> = waiting.iter().filter(|(_, on)| on.is_empty()).map(|(table, _)| *table).collect();
        if ready.is_empty() {
            break;
        }
        for table in ready {
            waiting.remove(table);
            for on in waiting.values_mut() {
                on.remove(table);
            }
            done.push(table.clone());
        }
    }
    if waiting.is_empty() {
        return Ok(done);
    }
    Err(cycle(models, &waiting))
}

/// One error for one cycle, pointing at the model where it is entered.
fn cycle(models: &BTreeMap<TableName, Model>, waiting: &BTreeMap<&TableName, BTreeSet<&TableName>>) -> Diagnostics {
    let mut path: Vec<&TableName> = Vec::new();
    let mut at = waiting.keys().next().copied();
    while let Some(table) = at {
        if let Some(start) = path.iter().position(|seen| *seen == table) {
            path.drain(..start);
            break;
        }
        path.push(table);
        at = waiting.get(table).and_then(|on| on.iter().next().copied());
    }
    let Some(first) = path.first() else { return Diagnostics::default() };
    let mut names: Vec<String> = path.iter().map(ToString::to_string).collect();
    names.push(first.to_string());
    let mut error = Diagnostic::error("S0206", format!("models read each other in a circle: {}", names.join(" → ")))
        .help("take what both need into a model of its own");
    if let Some(model) = models.get(*first) {
        let next = path.get(1).unwrap_or(first);
        error = match model.reads.get(*next) {
            Some(span) => error.at(&model.source, *span).label("the circle closes here"),
            None => error.in_file(&model.source.path),
        };
    }
    error.into()
}
