//! Everything about models that can be known without data: types from the planner itself, on empty tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::LogicalPlan;

use super::lineage::Lineage;
use super::personal::{self, Protection};
use super::session::{self, Engine, Error, Limits};
use super::{core_sql, explain, golden_columns, guard, matched, tested};
use crate::column::ColumnType;
use crate::diag::{Diagnostic, Diagnostics, Place, Severity, Span};
use crate::model::Model;
use crate::names::{Layer, TableName, nearest};
use crate::project::{CoreTable, Key, Matching, Output, Param, ParamValue, Project, Source, SourcePlaces, Table};

/// What checking learned.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Columns of every model, as planned.
    pub columns: BTreeMap<TableName, Vec<(String, DataType)>>,
    /// Where the columns of every model and core table come from, one step back.
    pub lineage: BTreeMap<TableName, Lineage>,
    pub protection: Protection,
    pub warnings: Diagnostics,
}

/// Plans every model on empty tables.
pub async fn check(project: &Project) -> Result<Checked, Diagnostics> {
    let limits = Limits { threads: 1, memory: 64 << 20, spill: std::env::temp_dir() };
    let params: Vec<Param> = project.params.iter().cloned().map(with_some_value).collect();
    let engine = Engine::new(&limits, &params).map_err(internal)?;
    let mut checker = Checker {
        project,
        engine,
        checked: Checked::default(),
        found: Diagnostics::default(),
        unplanned: BTreeSet::new(),
        optimizing: Vec::new(),
    };
    checker.declared_tables().map_err(internal)?;
    for source in project.sources.values() {
        checker.source(source);
    }
    for table in &project.order {
        checker.model(table).await?;
    }
    let tables = project.tables().map(|(_, table)| table).chain(project.source_tests.values());
    for table in tables {
        for problem in tested::problems(&checker.engine, table).await {
            checker.found.push(problem);
        }
    }
    checker.matching();
    checker.feeds();
    for task in std::mem::take(&mut checker.optimizing) {
        for diagnostic in task.await.unwrap_or_default() {
            checker.found.push(diagnostic);
        }
    }
    checker.personal();
    if checker.found.has_errors() { Err(checker.found.sorted()) } else { Ok(checker.checked) }
}

/// What is wrong with a plan beyond its names and types: comparisons that no cast makes possible, constants that are none.
fn optimize(engine: &Engine, model: &Model, plan: &LogicalPlan) -> tokio::task::JoinHandle<Vec<Diagnostic>> {
    let (state, model, plan) = (engine.context().state(), model.clone(), plan.clone());
    tokio::spawn(async move {
        match state.optimize(&plan) {
            Ok(_) => Vec::new(),
            Err(error) => explain::diagnostics(&model, &error),
        }
    })
}

/// Types are the same on any day.
fn with_some_value(param: Param) -> Param {
    let value = param.value.or_else(|| chrono::NaiveDate::from_ymd_opt(2000, 1, 1).map(ParamValue::Date));
    Param { value, ..param }
}

fn internal(error: Error) -> Diagnostics {
    Diagnostic::error("S0299", error.to_string()).into()
}

struct Checker<'a> {
    project: &'a Project,
    engine: Engine,
    checked: Checked,
    found: Diagnostics,
    /// Staging and working models whose columns are not known, because of a mistake that was said where it is.
    unplanned: BTreeSet<TableName>,
    /// Coercion and constants are looked at by the optimizer, of every model apart, on whatever thread is free.
    optimizing: Vec<tokio::task::JoinHandle<Vec<Diagnostic>>>,
}

