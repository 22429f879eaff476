//! SQL tested in SQL: tests/slt/*.slt on the engine of septet. `UPDATE_EXPECT=1` writes down what it answers.

use std::path::{Path, PathBuf};

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use septet::column::ColumnType;
use septet::engine::{Engine, Error, Limits};
use septet::names::Name;
use septet::project::{Param, ParamValue};
use sqllogictest::{
    DB, DBOutput, DefaultColumnType, Runner, default_column_validator, default_normalizer, default_validator,
};

use crate::door::REPOSITORY;

/// The engine as models see it, with a few run parameters.
pub struct Database {
    engine: Engine,
    runtime: tokio::runtime::Runtime,
    _spill: tempfile::TempDir,
}

impl Database {
    pub fn new() -> Self {
        let spill = tempfile::tempdir().expect("a temporary folder");
        let limits = Limits { threads: 2, memory: 256 << 20, spill: spill.path().to_owned() };
        let param =
            |name: &str, kind, value| Param { name: Name::new(name).expect("a name"), kind, value: Some(value) };
        let day = chrono::NaiveDate::from_ymd_opt(2026, 10, 31).expect("a day");
        let params = [
            param("as_of", ColumnType::Date, ParamValue::Date(day)),
            param("timezone", ColumnType::String, ParamValue::Text("Asia/Shanghai".to_owned())),
            param("threshold", ColumnType::Decimal { precision: 18, scale: 2 }, ParamValue::Decimal(-5)),
            param("evil", ColumnType::String, ParamValue::Text("'; drop table x; --".to_owned())),
        ];
        let engine = Engine::new(&limits, &params).expect("an engine");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        Self { engine, runtime, _spill: spill }
    }

    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, Error> {
        self.answer(sql).map(|rows| printed(&rows).1)
    }

    fn answer(&self, sql: &str) -> Result<Vec<RecordBatch>, Error> {
        self.runtime.block_on(self.engine.collect(sql, "this query"))
    }
}

/// Rows as texts, and the types of their columns.
pub fn printed(batches: &[RecordBatch]) -> (Vec<DataType>, Vec<Vec<String>>) {
    let options = FormatOptions::default().with_null("NULL");
    let mut rows = Vec::new();
    let mut types = Vec::new();
    for batch in batches {
        types = batch.columns().iter().map(|column| column.data_type().clone()).collect();
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("a type that can be printed"))
            .collect();
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|column| column.value(row).to_string()).collect());
        }
    }
    (types, rows)
}

/// Rows as a script has them.
pub fn answers(batches: &[RecordBatch]) -> DBOutput<DefaultColumnType> {
    let (types, rows) = printed(batches);
    let types = types.iter().map(|kind| match kind {
        kind if kind.is_integer() => DefaultColumnType::Integer,
        kind if kind.is_numeric() => DefaultColumnType::FloatingPoint,
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => DefaultColumnType::Text,
        _ => DefaultColumnType::Any,
    });
    DBOutput::Rows { types: types.collect(), rows }
}

impl DB for Database {
    type Error = Error;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Error> {
        Ok(answers(&self.answer(sql)?))
    }

    fn engine_name(&self) -> &str {
        "septet"
    }
}

/// Runs a script on a session of its own, or writes down what it is answered.
pub fn run_script<D>(script: &Path, database: impl Fn() -> Result<D, D::Error>) -> Result<(), String>
where
    D: DB<ColumnType = DefaultColumnType> + Send,
{
    let database = &database;
    let mut runner = Runner::new(move || async move { database() });
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let update =
            runner.update_test_file(script, " ", default_validator, default_normalizer, default_column_validator);
        futures::executor::block_on(update).map_err(|error| format!("{}: {error}", script.display()))
    } else {
        runner.run_file(script).map_err(|error| error.display(false).to_string())
    }
}

/// Those of marts, which need rows, are in a room of their own.
fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(REPOSITORY).join("tests/slt");
    let files = crate::door::files_below(&folder).into_iter().filter(|path| !path.starts_with("marts"));
    let files = files.map(|path| folder.join(path));
    files.filter(|path| path.extension().is_some_and(|extension| extension == "slt")).collect()
}

#[test]
fn sql_answers_as_written_down() {
    let scripts = scripts();
    assert!(scripts.len() >= 3, "{scripts:?}");
    for script in scripts {
        run_script(&script, || Ok(Database::new())).unwrap_or_else(|failed| panic!("{failed}"));
    }
}

#[test]
fn every_function_has_its_script() {
    let texts: String =
        scripts().iter().map(|script| std::fs::read_to_string(script).expect("a script that can be read")).collect();
    let called = |name: &str| texts.contains(&format!("{name}("));
    let without: Vec<String> = septet::functions::all()
        .iter()
        .map(|function| function.udf.name().to_owned())
        .filter(|name| !called(name))
        .collect();
    assert!(without.is_empty(), "tests/slt has nothing on {without:?}");
}
