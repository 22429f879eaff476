//! What a run must do: fingerprints of every step, compared with the release it starts from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::NaiveDate;
use indexmap::IndexMap;

use super::inputs::SourceInputs;
use super::linking::{About, Made};
use crate::engine::Protection;
use crate::names::{Layer, Name, TableName};
use crate::project::{Output, Param, Project, Table, TableRule};
use crate::publish::{Commit, MartRecord};
use crate::state::{Fingerprint, Hasher};

#[derive(Clone, Debug)]
pub struct Plan {
    pub as_of: NaiveDate,
    pub inputs: IndexMap<Name, SourceInputs>,
    pub fingerprints: BTreeMap<TableName, Fingerprint>,
    /// Tables to compute, in order: raw sources, match stages, core, work, marts.
    pub steps: Vec<TableName>,
    /// Why each published table is computed; the others are carried over.
    pub because: BTreeMap<TableName, String>,
    /// Published by this run: the key is the published name.
    pub publish: BTreeSet<Name>,
    /// Marts whose driving table is not supplied.
    pub skipped: Vec<(Name, Name)>,
    /// A later logical date is published: only snapshots are written.
    pub backdated: bool,
    /// Tables of which nothing changed but matches, and the fingerprints that these had when the base was made.
    pub rematched: BTreeMap<TableName, Inputs>,
    /// Of match stages that do not always learn: what their fingerprints are made of.
    pub made: BTreeMap<TableName, Made>,
}

/// What a table is made from, with fingerprints.
pub type Inputs = BTreeMap<TableName, Fingerprint>;

impl Plan {
    /// What is computed and what was asked for: a view that was asked for is no step.
    pub fn roots(&self) -> impl Iterator<Item = &TableName> {
        self.steps.iter().chain(self.because.keys())
    }

    /// Whether a step reads a table, directly or through views.
    pub fn reads(&self, project: &Project, table: &TableName) -> bool {
        self.roots().any(|root| root == table || reaches_through_views(project, root, table))
    }
}

pub struct Request<'a> {
    pub project: &'a Project,
    pub params: &'a [Param],
    pub as_of: NaiveDate,
    pub base: Option<&'a Commit>,
    pub inputs: IndexMap<Name, SourceInputs>,
    pub full_refresh: bool,
    /// Published names to look at; all when absent.
    pub selected: Option<&'a BTreeSet<TableName>>,
    /// Working tables that an earlier run left.
    pub cached: &'a dyn Fn(&TableName, &Fingerprint) -> bool,
    /// What a published table was made from, by its fingerprint.
    pub known: &'a dyn Fn(&TableName, &str) -> Option<Inputs>,
    /// The last learning of a match stage, for the base release.
    pub learned: &'a dyn Fn(&TableName) -> Option<About>,
    /// Tables whose real rows are in the cache, and others in the release.
    pub protection: &'a Protection,
}

/// The engine's own mart about all others.
pub const ETL_STATUS: &str = "etl_status";

pub fn plan(request: Request<'_>) -> Plan {
    let project = request.project;
    let skipped = skipped(project);
    let (fingerprints, made) = Prints::new(&request, BTreeMap::new()).all();
    let backdated = request.base.is_some_and(|base| base.latest_as_of > request.as_of);
    let mut because = BTreeMap::new();
    let mut publish = BTreeSet::new();
    for (name, table) in published(project, &skipped) {
        let snapshot = table.partition_by.as_ref().is_some_and(|column| column.as_str() == "as_of");
        let chosen = request.selected.is_none_or(|selected| selected.contains(&name));
        if !chosen || (backdated && !snapshot) || table.name.as_str() == ETL_STATUS {
            continue;
        }
        let before = request.base.and_then(|base| base.marts.get(&table.name));
        let reason = match (before, fingerprints.get(&name)) {
            _ if request.full_refresh => Some("--full-refresh".to_owned()),
            (None, _) => Some("new".to_owned()),
            (Some(before), Some(now)) if current(before, request.as_of, snapshot) != Some(now.as_str()) => {
                Some(changed(&request, &name, before))
            }
            _ => None,
        };
        if let Some(reason) = reason {
            because.insert(name.clone(), reason);
            publish.insert(table.name.clone());
        }
    }
    let steps = steps(&request, &fingerprints, &because);
    let rematched = if request.full_refresh { BTreeMap::new() } else { rematched(&request, &fingerprints, &publish) };
    let (as_of, inputs) = (request.as_of, request.inputs);
    Plan { as_of, fingerprints, steps, because, publish, skipped, backdated, rematched, made, inputs }
}

