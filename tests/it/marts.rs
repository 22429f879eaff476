//! The rules of the shipped marts on rows that can be counted by hand: tests/slt/marts/<p>/<mart>.slt.
//!
//! A script writes rows into core tables and asks marts. These are made as a run makes them, by the models of `sql/` in
//! their order, of what the contracts make of the rows; no more of them than is asked for. Beside queries it knows
//!
//! ```sql
//! set as_of = '2026-02-15'                       -- or timezone, currency, a variable; these are the defaults
//! insert into core.sale (order_id, …) values …   -- columns that are not named are NULL
//! insert into snapshots.customer_profile (as_of, customer_key, …) values …   -- what was published on other days
//! insert into marts.customer_loyalty (…) values …                            -- another mart, as if it had these rows
//! delete from core.sale                          -- all that was written
//! drop table core.points_entry                   -- nobody supplies it; otherwise a table is there, without rows
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, new_null_array};
use arrow::compute::{CastOptions, cast_with_options, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use septet::diag::{Diagnostics, SourceText};
use septet::engine::{self, Engine, Limits, MODELLED, SNAPSHOT_FILES, core_sql};
use septet::model::Model;
use septet::names::{Layer, Name, TableName};
use septet::project::{ColumnRule, Overrides, Param, ParamValue, Project, Table, Texts, resolve};
use septet::run::direct;
use septet::spec::Document;
use sqllogictest::{DB, DBOutput, DefaultColumnType, QueryExpect, Record};

use crate::door::{REPOSITORY, files_below};
use crate::slt::{answers, printed, run_script};

const PIPELINE: &str = "\
version: 1
name: rules
timezone: Asia/Shanghai
currency: CNY
logical_date: 2026-02-15
storage: { raw: raw, marts: marts }
include: []
models: []
sources: {}
";

/// Stands for a core model: what a script writes is its rows.
const WRITTEN: &str = "-- One row per row of the script.\n\nselect 1 as nothing\n";

/// The planner takes more stack for a mart than a thread of the harness has in a build that is not optimised.
const STACK: usize = 64 << 20;

/// What all scripts share: the project, and tables that were made of the same rows before.
struct Warehouse {
    project: Project,
    made: Mutex<HashMap<u64, RecordBatch>>,
}

/// What a script has written, and the session that it asks.
struct Script {
    warehouse: &'static Warehouse,
    mart: Name,
    project: Project,
    params: Vec<Param>,
    engine: Engine,
    written: BTreeMap<TableName, RecordBatch>,
    /// What the session's tables were made of.
    made: BTreeMap<TableName, u64>,
    runtime: tokio::runtime::Runtime,
    spill: tempfile::TempDir,
}

#[derive(Debug)]
struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

fn wrong(error: impl fmt::Display) -> Wrong {
    Wrong(error.to_string())
}

fn said(problems: &Diagnostics) -> Wrong {
    let problems = problems.iter().map(|one| format!("{} {}", one.location().unwrap_or_default(), one.message));
    Wrong(problems.collect::<Vec<_>>().join("; "))
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn warehouse() -> &'static Warehouse {
    static ONCE: OnceLock<Warehouse> = OnceLock::new();
    ONCE.get_or_init(|| Warehouse { project: project(), made: Mutex::default() })
}

/// The contracts, working models and marts of the repository, over core tables that are all supplied and empty.
fn project() -> Project {
    let folder = Path::new(REPOSITORY).join("sql");
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(folder.join(path)).expect("a file");
        SourceText::new(Path::new("sql").join(path), text)
    };
    let files = files_below(&folder);
    let contracts: Vec<Document<septet::spec::Contract>> = files
        .iter()
        .filter(|path| path.ends_with("contract.yaml"))
        .map(|path| Document::parse(&read(path)).unwrap_or_else(|problems| panic!("{}", said(&problems))))
        .collect();
    let is_model = |path: &&PathBuf| {
        path.extension().is_some_and(|extension| extension == "sql")
            && (path.starts_with("work") || path.starts_with("marts"))
    };
    let mut sql: Vec<Arc<SourceText>> = files.iter().filter(is_model).map(read).collect();
    for table in contracts.iter().flat_map(|contract| contract.value.core.keys()) {
        sql.push(SourceText::new(format!("sql/core/{table}.sql"), WRITTEN));
    }
    let pipeline = Document::parse(&SourceText::new("rules.yaml", PIPELINE)).expect("a pipeline");
    let texts = Texts { pipeline, contracts, sql, mappings: BTreeMap::new(), matched: BTreeMap::new() };
    resolve(&texts, &Overrides::default()).unwrap_or_else(|problems| panic!("{}", said(&problems)))
}

