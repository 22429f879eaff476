//! Rows that fail a data test, kept where people can look at them: `failures/<pipeline>/<table>.<test>.parquet`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use parquet::arrow::ArrowWriter;

use super::testing::said;
use super::{Error, Run};
use crate::engine::{self, Asks, Expectation};
use crate::names::{Name, TableName};
use crate::project::Table;

/// Rows that are kept of each test.
const KEPT: usize = 1000;

impl Run {
    /// The first failing rows by the grain: its columns and those that the test is about.
    pub(super) async fn keep_failures(
        &self,
        table: &TableName,
        contract: &Table,
        expectation: &Expectation,
    ) -> Result<Option<String>, Error> {
        // Rows that are only shown are no run.
        if self.plan.publish.is_empty() {
            return Ok(None);
        }
        let mut shown: Vec<&str> = contract.grain.iter().map(Name::as_str).collect();
        let failed = |error| engine::Error::new("failing rows could not be found", error);
        let tested = match &expectation.asks {
            Asks::Rows { column: Some(column), .. } | Asks::Repeats { column } => vec![column.to_string()],
            Asks::Rows { condition, column: None } => {
                let condition = self.engine.condition(condition, &engine::columns(contract)).map_err(failed);
                let condition = self.engine_ok(condition)?;
                condition
                    .column_refs()
                    .into_iter()
                    .map(|column| column.name.clone())
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        };
        // In the order of the contract, whatever order the condition names them in.
        let columns = contract.columns.iter().map(|column| column.name.as_str());
        shown.extend(
            columns
                .filter(|name| {
                    tested.iter().any(|tested| tested == name)
                        && !contract.grain.iter().any(|key| key.as_str() == *name)
                })
                .collect::<Vec<_>>(),
        );
        // A condition on nothing, of records without a key: all there is to show is all of them.
        if shown.is_empty() {
            shown.extend(contract.columns.iter().map(|column| column.name.as_str()));
        }
        let list: Vec<String> = shown.iter().map(|name| format!("\"{name}\"")).collect();
        let list = list.join(", ");
        let sql = match &expectation.asks {
            Asks::Rows { condition, .. } => format!("select {list} from {table} where {condition}"),
            Asks::Repeats { column } => format!(
                "select {list} from (select {list}, count(*) over (partition by \"{column}\") as _copies from {table} \
                 where \"{column}\" is not null) as counted where _copies > 1"
            ),
            Asks::Query { sql, .. } => sql.clone(),
            Asks::Age { .. } | Asks::RowCount(_) => return Ok(None),
        };
        let batches = self.engine_ok(self.engine.first(&sql, KEPT, &format!("failing rows of {table}")).await)?;
        let unwritten = |error: std::io::Error| Error::io("failing rows could not be written", &error);
        let folder = self.failures();
        super::quarantine::make_private(&folder).map_err(unwritten)?;
        let path = folder.join(failures_file(table, contract, expectation));
        let file = fs::File::create(&path).map_err(unwritten)?;
        let Some(schema) = batches.first().map(|batch| batch.schema()) else { return Ok(None) };
        let written = ArrowWriter::try_new(file, schema, None).and_then(|mut writer| {
            batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.close()
        });
        self.engine_ok(written.map_err(|error| engine::Error::new("failing rows", error.into())))?;
        let shown = path.strip_prefix(".").unwrap_or(&path);
        Ok(Some(shown.display().to_string()))
    }

    /// Of this pipeline: others of the project are no business of its runs.
    fn failures(&self) -> PathBuf {
        self.artefacts.join("failures").join(self.project.name.as_str())
    }

    /// What an earlier run found is not shown as this one's.
    pub(super) fn forget_failures(&self, prefix: &str) -> Result<(), Error> {
        if self.plan.publish.is_empty() {
            return Ok(());
        }
        let failed = |error: std::io::Error| Error::io("old failing rows could not be removed", &error);
        let entries = match fs::read_dir(self.failures()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix)) {
                match fs::remove_file(entry.path()) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

pub(super) fn failures_file(table: &TableName, contract: &Table, expectation: &Expectation) -> String {
    format!("{}.{}.parquet", said(table, contract), expectation.id)
}