/// Events are looked up in matches, and every new customer changes these: which tables may be the same nevertheless.
fn rematched(request: &Request<'_>, prints: &Inputs, publish: &BTreeSet<Name>) -> BTreeMap<TableName, Inputs> {
    let mut out = BTreeMap::new();
    let tables = request.project.core.values().filter(|core| !core.placeholder && publish.contains(&core.table.name));
    for core in tables {
        let table = TableName::new(Layer::Core, core.name.clone());
        let Some(before) = request.base.and_then(|base| base.marts.get(&core.table.name)) else { continue };
        let Some(known) = (request.known)(&table, &before.fingerprint) else { continue };
        let changed = known.iter().filter(|(on, print)| prints.get(*on) != Some(*print));
        let changed: Inputs = changed.map(|(on, print)| (on.clone(), print.clone())).collect();
        // With what it was made from then, everything else as it is now must give what it was then.
        let then = Prints::new(request, known).of(&table);
        let matches = !changed.is_empty() && changed.keys().all(|on| on.layer == Layer::Match);
        // A golden record changes with the records, whoever they are matched with.
        let model = request.project.models.get(&table).into_iter();
        let mut outputs = model.flat_map(|model| model.reads.keys()).filter_map(|read| request.project.matched(read));
        let matches = matches && outputs.all(|(_, output)| output == Output::Links);
        if matches && then.as_str() == before.fingerprint {
            out.insert(table, changed);
        }
    }
    out
}

/// What a table is made from with nothing but views in between.
pub fn inputs_of(project: &Project, prints: &Inputs, table: &TableName) -> Inputs {
    let tables = behind_views(project, table).into_iter();
    let tables = tables.filter(|on| !matches!(on.layer, Layer::Staging | Layer::Ledger));
    tables.filter_map(|on| prints.get(&on).cloned().map(|print| (on, print))).collect()
}

/// A plan for one table alone, of any layer; nothing of it is published.
pub fn plan_for(request: Request<'_>, table: &TableName) -> Plan {
    let (fingerprints, made) = Prints::new(&request, BTreeMap::new()).all();
    let because = BTreeMap::from([(request.project.step_of(table), "shown".to_owned())]);
    let steps = steps(&request, &fingerprints, &because);
    Plan {
        as_of: request.as_of,
        fingerprints,
        steps,
        because,
        publish: BTreeSet::new(),
        skipped: Vec::new(),
        backdated: false,
        rematched: BTreeMap::new(),
        made,
        inputs: request.inputs,
    }
}

/// The fingerprint under which a release holds what this run would make.
fn current(record: &MartRecord, as_of: NaiveDate, snapshot: bool) -> Option<&str> {
    if snapshot { record.snapshots.get(&as_of.to_string()).map(String::as_str) } else { Some(&record.fingerprint) }
}

/// Tables that are published: supplied core tables and marts that are driven.
pub fn published<'a>(project: &'a Project, skipped: &[(Name, Name)]) -> Vec<(TableName, &'a Table)> {
    let core = project
        .core
        .values()
        .filter(|core| project.supplies(&core.name))
        .map(|core| (TableName::new(Layer::Core, core.name.clone()), &core.table));
    let marts = project
        .marts
        .values()
        .filter(|mart| !skipped.iter().any(|(name, _)| *name == mart.table.name))
        .map(|mart| (TableName::new(Layer::Marts, mart.table.name.clone()), &mart.table));
    core.chain(marts).collect()
}

/// Tables that a release of the project holds.
pub fn published_tables(project: &Project) -> Vec<(TableName, &Table)> {
    published(project, &skipped(project))
}

fn skipped(project: &Project) -> Vec<(Name, Name)> {
    let undriven = project.marts.values().filter_map(|mart| {
        let driver = mart.driven_by.as_ref().filter(|driver| !project.supplies(driver))?;
        Some((mart.table.name.clone(), driver.clone()))
    });
    undriven.collect()
}