impl Checker<'_> {
    /// Everything that has declared columns is a table before any model is planned.
    fn declared_tables(&self) -> Result<(), Error> {
        for source in self.project.sources.values() {
            self.engine.register_empty(
                &TableName::new(Layer::Raw, source.name.clone()),
                session::schema(&source_columns(source)),
            )?;
        }
        for core in self.project.core.values() {
            self.engine.register_empty(
                &TableName::new(Layer::Core, core.name.clone()),
                session::schema(&columns(&core.table)),
            )?;
        }
        for mart in self.project.marts.values() {
            let schema = session::schema(&columns(&mart.table));
            for layer in [Layer::Marts, Layer::Previous, Layer::Snapshots] {
                self.engine.register_empty(&TableName::new(layer, mart.table.name.clone()), Arc::clone(&schema))?;
            }
        }
        for (output, table) in self.project.matching.values().flat_map(Matching::outputs) {
            if output != Output::Golden {
                self.engine.register_empty(&table, matched::output_schema(output))?;
            }
        }
        self.engine.register_empty(&TableName::ledger_stage(), ledger_schema())?;
        self.engine.register_empty(&TableName::ledger_supplied(), supplied_schema())?;
        Ok(())
    }

    fn source(&mut self, source: &Source) {
        if let Some(Err(error)) =
            source.keep_when.as_ref().map(|condition| self.engine.condition(condition, &source_columns(source)))
        {
            self.found.push(
                Diagnostic::error(
                    "S0124",
                    format!("`keep_when` of source `{}` cannot be planned: {}", source.name, plain(&error)),
                )
                .at_place(place(self.project, source, |places| &places.keep_when)),
            );
        }
        if let Some(Err(error)) =
            source.deleted_when.as_ref().map(|condition| self.engine.condition(condition, &source_columns(source)))
        {
            self.found.push(
                Diagnostic::error(
                    "S0185",
                    format!("`deleted_when` of source `{}` cannot be planned: {}", source.name, plain(&error)),
                )
                .at_place(place(self.project, source, |places| &places.deleted_when))
                .help("a condition on the source's own columns, such as `status = 'deleted'`"),
            );
        }
        if matches!(source.key, Key::None) && source.order_by.is_some() {
            self.found.push(
                Diagnostic::error("S0125", format!("source `{}` has `order_by` but no `key`", source.name))
                    .at_place(place(self.project, source, |places| &places.order_by))
                    .help("name the columns that identify a record in `key`"),
            );
        }
    }

    async fn model(&mut self, table: &TableName) -> Result<(), Diagnostics> {
        let Some(model) = self.project.models.get(table) else {
            // Rows that only events know.
            if let Some(core) = self.project.core.get(&table.name).filter(|_| table.layer == Layer::Core)
                && let Ok(plan) = self.engine.plan(&core_sql(self.project, core, None)).await
            {
                self.trace(table, &plan);
            }
            return Ok(());
        };
        if model.reads.keys().any(|read| self.unplanned.contains(read)) {
            self.unplanned(table);
            return Ok(());
        }
        let plan = match self.engine.plan(&model.source.text).await {
            Ok(plan) => plan,
            Err(error) => {
                self.unplanned(table);
                for diagnostic in explain::diagnostics(model, &error) {
                    self.found.push(diagnostic);
                }
                return Ok(());
            }
        };
        let declared: BTreeSet<String> = model.reads.keys().map(ToString::to_string).collect();
        for refusal in guard::refusals(&plan, &declared) {
            let span = model.find(&refusal.word).unwrap_or(Span { line: 1, column: 1, length: 1 });
            self.found
                .push(Diagnostic::error(refusal.code, refusal.message).at(&model.source, span).help(refusal.help));
        }
        self.optimizing.push(optimize(&self.engine, model, &plan));
        let planned: Vec<(String, DataType)> =
            plan.schema().fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect();
        self.contract(model, &planned);
        self.trace(table, &plan);
        let fields: Vec<Field> = planned.iter().map(|(name, kind)| Field::new(name, kind.clone(), true)).collect();
        if matches!(table.layer, Layer::Staging | Layer::Work) {
            self.engine.register_empty(table, Arc::new(Schema::new(fields))).map_err(internal)?;
        }
        if let Some(core) = self.project.core.get(&table.name).filter(|_| table.layer == Layer::Core) {
            self.engine.register_modelled(core.name.as_str(), plan).map_err(internal)?;
            let names: Vec<String> = planned.iter().map(|(name, _)| name.clone()).collect();
            if !self.found.has_errors() {
                self.core_table(core, &names, &model.source.path).await;
            }
        }
        for stage in self.project.matching.values().filter(|stage| stage.records == *table) {
            for (_, golden) in stage.outputs().filter(|(output, _)| *output == Output::Golden) {
                self.engine.register_empty(&golden, golden_columns(stage, &planned)).map_err(internal)?;
            }
        }
        self.checked.columns.insert(table.clone(), planned);
        Ok(())
    }

    /// Core tables and marts have the columns of their contracts, whatever their models say.
    fn unplanned(&mut self, table: &TableName) {
        if matches!(table.layer, Layer::Staging | Layer::Work) {
            self.unplanned.insert(table.clone());
        }
        // Golden records have the columns of the records.
        let stages = self.project.matching.values().filter(|stage| stage.records == *table);
        let golden = stages.flat_map(Matching::outputs).filter(|(output, _)| *output == Output::Golden);
        self.unplanned.extend(golden.map(|(_, table)| table));
    }

    /// What the contract adds to a core model must have the contract's types too.
    async fn core_table(&mut self, core: &CoreTable, supplied: &[String], path: &std::path::Path) {
        let problem = match self.engine.plan(&core_sql(self.project, core, Some(supplied))).await {
            Err(error) => Some(plain(&error)),
            Ok(plan) => {
                self.trace(&TableName::new(Layer::Core, core.name.clone()), &plan);
                let differs = |column: &&crate::project::Column| {
                    let planned = plan.schema().field_with_unqualified_name(column.name.as_str());
                    planned.ok().and_then(|field| ColumnType::of_arrow(field.data_type())) != Some(column.kind)
                };
                core.table
                    .columns
                    .iter()
                    .find(differs)
                    .map(|column| format!("`{}` is not {}", column.name, column.kind))
            }
        };
        if let Some(problem) = problem {
            let message = format!("core table `{}` cannot be planned: {problem}", core.name);
            self.found.push(Diagnostic::error("S0215", message).in_file(path));
        }
    }

    /// The planned schema against the declared one.
    fn contract(&mut self, model: &Model, planned: &[(String, DataType)]) {
        let table = match model.table.layer {
            Layer::Core => self.project.core.get(&model.table.name).map(|core| &core.table),
            Layer::Marts => self.project.marts.get(&model.table.name).map(|mart| &mart.table),
            _ => return,
        };
        let Some(table) = table else { return };
        let last = model.source.text.lines().count().max(1);
        for (name, data_type) in planned {
            let span = model.find(name).unwrap_or(Span { line: last, column: 1, length: 1 });
            let Some(column) = table.column(name) else {
                let near = nearest(name, table.columns.iter().map(|column| column.name.as_str()));
                self.found.push(
                    Diagnostic::error(
                        "S0216",
                        format!("`{}` has a column `{name}` that its contract does not", model.table),
                    )
                    .at(&model.source, span)
                    .maybe_help(near.map(|near| format!("did you mean `{near}`?")))
                    .label("not in the contract"),
                );
                continue;
            };
            match ColumnType::of_arrow(data_type) {
                Some(kind) if kind == column.kind => {}
                Some(kind) => self.found.push(
                    Diagnostic::error(
                        "S0217",
                        format!("`{}.{name}` is {kind}, its contract says {}", model.table, column.kind),
                    )
                    .at(&model.source, span)
                    .help(format!(
                        "`cast(… as {})`, or change the contract at {}",
                        column.kind,
                        location(column)
                    )),
                ),
                None => self.found.push(
                    Diagnostic::error(
                        "S0218",
                        format!("`{}.{name}` is {data_type}, a type that not every reader of marts knows", model.table),
                    )
                    .at(&model.source, span)
                    .help(match column.kind {
                        // The engine's own `timestamp` counts nanoseconds.
                        ColumnType::Timestamp => "`arrow_cast(…, 'Timestamp(Microsecond, Some(\"UTC\"))')`".to_owned(),
                        kind => format!("`cast(… as {kind})`"),
                    }),
                ),
            }
        }
        if model.table.layer == Layer::Marts {
            for column in
                table.columns.iter().filter(|column| !planned.iter().any(|(name, _)| name == column.name.as_str()))
            {
                self.found.push(
                    Diagnostic::error(
                        "S0219",
                        format!("`{}` lacks the column `{}` of its contract", model.table, column.name),
                    )
                    .at_place(Some(column.place.clone()))
                    .help(format!("select it in {}", model.source.path.display())),
                );
            }
        }
    }

    /// A core table's lineage is that of what its contract makes of the model.
    fn trace(&mut self, table: &TableName, plan: &LogicalPlan) {
        match Lineage::of(plan) {
            Ok(lineage) => {
                self.checked.lineage.insert(table.clone(), lineage);
            }
            // A class that is lost on the way would be published.
            Err(error) => self.found.push(Diagnostic::error(
                "S0299",
                format!("the columns of `{table}` cannot be followed: {}", plain(&error)),
            )),
        }
    }

    /// Classes can be followed only through models that are right.
    fn personal(&mut self) {
        if !self.found.has_errors() {
            let (protection, found) = personal::judge(self.project, &self.checked.lineage);
            self.checked.protection = protection;
            self.found.extend(found);
        }
        for warning in personal::suspects(self.project) {
            self.checked.warnings.push(warning);
        }
    }

    fn matching(&mut self) {
        for stage in self.project.matching.values() {
            let Some(columns) = self.checked.columns.get(&stage.records) else { continue };
            let problems = matched::problems(&self.engine, stage, columns).into_iter();
            for problem in problems.chain(matched::unkept(self.project, stage)) {
                let found = match problem.severity {
                    Severity::Error => &mut self.found,
                    Severity::Warning => &mut self.checked.warnings,
                };
                found.push(problem);
            }
        }
    }

    /// A staging model that feeds `core.sale` shows what the reconciliation adds up.
    fn feeds(&mut self) {
        for source in self.project.sources.values() {
            let Some(columns) = source.feeds.as_ref().and_then(|feeds| self.checked.columns.get(feeds)) else {
                continue;
            };
            for word in ["source_name", "source_amount", "net_amount", "ordered_on"] {
                if !columns.iter().any(|(name, _)| name == word) {
                    let feeds = source.feeds.as_ref().map(ToString::to_string).unwrap_or_default();
                    self.found.push(
                        Diagnostic::error(
                            "S0127",
                            format!(
                                "`{feeds}` lacks `{word}`, which the reconciliation of source `{}` adds up",
                                source.name
                            ),
                        )
                        .at_place(place(self.project, source, |places| &places.feeds)),
                    );
                }
            }
        }
    }
}

