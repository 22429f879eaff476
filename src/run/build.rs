//! Computes one table: query, sort, write, test.

use std::time::Instant;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::logical_expr::LogicalPlan;

use super::report::{TableReport, TableStatus};
use super::{Error, Run};
use crate::engine::{self, core_sql, placeholder_sql};
use crate::names::{Layer, Name, TableName};
use crate::project::Table;
use crate::publish::{self, SinkSpec, Written};

/// A table that this run computed, or found to be what it was.
#[derive(Debug)]
pub(super) struct Built {
    pub table: TableName,
    /// Files and rows of a published table.
    pub written: Option<Written>,
    pub report: TableReport,
}

impl Run {
    pub(super) async fn build(&self, table: &TableName) -> Result<Built, Error> {
        let began = Instant::now();
        if let Some(untouched) = self.untouched(table).await? {
            return Ok(untouched);
        }
        if self.project.models.get(table).is_some_and(|model| model.reads.contains_key(&TableName::ledger_stage())) {
            self.ledger_made.get_or_try_init(|| self.register_ledger()).await?;
        }
        let plan = self.planned(table).await?;
        let (written, tests) = match self.contract(table) {
            None => {
                self.spool(table, plan).await?;
                (None, Vec::new())
            }
            Some(contract) => {
                let contract = contract.clone();
                let written = match self.checked.protection.of(table) {
                    Some(protected) => self.write_protected(table, &contract, plan, protected).await?,
                    None => Some(self.write(table, &contract, plan).await?),
                };
                let rows = written.as_ref().map_or(0, |written| written.rows);
                (written, self.test(table, &contract, rows).await?)
            }
        };
        let files = written.as_ref().map(|written| written.files.as_slice()).unwrap_or_default();
        let report = TableReport {
            // A table that is computed only for others to read is not the one that is published.
            name: self
                .contract(table)
                .filter(|contract| self.plan.publish.contains(&contract.name))
                .map_or_else(|| table.to_string(), |contract| contract.name.to_string()),
            layer: table.layer.as_str(),
            status: TableStatus::Built,
            rows: written.as_ref().map_or(0, |written| written.rows),
            partitions: partitions(files),
            partitions_built: partitions(files),
            files: files.len(),
            bytes: files.iter().map(|file| file.bytes).sum(),
            because: self.plan.because.get(table).cloned().unwrap_or_else(|| "read by others".to_owned()),
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            tests,
        };
        Ok(Built { table: table.clone(), written, report })
    }

    pub(super) fn contract(&self, table: &TableName) -> Option<&Table> {
        match table.layer {
            Layer::Core => self.project.core.get(&table.name).map(|core| &core.table),
            Layer::Marts => self.project.marts.get(&table.name).map(|mart| &mart.table),
            _ => None,
        }
    }

    /// The query of a table. A core table's model is wrapped in what its contract adds.
    pub(super) async fn planned(&self, table: &TableName) -> Result<LogicalPlan, Error> {
        let model = self.project.models.get(table);
        let failed = |error| Error::engine(model, &engine::Error::new(format!("{table} could not be planned"), error));
        let plan = match model {
            Some(model) => Some(self.engine.plan(&model.source.text).await.map_err(failed)?),
            None => None,
        };
        let Some(core) = self.project.core.get(&table.name).filter(|_| table.layer == Layer::Core) else {
            return plan
                .ok_or_else(|| failed(datafusion::common::DataFusionError::Plan("there is no model".to_owned())));
        };
        let supplied = match plan {
            Some(plan) => {
                let names = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
                // Its rows are read three times over: to count placeholders, to add them, and as they are.
                if core.placeholder {
                    self.spool_modelled(table, plan).await?;
                } else {
                    self.engine_ok(self.engine.register_modelled(core.name.as_str(), plan))?;
                }
                Some::<Vec<String>>(names)
            }
            None => None,
        };
        if let Some(sql) = placeholder_sql(&self.project, core, supplied.is_some()) {
            let count = self.engine_ok(self.engine.collect(&sql, "placeholders could not be counted").await)?;
            let missing = count.first().map_or(0, |batch| batch.column(0).as_primitive::<Int64Type>().value(0));
            if missing > 0 {
                self.warn(format!(
                    "{missing} rows of `{}` are placeholders: events name them, but no source has them",
                    core.table.name
                ));
            }
        }
        self.engine.plan(&core_sql(&self.project, core, supplied.as_deref())).await.map_err(failed)
    }

    /// Writes a published table, sorted by its grain, and makes it readable under its name.
    async fn write(&self, table: &TableName, contract: &Table, plan: LogicalPlan) -> Result<Written, Error> {
        let model = self.project.models.get(table);
        let rows = self.sorted_rows(table, contract, plan).await?;
        let written =
            publish::write(&self.sink(contract), rows).await.map_err(|error| self.blame(model, table, error))?;
        self.register_built(table, contract)?;
        Ok(written)
    }

    /// The rows of a published table in the order that the sink wants.
    pub(super) async fn sorted_rows(
        &self,
        table: &TableName,
        contract: &Table,
        plan: LogicalPlan,
    ) -> Result<engine::Rows, Error> {
        let columns: Vec<&str> = contract.columns.iter().map(|column| column.name.as_str()).collect();
        let grain: Vec<&str> = contract.grain.iter().map(Name::as_str).collect();
        let plan = self.engine_ok(self.engine.sorted(plan, &columns, &grain))?;
        let model = self.project.models.get(table);
        self.engine.execute(plan, &table.to_string()).await.map_err(|error| Error::engine(model, &error))
    }

    /// A failing query is the model's, not the sink's.
    pub(super) fn blame(&self, model: Option<&crate::model::Model>, table: &TableName, error: publish::Error) -> Error {
        match error {
            publish::Error::Rows { source, .. } => {
                Error::engine(model, &engine::Error::new(format!("{table} failed"), *source))
            }
            other => other.into(),
        }
    }

    pub(super) fn sink(&self, contract: &Table) -> SinkSpec {
        let as_of = self.plan.as_of;
        SinkSpec {
            table: contract.name.clone(),
            columns: contract
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.kind, column.about.clone()))
                .collect(),
            grain: contract.grain.clone(),
            partition_by: contract.partition_by.iter().cloned().collect(),
            // A caller may use one run id again; with the release's number no file has the name of another's.
            run_id: format!("{:08}-{}", self.base.as_ref().map_or(1, |base| base.number + 1), self.run_id),
            dir: self.out.clone(),
            empty_partition: contract.partition_by.as_ref().map(|column| match column.as_str() {
                "month" => as_of.format("%Y-%m").to_string(),
                _ => as_of.to_string(),
            }),
            file_bytes: publish::FILE_BYTES,
        }
    }

    pub(super) fn register_built(&self, table: &TableName, contract: &Table) -> Result<(), Error> {
        let paths = [format!("{}/", self.out.join(contract.name.as_str()).display())];
        let schema = engine::schema(&engine::columns(contract));
        let partition = contract.partition_by.as_ref().map(Name::as_str);
        self.engine_ok(self.engine.register_files(table.layer.as_str(), table.name.as_str(), schema, partition, &paths))
    }
}

fn partitions(files: &[publish::FileRecord]) -> usize {
    files.iter().map(|file| &file.partition).collect::<std::collections::BTreeSet<_>>().len()
}