fn changed(request: &Request<'_>, table: &TableName, before: &MartRecord) -> String {
    let base = request.base.map(|base| base.logical_date);
    if base.is_some_and(|date| date != request.as_of) {
        return format!("as of {}", request.as_of);
    }
    let before_inputs: BTreeMap<(&str, &str), Option<&str>> = request
        .base
        .into_iter()
        .flat_map(|base| &base.inputs)
        .map(|input| ((input.source.as_str(), input.path.as_str()), input.sha256.as_deref().or(input.etag.as_deref())))
        .collect();
    let upstream = upstream(request.project, table);
    let sources: Vec<&str> = request
        .inputs
        .iter()
        .filter(|(name, _)| upstream.contains(&TableName::new(Layer::Raw, (*name).clone())))
        .filter(|(name, inputs)| {
            let known = before_inputs.keys().filter(|(source, _)| *source == name.as_str()).count();
            known != inputs.records.len()
                || inputs.records.iter().any(|input| {
                    let identity = input.sha256.as_deref().or(input.etag.as_deref());
                    before_inputs.get(&(input.source.as_str(), input.path.as_str())) != Some(&identity)
                })
        })
        .map(|(name, _)| name.as_str())
        .collect();
    match sources.as_slice() {
        [] if before.fingerprint.is_empty() => "new".to_owned(),
        [] => "changed code".to_owned(),
        [one] => format!("new input: {one}"),
        [first, rest @ ..] => format!("new input: {first} and {} more", rest.len()),
    }
}

/// Everything a table is made from, transitively.
pub fn upstream(project: &Project, table: &TableName) -> BTreeSet<TableName> {
    let mut seen = BTreeSet::new();
    let mut open = vec![table.clone()];
    while let Some(at) = open.pop() {
        for on in direct(project, &at) {
            if seen.insert(on.clone()) {
                open.push(on);
            }
        }
    }
    seen
}

/// What a table is made from directly.
pub fn direct(project: &Project, table: &TableName) -> Vec<TableName> {
    let reads = project.models.get(table).into_iter().flat_map(|model| model.reads.keys());
    // Golden records and cells are views of the links and of the records that they link.
    let of_records = |read: &TableName| match project.matched(read) {
        Some((stage, Output::Golden | Output::Cell)) => Some(stage.records.clone()),
        _ => None,
    };
    let reads: BTreeSet<TableName> =
        reads.flat_map(|read| [Some(project.step_of(read)), of_records(read)]).flatten().collect();
    let mut on: Vec<TableName> = reads.into_iter().collect();
    match table.layer {
        Layer::Core => on.extend(project.core.get(&table.name).into_iter().flat_map(|core| project.implied(core))),
        Layer::Match => on.extend(project.matched(table).map(|(stage, _)| stage.records.clone())),
        Layer::Ledger if *table == TableName::ledger_stage() => {
            on.extend(project.sources.keys().map(|name| TableName::new(Layer::Raw, name.clone())));
            on.extend(project.sources.values().filter_map(|source| source.feeds.clone()));
            on.extend(Name::new("sale").ok().map(|name| TableName::new(Layer::Core, name)));
        }
        _ => {}
    }
    on
}

/// Whether a step is made from a table with nothing but views in between.
fn reaches_through_views(project: &Project, step: &TableName, table: &TableName) -> bool {
    behind_views(project, step).contains(table)
}

/// What is read when a step is computed: views, and the tables behind them.
pub fn behind_views(project: &Project, step: &TableName) -> BTreeSet<TableName> {
    let mut open = direct(project, step);
    let mut seen = BTreeSet::new();
    while let Some(at) = open.pop() {
        let is_view = matches!(at.layer, Layer::Staging | Layer::Ledger);
        if seen.insert(at.clone()) && is_view {
            open.extend(direct(project, &at));
        }
    }
    seen
}

