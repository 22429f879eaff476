//! Data tests without data: what people wrote of them must have a plan.

use std::collections::BTreeSet;

use super::check::{columns, plain};
use super::expectations::full_match;
use super::{Engine, guard};
use crate::diag::{Diagnostic, Place};
use crate::project::{ColumnRule, Table, TableRule};

pub(super) async fn problems(engine: &Engine, table: &Table) -> Vec<Diagnostic> {
    let columns = columns(table);
    let mut found = Vec::new();
    let unplanned = |name: &str, place: &Place, error| {
        let message = format!("test `{name}` of `{}` cannot be planned: {}", table.name, plain(&error));
        Diagnostic::error("S0137", message).at_place(Some(place.clone()))
    };
    for test in &table.tests {
        match &test.rule {
            TableRule::Expression(sql) => {
                if let Err(error) = engine.condition(sql, &columns) {
                    found.push(unplanned(test.name.as_str(), &test.place, error));
                }
            }
            TableRule::Query(model) => match engine.plan(&model.source.text).await {
                Err(error) => found.push(unplanned(test.name.as_str(), &test.place, error)),
                Ok(plan) => {
                    let declared: BTreeSet<String> = model.reads.keys().map(ToString::to_string).collect();
                    for refusal in guard::refusals(&plan, &declared) {
                        let message = format!("test `{}` of `{}`: {}", test.name, table.name, refusal.message);
                        let place = Some(test.place.clone());
                        found.push(Diagnostic::error(refusal.code, message).at_place(place).help(refusal.help));
                    }
                }
            },
            TableRule::RowCountChange(_) => {}
        }
    }
    for (column, test) in table.columns.iter().flat_map(|column| column.tests.iter().map(move |test| (column, test))) {
        let name = format!("{} {}", column.name, test.rule.name());
        let planned = match &test.rule {
            // Its syntax is known to be right; whether it is small enough to be compiled shows when it is.
            ColumnRule::Matches(pattern) => {
                let sql = format!("select {}", full_match("''", pattern));
                engine.collect(&sql, "a pattern").await.map(|_| ()).map_err(|error| *error.inner)
            }
            _ => Ok(()),
        };
        if let Err(error) = planned {
            found.push(unplanned(&name, &test.place, error));
        }
    }
    found
}
