//! Models, and what they and the rest of the project name: it must exist, in a layer that may be read from there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Resolver, Texts};
use crate::diag::{Diagnostic, Place};
use crate::model::Model;
use crate::names::{Layer, Name, TableName, nearest};
use crate::project::{Output, Project, graph};

impl Resolver<'_> {
    pub(super) fn models(&mut self, texts: &Texts) -> BTreeMap<TableName, Model> {
        let mut models: BTreeMap<TableName, Model> = BTreeMap::new();
        for source in &texts.sql {
            let table = match Model::table_of(&source.path) {
                Ok(table) => table,
                Err(problem) => {
                    self.found.push(problem);
                    continue;
                }
            };
            match Model::parse(table.clone(), source) {
                Err(problems) => {
                    self.found.extend(problems);
                    self.broken.insert(table);
                }
                Ok(model) => {
                    if let Some(other) = models.get(&model.table) {
                        let message = format!("two models make `{}`", model.table);
                        self.found.push(
                            Diagnostic::error("S0205", message)
                                .in_file(&source.path)
                                .label(format!("the other is {}", other.source.path.display())),
                        );
                        continue;
                    }
                    models.insert(model.table.clone(), model);
                }
            }
        }
        models
    }

    /// Everything a model, a match stage or a source names must exist, in a layer that may be read from there.
    pub(super) fn links(&mut self, project: &Project) {
        let tables = readable(project);
        for model in project.models.values() {
            for (read, span) in &model.reads {
                let place = Place { source: Arc::clone(&model.source), span: *span };
                if !model.table.layer.may_read().contains(&read.layer) {
                    let allowed: Vec<&str> = model.table.layer.may_read().iter().map(|layer| layer.as_str()).collect();
                    self.found.push(
                        Diagnostic::error("S0207", format!("a {} model cannot read `{read}`", model.table.layer))
                            .at_place(Some(place))
                            .label(format!("{} reads only {}", model.table.layer, allowed.join(", ")))
                            .help("each layer reads only the ones before it: map the data onto core first"),
                    );
                } else if !tables.contains(read) && !self.broken.contains(read) {
                    let same: Vec<&TableName> = tables.iter().filter(|table| table.layer == read.layer).collect();
                    let golden = project.matching.values().find(|stage| {
                        [Output::Golden, Output::Cell].iter().any(|one| one.table(&stage.name).as_ref() == Some(read))
                    });
                    let help = match golden {
                        Some(stage) => Some(format!("say what survives: `survive` of match `{}`", stage.name)),
                        None => nearest(read.name.as_str(), same.iter().map(|table| table.name.as_str()))
                            .map(|near| format!("did you mean `{}.{near}`?", read.layer)),
                    };
                    self.found.push(
                        Diagnostic::error("S0208", format!("there is no table `{read}`"))
                            .at_place(Some(place))
                            .maybe_help(help),
                    );
                }
            }
            for (param, span) in &model.params {
                let known = project.params.iter().any(|known| known.name.as_str() == param);
                if !known && !self.broken_params.contains(param) {
                    let known: Vec<&str> = project.params.iter().map(|known| known.name.as_str()).collect();
                    let help = nearest(param, known.iter().copied()).map_or_else(
                        || format!("this pipeline has: ${}", known.join(", $")),
                        |near| format!("did you mean `${near}`?"),
                    );
                    self.found.push(
                        Diagnostic::error("S0209", format!("there is no run parameter `${param}`"))
                            .at(&model.source, *span)
                            .help(help),
                    );
                }
            }
            let no_contract = match model.table.layer {
                Layer::Core => !project.core.contains_key(&model.table.name),
                Layer::Marts => !project.marts.contains_key(&model.table.name),
                _ => false,
            };
            if no_contract {
                let known: Vec<&str> = if model.table.layer == Layer::Core {
                    project.core.keys().map(Name::as_str).collect()
                } else {
                    project.marts.keys().map(Name::as_str).collect()
                };
                let help = nearest(model.table.name.as_str(), known).map_or_else(
                    || "declare its grain and columns in a contract file that the pipeline includes".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.found.push(
                    Diagnostic::error("S0211", format!("`{}` has no contract", model.table))
                        .in_file(&model.source.path)
                        .help(help),
                );
            }
        }
        for mart in project.marts.values().filter(|mart| !mart.engine) {
            let table = TableName::new(Layer::Marts, mart.table.name.clone());
            if !project.models.contains_key(&table) && !self.broken.contains(&table) {
                self.error(
                    "S0212",
                    format!("mart `{}` has no model", mart.table.name),
                    mart.table.place.clone(),
                    Some(format!(
                        "write sql/marts/{}/{}.sql",
                        mart.folder.as_ref().map_or("<p>", Name::as_str),
                        mart.table.name
                    )),
                );
            }
        }
        for stage in project.matching.values() {
            if !project.models.contains_key(&stage.records) && !self.broken.contains(&stage.records) {
                self.error(
                    "S0208",
                    format!("there is no table `{}`", stage.records),
                    self.doc.place(&["match", stage.name.as_str(), "records"]),
                    None,
                );
            }
        }
        for source in project.sources.values() {
            let missing = |feeds: &&TableName| !project.models.contains_key(*feeds) && !self.broken.contains(*feeds);
            if let Some(feeds) = source.feeds.as_ref().filter(missing) {
                let help = nearest(
                    feeds.name.as_str(),
                    tables.iter().filter(|t| t.layer == Layer::Staging).map(|t| t.name.as_str()),
                )
                .map(|near| format!("did you mean `staging.{near}`?"));
                self.error(
                    "S0208",
                    format!("there is no table `{feeds}`"),
                    self.doc.place(&["sources", source.name.as_str(), "feeds"]),
                    help,
                );
            }
        }
    }
}

/// Every table that some model may read.
fn readable(project: &Project) -> BTreeSet<TableName> {
    let named = |layer: Layer, name: &Name| TableName::new(layer, name.clone());
    let mut tables: BTreeSet<TableName> = project.models.keys().cloned().collect();
    tables.extend(project.sources.keys().map(|name| named(Layer::Raw, name)));
    tables.extend(project.matching.values().flat_map(|stage| stage.outputs().map(|(_, table)| table)));
    tables.extend(project.core.keys().map(|name| named(Layer::Core, name)));
    let layers = [Layer::Marts, Layer::Previous, Layer::Snapshots];
    tables.extend(project.marts.keys().flat_map(|name| layers.map(|layer| named(layer, name))));
    tables.extend([TableName::ledger_stage(), TableName::ledger_supplied()]);
    tables
}

/// What each model and supplied core table waits for.
pub(super) fn dependencies(project: &Project) -> graph::Dependencies {
    let mut out = graph::Dependencies::new();
    for model in project.models.values() {
        let on = out.entry(model.table.clone()).or_default();
        for read in model.reads.keys() {
            match read.layer {
                // A stage of matching is built from its records.
                Layer::Match => on.extend(project.matched(read).map(|(stage, _)| stage.records.clone())),
                _ => {
                    on.insert(read.clone());
                }
            }
        }
    }
    for core in project.core.values().filter(|core| project.supplies(&core.name)) {
        let table = TableName::new(Layer::Core, core.name.clone());
        out.entry(table).or_default().extend(project.implied(core));
    }
    out
}