/// Topological positions: sources and stages first, then models in the project's order.
fn steps(
    request: &Request<'_>,
    prints: &BTreeMap<TableName, Fingerprint>,
    because: &BTreeMap<TableName, String>,
) -> Vec<TableName> {
    let project = request.project;
    let mut needed: BTreeSet<TableName> = BTreeSet::new();
    let mut open: Vec<TableName> = because.keys().cloned().collect();
    while let Some(table) = open.pop() {
        if !needed.insert(table.clone()) {
            continue;
        }
        for on in direct(project, &table) {
            let ready = match on.layer {
                Layer::Raw | Layer::Match | Layer::Work => {
                    prints.get(&on).is_some_and(|print| (request.cached)(&on, print))
                }
                Layer::Core | Layer::Marts => {
                    let name = published_name(project, &on);
                    let record = name.and_then(|name| request.base?.marts.get(&name));
                    let snapshot = on.layer == Layer::Marts && is_snapshot(project, &on.name);
                    let print = prints.get(&on);
                    let readable =
                        request.protection.of(&on).is_none() || print.is_some_and(|print| (request.cached)(&on, print));
                    record.is_some_and(|record| {
                        print.map(Fingerprint::as_str) == current(record, request.as_of, snapshot)
                    }) && readable
                        && !because.contains_key(&on)
                }
                Layer::Previous | Layer::Snapshots => true,
                Layer::Staging | Layer::Ledger => false,
            };
            // A cached or published table is read where it lies; a view needs what it is made from.
            if !ready {
                open.push(on);
            }
        }
    }
    let raw = project.sources.keys().map(|name| TableName::new(Layer::Raw, name.clone()));
    let stages = project.matching.keys().map(|name| TableName::new(Layer::Match, name.clone()));
    let built = |table: &TableName| matches!(table.layer, Layer::Core | Layer::Work | Layer::Marts);
    let models = project.order.iter().filter(|table| built(table)).cloned();
    raw.chain(stages).chain(models).filter(|table| needed.contains(table)).collect()
}

pub fn is_snapshot(project: &Project, mart: &Name) -> bool {
    project
        .marts
        .get(mart)
        .and_then(|mart| mart.table.partition_by.as_ref())
        .is_some_and(|column| column.as_str() == "as_of")
}

/// The name a core table or mart is published under.
pub fn published_name(project: &Project, table: &TableName) -> Option<Name> {
    match table.layer {
        Layer::Core => project.core.get(&table.name).map(|core| core.table.name.clone()),
        Layer::Marts => project.marts.get(&table.name).map(|mart| mart.table.name.clone()),
        _ => None,
    }
}

/// Computes fingerprints from the sources down.
struct Prints<'a> {
    request: &'a Request<'a>,
    done: BTreeMap<TableName, Fingerprint>,
    made: BTreeMap<TableName, Made>,
}

impl<'a> Prints<'a> {
    fn new(request: &'a Request<'a>, done: BTreeMap<TableName, Fingerprint>) -> Self {
        Self { request, done, made: BTreeMap::new() }
    }

    fn all(mut self) -> (BTreeMap<TableName, Fingerprint>, BTreeMap<TableName, Made>) {
        let project = self.request.project;
        let raw = project.sources.keys().map(|name| TableName::new(Layer::Raw, name.clone()));
        let stages = project.matching.keys().map(|name| TableName::new(Layer::Match, name.clone()));
        let core = project.core.keys().map(|name| TableName::new(Layer::Core, name.clone()));
        let tables: Vec<TableName> = raw.chain(stages).chain(core).chain(project.order.iter().cloned()).collect();
        for table in tables {
            self.of(&table);
        }
        (self.done, self.made)
    }

    /// A stage that does not always learn gives what its records and its last learning give.
    fn with_learning(&mut self, table: &TableName, own: Fingerprint) -> Fingerprint {
        let stage = self.request.project.matching.get(&table.name);
        if table.layer != Layer::Match || stage.and_then(|stage| stage.likely.as_ref()?.relearn).is_none() {
            return own;
        }
        let from = match (self.request.learned)(table) {
            // Made from the same before: it is still what it was.
            Some(about) if about.made.own == own => about.made.from,
            other => other.map(|about| about.id),
        };
        let print = match &from {
            Some(id) => Hasher::new("match").part("own", own.as_str()).part("learned", id).finish(),
            None => own.clone(),
        };
        self.made.insert(table.clone(), Made { own, from });
        print
    }

