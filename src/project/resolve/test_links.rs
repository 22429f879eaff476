//! What data tests name in other tables.

use super::Resolver;
use crate::model::Model;
use crate::names::{Layer, Name, nearest};
use crate::project::{ColumnRule, Project, Table, TableRule, TableTest};

/// What is published can be tested against.
pub(super) const PUBLISHED: [Layer; 2] = [Layer::Core, Layer::Marts];

impl Resolver<'_> {
    /// What tests name in other tables must exist there, with the same type.
    pub(super) fn test_links(&mut self, project: &Project) {
        let tables =
            project.core.values().map(|core| &core.table).chain(project.marts.values().map(|mart| &mart.table));
        for own in tables {
            for (column, test) in
                own.columns.iter().flat_map(|column| column.tests.iter().map(move |test| (column, test)))
            {
                let ColumnRule::References { table, column: to } = &test.rule else { continue };
                let (code, message, near) = match project.table(table).map(|found| (found, found.column(to.as_str()))) {
                    Some((_, Some(found))) if found.kind == column.kind => continue,
                    Some((_, Some(found))) => {
                        let message = format!("`{}` is {}, `{table}.{to}` is {}", column.name, column.kind, found.kind);
                        ("S0177", message, None)
                    }
                    Some((found, None)) => {
                        let near = nearest(to.as_str(), found.columns.iter().map(|column| column.name.as_str()));
                        ("S0176", format!("`{table}` has no column `{to}`"), near)
                    }
                    None => {
                        let near = nearest(table.name.as_str(), known(project, table.layer));
                        ("S0176", format!("there is no table `{table}`"), near)
                    }
                };
                self.error(code, message, test.place.clone(), near.map(|near| format!("did you mean `{near}`?")));
            }
            for test in &own.tests {
                if let TableRule::Query(model) = &test.rule {
                    self.query_links(project, own, test, model);
                }
            }
        }
    }

    /// A query of a test reads core tables and marts, and nothing else.
    fn query_links(&mut self, project: &Project, own: &Table, test: &TableTest, model: &Model) {
        let mut wrong = |code, message: String, help: Option<String>| {
            let message = format!("test `{}` of `{}`: {message}", test.name, own.name);
            self.error(code, message, test.place.clone(), help);
        };
        for read in model.reads.keys() {
            if !PUBLISHED.contains(&read.layer) {
                let help = "a test reads what is published: core tables and marts".to_owned();
                wrong("S0178", format!("`{read}` cannot be read from here"), Some(help));
            } else if project.table(read).is_none() {
                let near = nearest(read.name.as_str(), known(project, read.layer));
                let help = near.map(|near| format!("did you mean `{}.{near}`?", read.layer));
                wrong("S0176", format!("there is no table `{read}`"), help);
            }
        }
        let params: Vec<&str> = project.params.iter().map(|param| param.name.as_str()).collect();
        for param in model.params.keys().filter(|param| !params.contains(&param.as_str())) {
            let near = nearest(param, params.iter().copied()).map(|near| format!("did you mean `${near}`?"));
            wrong("S0209", format!("there is no run parameter `${param}`"), near);
        }
    }
}

fn known(project: &Project, layer: Layer) -> Vec<&str> {
    match layer {
        Layer::Core => project.core.keys().map(Name::as_str).collect(),
        _ => project.marts.keys().map(Name::as_str).collect(),
    }
}