impl Script {
    fn new(mart: &Name) -> Result<Self, Wrong> {
        let warehouse = warehouse();
        let project = warehouse.project.clone();
        let params = project.params.clone();
        let spill = tempfile::tempdir().map_err(wrong)?;
        let engine = session(&params, spill.path())?;
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(wrong)?;
        let (written, made) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { warehouse, mart: mart.clone(), project, params, engine, written, made, runtime, spill })
    }

    /// `set as_of = '2026-02-15'`: another day is another run.
    fn set(&mut self, assignment: &str) -> Result<(), Wrong> {
        let (parameter, value) = assignment.split_once('=').ok_or_else(|| wrong("set what = what?"))?;
        let (parameter, value) = (parameter.trim(), value.trim().trim_matches('\''));
        let param = self.params.iter_mut().find(|param| param.name.as_str() == parameter);
        let param = param.ok_or_else(|| wrong(format!("there is no parameter {parameter}")))?;
        param.value = Some(
            ParamValue::parse(param.kind, value).ok_or_else(|| wrong(format!("`{value}` is not {}", param.kind)))?,
        );
        self.engine = session(&self.params, self.spill.path())?;
        self.made.clear();
        Ok(())
    }

    /// `drop table core.points_entry`: it is not supplied.
    fn drop(&mut self, table: &str) -> Result<(), Wrong> {
        let table = TableName::parse(table.trim()).filter(|table| self.project.models.contains_key(table));
        let table = table.filter(|table| table.layer == Layer::Core).ok_or_else(|| wrong("drop which core table?"))?;
        self.project.models.remove(&table);
        self.written.remove(&table);
        Ok(())
    }

    /// `delete from core.sale`: all that was written into it.
    fn delete(&mut self, table: &str) -> Result<u64, Wrong> {
        let rows = TableName::parse(table.trim()).and_then(|table| self.written.remove(&table));
        rows.map(|rows| rows.num_rows() as u64).ok_or_else(|| wrong("there is nothing to delete"))
    }

    /// `insert into core.sale (order_id, …) values …`, or a query.
    fn insert(&mut self, into: &str) -> Result<u64, Wrong> {
        let parts = into.split_once('(').and_then(|(table, rest)| Some((table, rest.split_once(')')?)));
        let (table, (columns, rows)) = parts.ok_or_else(|| wrong("insert into which columns of which table?"))?;
        let table = TableName::parse(table.trim()).ok_or_else(|| wrong(format!("there is no {table}")))?;
        let columns: Vec<&str> = columns.split(',').map(str::trim).collect();
        let schema = self.schema(&table)?;
        if let Some(unknown) = columns.iter().find(|column| schema.field_with_name(column).is_err()) {
            return Err(wrong(format!("{table} has no column {unknown}")));
        }
        self.make(reads(rows)?.iter())?;
        let quoted: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
        let sql = format!("select * from ({rows}) as written ({})", quoted.join(", "));
        let batches = self.runtime.block_on(self.engine.collect(&sql, "these rows")).map_err(wrong)?;
        let rows = together(&schema, &batches)?;
        let count = rows.num_rows() as u64;
        let all = match self.written.remove(&table) {
            Some(before) => concat_batches(&schema, [&before, &rows]).map_err(wrong)?,
            None => rows,
        };
        if let Some(contract) = self.contract(&table) {
            // Of a mart that another reads a script writes what the other reads of it.
            let whole = table.layer == Layer::Core;
            kept_rules(&table, contract, &all, whole)?;
        }
        self.written.insert(table, all);
        Ok(count)
    }

    /// The columns that a script may write.
    fn schema(&mut self, table: &TableName) -> Result<SchemaRef, Wrong> {
        let own = table.layer == Layer::Marts && table.name == self.mart;
        match (table.layer, self.contract(table)) {
            (Layer::Core, _) if !self.project.models.contains_key(table) => {
                Err(wrong(format!("{table} is not supplied")))
            }
            _ if own => Err(wrong(format!("{table} is what this script is about: it is made, not written"))),
            (_, Some(contract)) => Ok(published(contract)),
            (Layer::Ledger, _) if *table == TableName::ledger_stage() => Ok(engine::ledger_schema()),
            (Layer::Work, _) if self.project.models.contains_key(table) => {
                self.make(std::iter::once(table))?;
                let sql = format!("select * from {table}");
                let plan = self.runtime.block_on(self.engine.plan(&sql)).map_err(wrong)?;
                Ok(plain(plan.schema().as_arrow()))
            }
            _ => Err(wrong(format!("there is no {table} to write rows into"))),
        }
    }

    fn contract(&self, table: &TableName) -> Option<&Table> {
        match table.layer {
            Layer::Core => self.project.core.get(&table.name).map(|core| &core.table),
            Layer::Marts | Layer::Snapshots | Layer::Previous => {
                self.project.marts.get(&table.name).map(|mart| &mart.table)
            }
            _ => None,
        }
    }

    fn ask(&mut self, sql: &str) -> Result<Vec<RecordBatch>, Wrong> {
        let reads = reads(sql)?;
        for mart in reads.iter().filter(|table| table.layer == Layer::Marts) {
            if let Some(driver) = self.lacks(mart) {
                return Err(wrong(format!("{mart} is skipped: no core.{driver}")));
            }
        }
        self.make(reads.iter())?;
        self.runtime.block_on(self.engine.collect(sql, "this query")).map_err(wrong)
    }

    /// The table that a mart is driven by, when nobody supplies it.
    fn lacks(&self, mart: &TableName) -> Option<Name> {
        let mart = self.project.marts.get(&mart.name)?;
        mart.driven_by.clone().filter(|driver| !self.project.supplies(driver))
    }

    /// Makes tables, and what they are made of, where rows or parameters have changed.
    fn make<'a>(&mut self, tables: impl Iterator<Item = &'a TableName>) -> Result<(), Wrong> {
        let mut open: Vec<TableName> = tables.cloned().collect();
        let mut needed: BTreeMap<TableName, Vec<TableName>> = BTreeMap::new();
        while let Some(table) = open.pop() {
            if needed.contains_key(&table) {
                continue;
            }
            let own = self.written.contains_key(&table) && table.layer != Layer::Core;
            let of = if own || !self.is_made(&table) { Vec::new() } else { direct(&self.project, &table) };
            open.extend(of.iter().cloned());
            needed.insert(table, of);
        }
        // What has no model comes first; then all in an order in which each reads what stands before it.
        let modelled: BTreeSet<&TableName> = self.project.order.iter().collect();
        let others = needed.keys().filter(|table| !modelled.contains(table));
        let order: Vec<TableName> =
            others.chain(self.project.order.iter().filter(|table| needed.contains_key(*table))).cloned().collect();
        for table in order {
            let print = self.print(&table, &needed[&table]);
            if self.made.get(&table) == Some(&print) {
                continue;
            }
            let known = self.warehouse.made.lock().expect("no script broke off here").get(&print).cloned();
            let rows = match known {
                Some(rows) => rows,
                None => self.rows(&table)?,
            };
            self.warehouse.made.lock().expect("no script broke off here").insert(print, rows.clone());
            self.engine.register_rows(table.layer.as_str(), table.name.as_str(), rows).map_err(wrong)?;
            self.made.insert(table, print);
        }
        Ok(())
    }

    /// A mart that nothing drives has no rows, whatever it would be made of; nor has a core table that nobody supplies.
    fn is_made(&self, table: &TableName) -> bool {
        match table.layer {
            Layer::Core => self.project.supplies(&table.name),
            Layer::Work => true,
            Layer::Marts => self.lacks(table).is_none(),
            _ => false,
        }
    }

    /// Tables with one print have the same rows.
    fn print(&self, table: &TableName, of: &[TableName]) -> u64 {
        let mut print = DefaultHasher::new();
        table.hash(&mut print);
        if let Some(rows) = self.written.get(&writable(table)) {
            printed(std::slice::from_ref(rows)).1.hash(&mut print);
        }
        let model = self.project.models.get(table);
        for param in &self.params {
            let own = matches!(table.layer, Layer::Core | Layer::Previous | Layer::Snapshots);
            if own || model.is_some_and(|model| model.params.contains_key(param.name.as_str())) {
                format!("{param:?}").hash(&mut print);
            }
        }
        if *table == TableName::ledger_supplied() || table.layer == Layer::Core {
            let supplied = self.project.core.keys().filter(|core| self.project.supplies(core));
            supplied.for_each(|core| core.as_str().hash(&mut print));
        }
        self.is_made(table).hash(&mut print);
        of.iter().for_each(|table| self.made.get(table).hash(&mut print));
        print.finish()
    }

    fn rows(&self, table: &TableName) -> Result<RecordBatch, Wrong> {
        let written = self.written.get(&writable(table));
        let rows = match (table.layer, self.contract(table)) {
            (Layer::Ledger, _) if *table == TableName::ledger_supplied() => self.supplied(),
            (Layer::Ledger, _) => {
                Ok(written.cloned().unwrap_or_else(|| RecordBatch::new_empty(engine::ledger_schema())))
            }
            (Layer::Core, Some(contract)) if self.is_made(table) => self.core(table, contract),
            (Layer::Previous | Layer::Snapshots, Some(contract)) => self.days(table, contract),
            (Layer::Work | Layer::Marts, _) if written.is_some() => Ok(written.cloned().expect("rows")),
            (Layer::Work | Layer::Marts, contract) if self.is_made(table) => self.model(table, contract),
            (_, Some(contract)) => Ok(RecordBatch::new_empty(published(contract))),
            _ => Err(wrong("a script cannot read it")),
        };
        rows.map_err(|error| wrong(format!("{table}: {error}")))
    }

    /// What the contract makes of the rows that a script wrote.
    fn core(&self, table: &TableName, contract: &Table) -> Result<RecordBatch, Wrong> {
        let core = self.project.core.get(&table.name).ok_or_else(|| wrong("no such table"))?;
        let schema = published(contract);
        let rows = self.written.get(table).cloned().unwrap_or_else(|| RecordBatch::new_empty(Arc::clone(&schema)));
        self.engine.register_rows(MODELLED, core.name.as_str(), rows).map_err(wrong)?;
        let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let columns = self.project.models.contains_key(table).then_some(columns);
        let sql = core_sql(&self.project, core, columns.as_deref());
        let batches = self.runtime.block_on(self.engine.collect(&sql, "its rows")).map_err(wrong)?;
        together(&schema, &batches)
    }

    /// A working table, or a mart in the order in which it is published.
    fn model(&self, table: &TableName, contract: Option<&Table>) -> Result<RecordBatch, Wrong> {
        let model = self.project.models.get(table).ok_or_else(|| wrong("it has no model"))?;
        let mut plan = self.runtime.block_on(self.engine.plan(&model.source.text)).map_err(wrong)?;
        let mut schema = plain(plan.schema().as_arrow());
        if let Some(contract) = contract {
            let columns: Vec<&str> = contract.columns.iter().map(|column| column.name.as_str()).collect();
            let grain: Vec<&str> = contract.grain.iter().map(Name::as_str).collect();
            plan = self.engine.sorted(plan, &columns, &grain).map_err(wrong)?;
            schema = published(contract);
        }
        let batches = self.runtime.block_on(self.engine.rows(plan, "its rows")).map_err(wrong)?;
        let rows = together(&schema, &batches)?;
        // Made of what a script wrote of other marts, it may lack what these would have.
        let whole = self.written.keys().all(|table| !matches!(table.layer, Layer::Work | Layer::Marts));
        contract.map_or(Ok(()), |contract| kept_rules(table, contract, &rows, whole))?;
        Ok(rows)
    }

    /// What was published on other days, or on the last one before.
    fn days(&self, table: &TableName, contract: &Table) -> Result<RecordBatch, Wrong> {
        let schema = published(contract);
        let Some(rows) = self.written.get(&writable(table)) else { return Ok(RecordBatch::new_empty(schema)) };
        self.engine.register_rows(SNAPSHOT_FILES, table.name.as_str(), rows.clone()).map_err(wrong)?;
        let files = format!("{SNAPSHOT_FILES}.\"{}\"", table.name);
        let days = match table.layer {
            Layer::Previous => format!("as_of = (select max(as_of) from {files} where as_of < $as_of)"),
            _ => "as_of <> $as_of".to_owned(),
        };
        let sql = format!("select * from {files} where {days}");
        together(&schema, &self.runtime.block_on(self.engine.collect(&sql, "its days")).map_err(wrong)?)
    }

    fn supplied(&self) -> Result<RecordBatch, Wrong> {
        let names: StringArray = self.project.core.keys().map(|core| Some(core.as_str())).collect();
        let supplied: BooleanArray = self.project.core.keys().map(|core| Some(self.project.supplies(core))).collect();
        RecordBatch::try_new(engine::supplied_schema(), vec![Arc::new(names), Arc::new(supplied)]).map_err(wrong)
    }
}