    fn of(&mut self, table: &TableName) -> Fingerprint {
        if let Some(done) = self.done.get(table) {
            return done.clone();
        }
        let project = self.request.project;
        let mut hasher = Hasher::new(table.layer.as_str()).part("name", table.name.as_str());
        match table.layer {
            Layer::Raw => {
                if let Some(inputs) = self.request.inputs.get(&table.name) {
                    hasher = hasher.part("inputs", inputs.fingerprint.as_str());
                }
            }
            Layer::Match => {
                if let Some(stage) = project.matching.get(&table.name) {
                    hasher = hasher.part("rules", stage.rules());
                }
            }
            Layer::Previous => {
                let record = self.request.base.and_then(|base| base.marts.get(&table.name));
                for file in record.into_iter().flat_map(|record| previous_files(record, self.request.as_of)) {
                    hasher = hasher.part("file", &file.sha256);
                }
            }
            Layer::Snapshots => {
                let record = self.request.base.and_then(|base| base.marts.get(&table.name));
                for file in record.into_iter().flat_map(|record| other_snapshots(record, self.request.as_of)) {
                    hasher = hasher.part("file", &file.sha256);
                }
            }
            Layer::Core => {
                if let Some(core) = project.core.get(&table.name) {
                    hasher = hasher.part("contract", contract(&core.table));
                    hasher = hasher
                        .part("visible", format!("{:?} {} {:?}", core.visible_on, core.placeholder, core.follows));
                    if core.visible_on.is_some() {
                        hasher = self.param(self.param(hasher, "as_of"), "timezone");
                    }
                }
            }
            Layer::Marts => {
                if let Some(mart) = project.marts.get(&table.name) {
                    hasher = hasher.part("contract", contract(&mart.table));
                }
            }
            Layer::Ledger => {
                hasher = self.param(hasher, "as_of");
                for core in project.core.keys().filter(|core| project.supplies(core)) {
                    hasher = hasher.part("supplied", core.as_str());
                }
            }
            Layer::Staging | Layer::Work => {}
        }
        if let Some(protected) = self.request.protection.of(table) {
            hasher = super::protecting::fingerprint(hasher, protected, project);
        }
        if let Some(model) = project.models.get(table) {
            hasher = hasher.part("sql", &model.source.text);
            for param in model.params.keys() {
                hasher = self.param(hasher, param);
            }
        }
        for on in direct(project, table) {
            let print = self.of(&on);
            hasher = hasher.part(&on.to_string(), print.as_str());
        }
        let print = self.with_learning(table, hasher.finish());
        self.done.insert(table.clone(), print.clone());
        print
    }

    fn param(&self, hasher: Hasher, name: &str) -> Hasher {
        let value = self.request.params.iter().find(|param| param.name.as_str() == name);
        hasher.part(name, format!("{:?}", value.map(|param| (param.kind, &param.value))))
    }
}

/// The files of the latest snapshot before a day.
pub fn previous_files(record: &MartRecord, as_of: NaiveDate) -> Vec<&crate::publish::FileRecord> {
    let day =
        |file: &&crate::publish::FileRecord| file.partition.as_deref().and_then(|text| text.parse::<NaiveDate>().ok());
    let latest = record.files.iter().filter_map(|file| day(&file)).filter(|day| *day < as_of).max();
    record.files.iter().filter(|file| latest.is_some() && day(file) == latest).collect()
}

/// The files of all snapshots but that of a day.
pub fn other_snapshots(record: &MartRecord, as_of: NaiveDate) -> Vec<&crate::publish::FileRecord> {
    let day = as_of.to_string();
    record.files.iter().filter(|file| file.partition.as_deref().is_some_and(|partition| *partition != day)).collect()
}

/// What readers see of a table, and what is proven of it.
fn contract(table: &Table) -> String {
    let mut text = String::new();
    let _ = write!(text, "{} {:?} {:?}", table.name, table.grain, table.partition_by);
    for column in &table.columns {
        let _ = write!(text, "\n{} {} {}", column.name, column.kind, column.about);
        for test in &column.tests {
            let _ = write!(text, " {:?} {}", test.rule, test.fails_run);
        }
    }
    for test in &table.tests {
        let _ = match &test.rule {
            TableRule::Expression(sql) => write!(text, "\n{} {sql} {}", test.name, test.fails_run),
            TableRule::Query(model) => write!(text, "\n{} sql {} {}", test.name, model.source.text, test.fails_run),
            TableRule::RowCountChange(change) => write!(text, "\n{} {change:?}", test.name),
        };
    }
    text
}
