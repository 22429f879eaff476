//! Data tests: all that a table's own rows can tell in one scan of what was written, the others when all tables are
//! there.

use std::collections::BTreeSet;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};

use super::build::Built;
use super::error::Class;
use super::failures::failures_file;
use super::plan::{is_snapshot, published, published_name};
use super::publishing::carried_report;
use super::report::{Outcome, TableReport, TestReport};
use super::{Error, Run, freshness};
use crate::diag::{Diagnostic, Diagnostics, Place};
use crate::engine::{Asks, Expectation, expectations};
use crate::names::{Layer, Name, TableName};
use crate::project::{Change, Table, Verdict};

/// What a test found.
struct Found {
    failed: u64,
    outcome: Outcome,
    message: Option<String>,
}

impl Run {
    /// All tests that a table's own rows answer, in one scan of them. The grain was proven while writing.
    pub(super) async fn test(&self, table: &TableName, contract: &Table, rows: u64) -> Result<Vec<TestReport>, Error> {
        let grain: Vec<&str> = contract.grain.iter().map(Name::as_str).collect();
        let mut reports = vec![TestReport {
            name: format!("grain ({})", grain.join(", ")),
            failed: 0,
            outcome: Outcome::Pass,
            message: None,
            failures: None,
        }];
        self.forget_failures(&format!("{}.", said(table, contract)))?;
        let expectations = expectations(table, contract);
        let aggregates: Vec<String> = expectations
            .iter()
            .filter_map(Expectation::aggregate)
            .enumerate()
            .map(|(n, aggregate)| format!("{aggregate} as t{n}"))
            .collect();
        let mut answers: Vec<ArrayRef> = Vec::new();
        if !aggregates.is_empty() {
            let sql = format!("select {} from {table}", aggregates.join(", "));
            let batches = self.engine_ok(self.engine.collect(&sql, &format!("the tests of {table}")).await)?;
            answers.extend(batches.first().into_iter().flat_map(|batch| batch.columns().iter().cloned()));
        }
        let mut answers = answers.into_iter();
        for expectation in &expectations {
            let answer = if expectation.aggregate().is_some() { answers.next().as_ref().and_then(whole) } else { None };
            let found = match &expectation.asks {
                Asks::Query { .. } => continue,
                Asks::Rows { .. } | Asks::Repeats { .. } => {
                    offenders(expectation, u64::try_from(answer.unwrap_or(0)).unwrap_or(u64::MAX))
                }
                Asks::Age { column, kind, ages } => {
                    let day = self.plan.as_of;
                    let age = answer.map(|value| freshness::age_of(value, *kind, day, self.project.timezone));
                    let said = age.map_or_else(
                        || format!("`{}` has no `{column}` at all", said(table, contract)),
                        |age| {
                            format!(
                                "the newest `{column}` of `{}` is {age} old at the end of {day}",
                                said(table, contract)
                            )
                        },
                    );
                    aged(ages.judge(age), &said)
                }
                Asks::RowCount(change) => self.counted(table, contract, change, rows),
            };
            reports.push(self.report(table, contract, expectation, found).await?);
        }
        Ok(reports)
    }

    /// Tests that look at other tables too, of every published table of which it or what it is held against is new.
    /// What they say is added to the tables' reports; tables that are carried over get one.
    pub(super) async fn test_across(&self, built: &mut [Built]) -> Result<Vec<TableReport>, Error> {
        let mut carried = Vec::new();
        for (table, contract, expectations) in self.across() {
            let mut reports = Vec::with_capacity(expectations.len());
            for expectation in &expectations {
                let Asks::Query { sql, .. } = &expectation.asks else { continue };
                self.forget_failures(&failures_file(&table, contract, expectation))?;
                let doing = format!("the test `{}` of {table}", expectation.name);
                let failed = self.engine_ok(self.engine.count(sql, &doing).await)?;
                reports.push(self.report(&table, contract, expectation, offenders(expectation, failed)).await?);
            }
            if let Some(built) = built.iter_mut().find(|built| built.table == table) {
                built.report.tests.extend(reports);
            } else if let Some(record) = self.base.as_ref().and_then(|base| base.marts.get(&contract.name)) {
                carried.push(TableReport { tests: reports, ..carried_report(&contract.name, record) });
            }
        }
        Ok(carried)
    }

    /// What tests across tables read besides what is built from it.
    pub(super) fn read_by_tests(&self) -> BTreeSet<TableName> {
        let across = self.across().into_iter();
        across
            .flat_map(|(table, _, expectations)| {
                let reads: Vec<TableName> = expectations.iter().flat_map(Expectation::reads).cloned().collect();
                reads.into_iter().chain([table])
            })
            .collect()
    }

    /// A table that nobody supplies has nothing to be held against.
    fn across(&self) -> Vec<(TableName, &Table, Vec<Expectation>)> {
        let tables = published(&self.project, &self.plan.skipped);
        let there: BTreeSet<&TableName> = tables.iter().map(|(name, _)| name).collect();
        let new = |table: &TableName| {
            published_name(&self.project, table).is_some_and(|name| self.plan.publish.contains(&name))
        };
        let mut out = Vec::new();
        for (name, contract) in &tables {
            // A run for an earlier day leaves the other tables as the newest day has them.
            if self.plan.backdated && !new(name) {
                continue;
            }
            let chosen: Vec<Expectation> = expectations(name, contract)
                .into_iter()
                .filter(|expectation| matches!(expectation.asks, Asks::Query { .. }))
                .filter(|expectation| expectation.reads().all(|read| there.contains(read)))
                .filter(|expectation| new(name) || expectation.reads().any(new))
                .collect();
            if !chosen.is_empty() {
                out.push((name.clone(), *contract, chosen));
            }
        }
        out
    }

