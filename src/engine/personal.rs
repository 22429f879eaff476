//! Personal data on its way from sources to published columns: every class must meet a policy before it is out.

use std::collections::BTreeMap;

use super::lineage::Lineage;
use crate::diag::{Diagnostic, Diagnostics, Place, Span};
use crate::names::{Layer, TableName};
use crate::privacy::{Class, Key, Policy, Protected};
use crate::project::{Column, Matching, Output, Project, Table};

/// The columns through which a class came, from the source to here.
type Path = Vec<(TableName, String)>;

/// Classes of a column, each with the way it took.
type Classes = BTreeMap<Class, Path>;

/// What a pipeline publishes otherwise than as it is.
#[derive(Clone, Debug, Default)]
pub struct Protection {
    /// Core tables and marts that have such columns.
    pub tables: BTreeMap<TableName, Vec<Protected>>,
}

impl Protection {
    pub fn of(&self, table: &TableName) -> Option<&Vec<Protected>> {
        self.tables.get(table)
    }

    pub fn needs_key(&self) -> bool {
        self.tables.values().flatten().any(|column| column.policy == Policy::Hmac)
    }
}

/// What looks like personal data and is not said to be any.
pub(super) fn suspects(project: &Project) -> Vec<Diagnostic> {
    let warning = |suspects: &crate::project::Suspects| {
        let names: Vec<String> = suspects.columns.iter().map(|(name, _)| format!("`{name}`")).collect();
        let classes: Vec<String> =
            suspects.columns.iter().map(|(name, class)| format!("{name}: {{ class: {class} }}")).collect();
        let message = format!(
            "{} of source `{}` {} like personal data, and no `class` says whether {}",
            names.join(", "),
            suspects.source,
            if names.len() == 1 { "looks" } else { "look" },
            if names.len() == 1 { "it is" } else { "they are" },
        );
        Diagnostic::warning("S0265", message)
            .at_place(Some(suspects.place.clone()))
            .help(format!("add to the columns, or `class: none` where no person is meant: {}", classes.join(", ")))
    };
    project.privacy.suspects.iter().map(warning).collect()
}

/// Follows classes through all models and holds what is published against the policies.
pub(super) fn judge(project: &Project, lineages: &BTreeMap<TableName, Lineage>) -> (Protection, Diagnostics) {
    let mut judge = Judge { project, carried: BTreeMap::new(), found: Diagnostics::default() };
    judge.follow(lineages);
    let mut protection = Protection::default();
    for (table, contract) in published(project) {
        let columns: Vec<Protected> =
            contract.columns.iter().filter_map(|column| judge.column(&table, contract, column)).collect();
        if !columns.is_empty() {
            protection.tables.insert(table, columns);
        }
    }
    judge.previous(lineages, &protection);
    if protection.needs_key() && project.privacy.key_from.is_none() {
        judge.found.push(
            Diagnostic::error("S0172", "a policy is `hmac`, and nothing says where its key is")
                .at_place(Some(project.privacy.place.clone()))
                .help("name an environment variable: `privacy: { key_from: SEPTET_PRIVACY_KEY, … }`"),
        );
    }
    (protection, judge.found)
}

/// The error of a run that has to hash without a key.
pub fn key_missing(project: &Project) -> Diagnostic {
    let name = project.privacy.key_from.as_deref().unwrap_or("SEPTET_PRIVACY_KEY");
    let least = Key::LEAST_BYTES;
    Diagnostic::error("S0172", format!("the environment has no key of at least {least} bytes in `{name}`"))
        .at_place(Some(project.privacy.place.clone()))
        .help(format!("make one once, for example with `openssl rand -hex 32`, keep it, and export it as {name}"))
}

fn published(project: &Project) -> Vec<(TableName, &Table)> {
    let core = project.core.values().filter(|core| project.supplies(&core.name));
    let core = core.map(|core| (TableName::new(Layer::Core, core.name.clone()), &core.table));
    let marts = project.marts.values();
    core.chain(marts.map(|mart| (TableName::new(Layer::Marts, mart.table.name.clone()), &mart.table))).collect()
}

struct Judge<'a> {
    project: &'a Project,
    carried: BTreeMap<TableName, BTreeMap<String, Classes>>,
    found: Diagnostics,
}

