//! SQL tested in SQL: tests/slt/*.slt on the engine of septet. `UPDATE_EXPECT=1` writes down what it answers.

use std::path::{Path, PathBuf};

use arrow::array::Array;
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
        self.answer(sql).map(|(_, rows)| rows)
    }

    fn answer(&self, sql: &str) -> Result<(Vec<DataType>, Vec<Vec<String>>), Error> {
        let batches = self.runtime.block_on(self.engine.collect(sql, "this query"))?;
        let options = FormatOptions::default().with_null("NULL");
        let mut rows = Vec::new();
        let mut types = Vec::new();
        for batch in &batches {
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
        Ok((types, rows))
    }
}

impl DB for Database {
    type Error = Error;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Error> {
        let (types, rows) = self.answer(sql)?;
        let types = types.iter().map(|kind| match kind {
            kind if kind.is_integer() => DefaultColumnType::Integer,
            kind if kind.is_numeric() => DefaultColumnType::FloatingPoint,
            DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => DefaultColumnType::Text,
            _ => DefaultColumnType::Any,
        });
        Ok(DBOutput::Rows { types: types.collect(), rows })
    }

    fn engine_name(&self) -> &str {
        "septet"
    }
}

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(REPOSITORY).join("tests/slt");
    let files = crate::door::files_below(&folder).into_iter().map(|path| folder.join(path));
    files.filter(|path| path.extension().is_some_and(|extension| extension == "slt")).collect()
}

#[test]
fn sql_answers_as_written_down() {
    let scripts = scripts();
    assert!(scripts.len() >= 3, "{scripts:?}");
    for script in scripts {
        let mut runner = Runner::new(|| async { Ok(Database::new()) });
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let update =
                runner.update_test_file(&script, " ", default_validator, default_normalizer, default_column_validator);
            futures::executor::block_on(update).unwrap_or_else(|error| panic!("{}: {error}", script.display()));
        } else {
            runner.run_file(&script).unwrap_or_else(|error| panic!("{}", error.display(false)));
        }
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