fn place(project: &Project, source: &Source, of: fn(&SourcePlaces) -> &Place) -> Option<Place> {
    project.source_places.get(&source.name).map(of).cloned()
}

fn location(column: &crate::project::Column) -> String {
    format!("{}:{}", column.place.source.path.display(), column.place.span.line)
}

pub(super) fn plain(error: &DataFusionError) -> String {
    let text = error.find_root().strip_backtrace();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("Error during planning: ").trim_start_matches("Schema error: ").to_owned()
}

pub(crate) fn columns(table: &Table) -> Vec<(String, ColumnType)> {
    table.columns.iter().map(|column| (column.name.to_string(), column.kind)).collect()
}

pub(crate) fn source_columns(source: &Source) -> Vec<(String, ColumnType)> {
    source.columns.iter().map(|column| (column.name.to_string(), column.kind)).collect()
}

/// What the run counts about each source and stage.
pub(crate) const LEDGER_COLUMNS: [(&str, ColumnType); 11] = [
    ("source", ColumnType::String),
    ("stage", ColumnType::String),
    ("rows_in", ColumnType::Bigint),
    ("rows_out", ColumnType::Bigint),
    ("quarantined", ColumnType::Bigint),
    ("duplicates_removed", ColumnType::Bigint),
    ("filtered", ColumnType::Bigint),
    ("amount_in", ColumnType::Decimal { precision: 38, scale: 2 }),
    ("amount_out", ColumnType::Decimal { precision: 38, scale: 2 }),
    ("amount_quarantined", ColumnType::Decimal { precision: 38, scale: 2 }),
    ("amount_removed", ColumnType::Decimal { precision: 38, scale: 2 }),
];

/// Core tables by name, and whether the pipeline supplies them.
pub fn supplied_schema() -> SchemaRef {
    session::schema(&own(&[("table_name", ColumnType::String), ("is_supplied", ColumnType::Boolean)]))
}

pub(super) fn own(columns: &[(&str, ColumnType)]) -> Vec<(String, ColumnType)> {
    columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect()
}

/// The columns of `ledger.stage`.
pub fn ledger_schema() -> SchemaRef {
    session::schema(&own(&LEDGER_COLUMNS))
}