impl Judge<'_> {
    fn follow(&mut self, lineages: &BTreeMap<TableName, Lineage>) {
        for ((source, column), class) in &self.project.privacy.classes {
            let table = TableName::new(Layer::Raw, source.clone());
            let path = vec![(table.clone(), column.to_string())];
            self.carried.entry(table).or_default().insert(column.to_string(), Classes::from([(*class, path)]));
        }
        // `previous.x` is `marts.x` of an earlier day: what a mart carries can come back to it, and adds classes at most.
        loop {
            let before = self.count();
            for stage in self.project.matching.values() {
                self.matched(stage);
            }
            for table in &self.project.order {
                if let Some(lineage) = lineages.get(table) {
                    self.table(table, lineage);
                }
                for stage in self.project.matching.values().filter(|stage| stage.records == *table) {
                    self.matched(stage);
                }
            }
            if self.count() == before {
                return;
            }
        }
    }

    fn count(&self) -> usize {
        self.carried.values().flat_map(BTreeMap::values).map(BTreeMap::len).sum()
    }

    fn table(&mut self, table: &TableName, lineage: &Lineage) {
        let contract = match table.layer {
            Layer::Core => self.project.core.get(&table.name).map(|core| &core.table),
            Layer::Marts => self.project.marts.get(&table.name).map(|mart| &mart.table),
            _ => None,
        };
        for (name, origins) in &lineage.columns {
            let here = (table.clone(), name.clone());
            let mut classes = Classes::new();
            for origin in origins.iter().filter(|origin| origin.carries) {
                for (class, path) in self.classes(&origin.table, &origin.column) {
                    classes.entry(*class).or_insert_with(|| path.iter().chain([&here]).cloned().collect());
                }
            }
            // What the contract says stands, here and below.
            if let Some(declared) = contract.and_then(|contract| contract.column(name)).and_then(|column| column.class)
            {
                let own = |class| {
                    let path = classes.get(&class).or_else(|| classes.values().next()).cloned();
                    (class, path.unwrap_or_else(|| vec![here.clone()]))
                };
                classes = declared.class().map(own).into_iter().collect();
            }
            let known = self.carried.entry(table.clone()).or_default().entry(name.clone()).or_default();
            for (class, path) in classes {
                known.entry(class).or_insert(path);
            }
        }
    }

    /// A match stage passes on who was matched, and what survives of it; what was compared otherwise only decides.
    fn matched(&mut self, stage: &Matching) {
        let records = self.carried.get(&stage.records).into_iter().flatten();
        let own = |word: &str| matches!(word, "source_system" | "source_customer_id");
        let survive = |word: &str| !own(word) && stage.survive.of(word).is_some();
        let survivors: Vec<String> =
            records.map(|(column, _)| column.clone()).filter(|column| survive(column)).collect();
        let key = ["source_system", "source_customer_id"].map(|from| (from, "customer_key"));
        let record = ["source_system", "source_customer_id"].map(|same| (same, same));
        for (output, table) in stage.outputs() {
            let mut passed: Vec<(&str, &str)> = Vec::new();
            match output {
                Output::Links | Output::Past => passed.extend(record.into_iter().chain(key)),
                Output::Golden => {
                    passed.extend(key.into_iter().chain(survivors.iter().map(|word| (word.as_str(), word.as_str()))));
                }
                Output::Cell => {
                    passed.extend(record.into_iter().chain(key));
                    passed.extend(survivors.iter().map(|word| (word.as_str(), "value")));
                }
                Output::History => {
                    passed.extend(key.into_iter().chain(key.map(|(from, _)| (from, "previous_key"))));
                }
                Output::Review => {
                    let sides = [("left_system", "left_id"), ("right_system", "right_id")];
                    for (system, id) in sides {
                        passed.extend([("source_system", system), ("source_customer_id", id)]);
                    }
                    // The evidence names levels, not values.
                }
            }
            for (from, to) in passed {
                self.pass_on(&stage.records, from, &table, to);
            }
        }
    }

    fn pass_on(&mut self, records: &TableName, from: &str, table: &TableName, to: &str) {
        let here = (table.clone(), to.to_owned());
        let classes: Classes = self
            .classes(records, from)
            .map(|(class, path)| (*class, path.iter().chain([&here]).cloned().collect()))
            .collect();
        let known = self.carried.entry(table.clone()).or_default().entry(to.to_owned()).or_default();
        classes.into_iter().for_each(|(class, path)| {
            known.entry(class).or_insert(path);
        });
    }

    fn classes<'b>(&'b self, table: &TableName, column: &str) -> impl Iterator<Item = (&'b Class, &'b Path)> + use<'b> {
        let table = match table.layer {
            Layer::Previous | Layer::Snapshots => TableName::new(Layer::Marts, table.name.clone()),
            _ => table.clone(),
        };
        self.carried.get(&table).and_then(|columns| columns.get(column)).into_iter().flatten()
    }

    /// What is done about a published column; `None` when it is published as it is, or cannot be.
    fn column(&mut self, table: &TableName, contract: &Table, column: &Column) -> Option<Protected> {
        let classes: Vec<(Class, Path)> =
            self.classes(table, column.name.as_str()).map(|(class, path)| (*class, path.clone())).collect();
        let (class, path) = classes.first()?;
        let name = format!("{}.{}", contract.name, column.name);
        let mut policies = Vec::new();
        for (class, path) in &classes {
            match column.policy.or_else(|| self.project.privacy.policies.get(class).copied()) {
                Some(policy) => policies.push(policy),
                None => {
                    self.unsaid(&name, *class, path, table, column);
                    return None;
                }
            }
        }
        let policy = *policies.first()?;
        if policies.iter().any(|other| *other != policy) || (classes.len() > 1 && policy.depends_on_class()) {
            let said: Vec<String> =
                classes.iter().zip(&policies).map(|((class, _), policy)| format!("{class} ({policy})")).collect();
            self.found.push(
                Diagnostic::error("S0169", format!("`{name}` carries {}: which policy?", said.join(" and ")))
                    .at_place(Some(column.place.clone()))
                    .help("say its `class` in the contract, or publish the parts as columns of their own"),
            );
            return None;
        }
        if policy == Policy::Keep {
            return None;
        }
        if !Protected::fits(*class, policy, column.kind) {
            let possible = Policy::ALL.iter().filter(|policy| Protected::fits(*class, **policy, column.kind));
            let possible: Vec<&str> = possible.map(|policy| policy.as_str()).collect();
            self.found.push(
                Diagnostic::error(
                    "S0167",
                    format!("`{policy}` cannot be applied to `{name}`, {class} as {}", column.kind),
                )
                .at_place(Some(column.place.clone()))
                .label(shown(path, &name))
                .help(format!(
                    "use {} for it: `policy: …` at the column, or the policy of its class",
                    possible.join(" or ")
                )),
            );
            return None;
        }
        if contract.grain.contains(&column.name) {
            self.found.push(
                Diagnostic::error("S0170", format!("`{name}` is part of the grain, and `{policy}` would change it"))
                    .at_place(Some(column.place.clone()))
                    .label(shown(path, &name))
                    .help("rows are known and sorted by their grain: keep it, or identify rows by a key that says nothing of a person"),
            );
            return None;
        }
        Some(Protected { column: column.name.clone(), class: *class, policy })
    }

    fn unsaid(&mut self, name: &str, class: Class, path: &Path, table: &TableName, column: &Column) {
        let model = self.project.models.get(table);
        let place = model.map(|model| Place {
            source: std::sync::Arc::clone(&model.source),
            span: model.find(column.name.as_str()).unwrap_or(Span { line: 1, column: 1, length: 1 }),
        });
        self.found.push(
            Diagnostic::error("S0168", format!("`{name}` carries {class}, and nothing says what is published of it"))
                .at_place(Some(place.unwrap_or_else(|| column.place.clone())))
                .label(shown(path, name))
                .help(format!(
                    "say `{class}: keep` (or mask, hmac, drop) in `privacy.policies` of {}; `class: none` in the contract where the column says nothing of a person",
                    self.project.path.display()
                )),
        );
    }

    /// What was published of an earlier day is not what this run knows: a masked value compared with a real one is wrong.
    fn previous(&mut self, lineages: &BTreeMap<TableName, Lineage>, protection: &Protection) {
        for (reader, lineage) in lineages {
            let origins = lineage.columns.iter().flat_map(|(_, origins)| origins);
            let inputs = origins.map(|origin| (&origin.table, &origin.column));
            for (table, column) in inputs.chain(lineage.rows.iter().map(|(table, column)| (table, column))) {
                if !matches!(table.layer, Layer::Previous | Layer::Snapshots) {
                    continue;
                }
                let mart = TableName::new(Layer::Marts, table.name.clone());
                let protected =
                    protection.of(&mart).into_iter().flatten().find(|known| known.column.as_str() == column);
                let Some((protected, model)) = protected.zip(self.project.models.get(reader)) else { continue };
                let span = model.find(column).unwrap_or(Span { line: 1, column: 1, length: 1 });
                self.found.push(
                    Diagnostic::error(
                        "S0171",
                        format!("`{reader}` reads `{table}.{column}`, of which `{}` was published", protected.policy),
                    )
                    .at(&model.source, span)
                    .help("join the earlier snapshot by its key, and take this column from today's tables"),
                );
            }
        }
    }
}

/// `raw.crm_customers.phone → … → dim_customer.phone`.
fn shown(path: &Path, published: &str) -> String {
    let mut steps: Vec<String> = path.iter().map(|(table, column)| format!("{table}.{column}")).collect();
    // A core table is published under another name, a mart under its own.
    match path.last() {
        Some((table, _)) if table.layer == Layer::Marts => {
            steps.pop();
        }
        _ => {}
    }
    steps.push(published.to_owned());
    steps.join(" → ")
}