impl DB for Script {
    type Error = Wrong;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Wrong> {
        let sql = sql.trim();
        if let Some(assignment) = sql.strip_prefix("set ") {
            self.set(assignment).map(|()| DBOutput::StatementComplete(0))
        } else if let Some(table) = sql.strip_prefix("drop table ") {
            self.drop(table).map(|()| DBOutput::StatementComplete(0))
        } else if let Some(table) = sql.strip_prefix("delete from ") {
            self.delete(table).map(DBOutput::StatementComplete)
        } else if let Some(into) = sql.strip_prefix("insert into ") {
            self.insert(into).map(DBOutput::StatementComplete)
        } else {
            Ok(answers(&self.ask(sql)?))
        }
    }

    fn engine_name(&self) -> &str {
        "septet"
    }
}

fn session(params: &[Param], spill: &Path) -> Result<Engine, Wrong> {
    Engine::new(&Limits { threads: 1, memory: 256 << 20, spill: spill.to_owned() }, params).map_err(wrong)
}

/// The tables that a query reads.
fn reads(sql: &str) -> Result<Vec<TableName>, Wrong> {
    let query = TableName::new(Layer::Work, name("query"));
    let model = Model::parse(query, &SourceText::new("query", sql)).map_err(|problems| said(&problems))?;
    Ok(model.reads.into_keys().collect())
}