    /// Rows now against rows in the last release. What is only computed for others to read is not compared.
    fn counted(&self, table: &TableName, contract: &Table, change: &Change, rows: u64) -> Found {
        let record = self.base.as_ref().and_then(|base| base.marts.get(&contract.name));
        let record = record.filter(|_| self.plan.publish.contains(&contract.name));
        let before = record.and_then(|record| {
            if table.layer != Layer::Marts || !is_snapshot(&self.project, &table.name) {
                return Some(record.rows);
            }
            let day = self.plan.as_of.to_string();
            let day = record.snapshots.keys().rfind(|known| **known <= day)?;
            let files = record.files.iter().filter(|file| file.partition.as_ref() == Some(day));
            Some(files.map(|file| file.rows).sum())
        });
        let excess = before.and_then(|before| Some((before, change.judge(before, rows)?)));
        let Some((before, excess)) = excess else { return passed() };
        let message = format!(
            "`{}` has {rows} rows, the last release has {before}: a change of more than the share of {}",
            contract.name, excess.allowed
        );
        let outcome = if excess.fails_run { Outcome::Error } else { Outcome::Warn };
        Found { failed: before.abs_diff(rows), outcome, message: Some(message) }
    }

    async fn report(
        &self,
        table: &TableName,
        contract: &Table,
        expectation: &Expectation,
        found: Found,
    ) -> Result<TestReport, Error> {
        let Found { failed, outcome, message } = found;
        let mut failures = None;
        let message = match (outcome, message) {
            (Outcome::Pass, _) => None,
            (_, Some(message)) => Some(format!("{message} (test `{}`)", expectation.name)),
            (_, None) => {
                failures = self.keep_failures(table, contract, expectation).await?;
                let table = said(table, contract);
                Some(format!("{failed} rows of `{table}` fail the test `{}`", expectation.name))
            }
        };
        Ok(TestReport { name: expectation.name.clone(), failed, outcome, message, failures })
    }

    /// The tests of a source on its typed records, of each key the latest version.
    pub(super) async fn test_source(&self, source: &Name, rows: u64) -> Result<Vec<TestReport>, Error> {
        let Some(contract) = self.project.source_tests.get(source) else { return Ok(Vec::new()) };
        let table = TableName::new(Layer::Raw, source.clone());
        // Its key is no grain that anything proves.
        Ok(self.test(&table, contract, rows).await?.into_iter().skip(1).collect())
    }

    /// Nothing is published while a test fails.
    pub(super) fn judge_tests(&self, tables: &[TableReport]) -> Result<(), Error> {
        let mut failed = Diagnostics::default();
        for table in tables {
            failed.extend(self.judged(&table.tests, self.place_of(&table.name).as_ref()));
        }
        if failed.has_errors() { Err(Error { class: Class::Data, diagnostics: failed }) } else { Ok(()) }
    }

    /// Says what warns, and gives what fails.
    pub(super) fn judged(&self, tests: &[TestReport], place: Option<&Place>) -> Diagnostics {
        let mut failed = Diagnostics::default();
        for test in tests.iter().filter(|test| test.outcome != Outcome::Pass) {
            let Some(message) = test.message.clone() else { continue };
            let rows = test.failures.as_ref().map(|file| format!("`septet quarantine failures` shows them ({file})"));
            match test.outcome {
                Outcome::Warn => self.warn(rows.map_or_else(|| message.clone(), |rows| format!("{message}; {rows}"))),
                _ => failed.push(
                    Diagnostic::error("S0408", message)
                        .at_place(place.cloned())
                        .help(rows.map_or_else(String::new, |rows| rows + "; ") + "nothing was published"),
                ),
            }
        }
        failed
    }

    /// A table is reported by the name it is published under, or by that of its layer.
    fn place_of(&self, name: &str) -> Option<Place> {
        let table = self.project.published(name).or_else(|| self.project.table(&TableName::parse(name)?));
        table.map(|table| table.place.clone())
    }

    /// The one number that a query of the program's own answers: a count, days or microseconds.
    pub(super) async fn whole_number(&self, sql: &str, doing: &str) -> Result<Option<i64>, Error> {
        let batches = self.engine_ok(self.engine.collect(sql, doing).await)?;
        Ok(batches.iter().find(|batch| batch.num_rows() == 1).and_then(|batch| whole(batch.column(0))))
    }
}

/// What people call a table: a source by its layer too, anything else by the name it is published under.
pub(super) fn said(table: &TableName, contract: &Table) -> String {
    if table.layer == Layer::Raw { table.to_string() } else { contract.name.to_string() }
}

fn whole(array: &ArrayRef) -> Option<i64> {
    let array = cast(array, &DataType::Int64).ok()?;
    array.as_primitive::<Int64Type>().iter().flatten().next()
}

fn passed() -> Found {
    Found { failed: 0, outcome: Outcome::Pass, message: None }
}

fn offenders(expectation: &Expectation, failed: u64) -> Found {
    let outcome = match (failed, expectation.fails_run) {
        (0, _) => Outcome::Pass,
        (_, true) => Outcome::Error,
        (_, false) => Outcome::Warn,
    };
    Found { failed, outcome, message: None }
}

fn aged(verdict: Verdict, said: &str) -> Found {
    match verdict {
        Verdict::Fresh => passed(),
        Verdict::Warn(limit) => {
            Found { failed: 1, outcome: Outcome::Warn, message: Some(format!("{said}, `warn_after` is {limit}")) }
        }
        Verdict::Error(limit) => {
            Found { failed: 1, outcome: Outcome::Error, message: Some(format!("{said}, `error_after` is {limit}")) }
        }
    }
}