/// The last snapshot is one of all.
fn writable(table: &TableName) -> TableName {
    match table.layer {
        Layer::Previous => TableName::new(Layer::Snapshots, table.name.clone()),
        _ => table.clone(),
    }
}

fn published(contract: &Table) -> SchemaRef {
    let columns = contract.columns.iter().map(|column| (column.name.to_string(), column.kind));
    engine::schema(&columns.collect::<Vec<_>>())
}

/// Columns as a working table's files have them.
fn plain(planned: &Schema) -> SchemaRef {
    let kind = |kind: &DataType| if *kind == DataType::Utf8View { DataType::Utf8 } else { kind.clone() };
    let fields = planned.fields().iter().map(|field| Field::new(field.name(), kind(field.data_type()), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Columns by name, in the types of a schema; those that are not there are NULL.
fn conformed(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Wrong> {
    let exactly = CastOptions { safe: false, ..CastOptions::default() };
    let columns = schema.fields().iter().map(|field| match rows.column_by_name(field.name()) {
        Some(column) => cast_with_options(column, field.data_type(), &exactly)
            .map_err(|error| wrong(format!("{} is not {}: {error}", field.name(), field.data_type()))),
        None => Ok(new_null_array(field.data_type(), rows.num_rows())),
    });
    let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(wrong)
}

fn together(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch, Wrong> {
    let batches: Vec<RecordBatch> = batches.iter().map(|rows| conformed(rows, schema)).collect::<Result<_, _>>()?;
    concat_batches(schema, &batches).map_err(wrong)
}

/// What a run holds of every table: a script that breaks it shows what never happens.
fn kept_rules(table: &TableName, contract: &Table, rows: &RecordBatch, whole: bool) -> Result<(), Wrong> {
    for column in &contract.columns {
        let never_null = whole && column.tests.iter().any(|test| test.rule == ColumnRule::NotNull);
        if never_null && rows.column_by_name(column.name.as_str()).is_some_and(|values| values.null_count() > 0) {
            return Err(wrong(format!("{table}.{} is never NULL", column.name)));
        }
    }
    let place = |column: &Name| rows.schema().index_of(column.as_str()).map_err(wrong);
    let grain: Vec<usize> = contract.grain.iter().map(place).collect::<Result<_, _>>()?;
    let (_, keys) = printed(&[rows.project(&grain).map_err(wrong)?]);
    let mut seen = BTreeSet::new();
    match keys.iter().find(|key| !seen.insert(*key)) {
        Some(key) => Err(wrong(format!("{table} has two rows of {}", key.join(", ")))),
        None => Ok(()),
    }
}

/// Scripts by mart, in a folder for each P.
fn folder() -> PathBuf {
    Path::new(REPOSITORY).join("tests/slt/marts")
}

/// Runs the scripts of a P; with `MART=customer_profile` in the environment that one alone.
fn hold(p: &'static str) {
    let only = std::env::var_os("MART");
    let scripts = files_below(&folder().join(p)).into_iter().map(|file| folder().join(p).join(file));
    let scripts: Vec<PathBuf> =
        scripts.filter(|script| only.is_none() || script.file_stem() == only.as_deref()).collect();
    let run = move || {
        let failed = scripts.iter().filter_map(|script| {
            let mart = name(script.file_stem().and_then(|stem| stem.to_str()).expect("a name"));
            run_script(script, || Script::new(&mart)).err()
        });
        failed.collect::<Vec<String>>()
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread");
    let failed = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn profiling() {
    hold("profiling");
}

#[test]
fn persistency() {
    hold("persistency");
}

#[test]
fn profitability() {
    hold("profitability");
}

#[test]
fn performance() {
    hold("performance");
}

#[test]
fn prospecting() {
    hold("prospecting");
}

#[test]
fn product() {
    hold("product");
}

#[test]
fn promotion() {
    hold("promotion");
}

#[test]
fn scorecard() {
    hold("scorecard");
}

#[test]
fn shared() {
    hold("shared");
}

/// By the contracts: a new mart needs a script that finds rows in it.
#[test]
fn every_mart_has_a_script_that_asks_it() {
    let mut wanted = BTreeSet::new();
    for mart in warehouse().project.marts.values().filter(|mart| !mart.engine) {
        let p = mart.folder.as_ref().expect("a folder");
        let script = format!("{p}/{}.slt", mart.table.name);
        assert!(folder().join(&script).is_file(), "tests/slt/marts/{script} is missing");
        let table = TableName::new(Layer::Marts, mart.table.name.clone());
        let records = sqllogictest::parse_file::<DefaultColumnType>(folder().join(&script)).expect("a script");
        let found = records.iter().any(|record| match record {
            Record::Query { sql, expected: QueryExpect::Results { results, .. }, .. } => {
                !results.is_empty() && reads(sql).is_ok_and(|read| read.contains(&table))
            }
            _ => false,
        });
        assert!(found, "tests/slt/marts/{script} finds no row of {table}");
        wanted.insert(PathBuf::from(script));
    }
    let there: BTreeSet<PathBuf> = files_below(&folder()).into_iter().collect();
    assert_eq!(there, wanted, "a script is named for its mart, in the folder of its P");
}
