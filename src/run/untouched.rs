//! Tables that stay as they are although matches, in which they look up their customers, changed.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use arrow::array::RecordBatch;

use super::build::Built;
use super::linking::LINKS_FOLDER;
use super::plan::{Inputs, inputs_of};
use super::report::{TableReport, TableStatus};
use super::{Error, Run};
use crate::engine::{self, BEFORE, Differing, match_schema};
use crate::names::{Layer, TableName};
use crate::publish::{Commit, MartRecord};
use crate::state::{Cache, Fingerprint, Slot};

/// Beyond as many differing matches a table is built without asking.
const FEW: usize = 500_000;
const INPUTS: &str = "inputs.json";

impl Run {
    /// The table as the base has it, when its rows are certainly what they were.
    pub(super) async fn untouched(&self, table: &TableName) -> Result<Option<Built>, Error> {
        let began = Instant::now();
        let Some(changed) = self.plan.rematched.get(table) else { return Ok(None) };
        let core = self.project.core.get(&table.name);
        let record = core.and_then(|core| self.base.as_ref()?.marts.get(&core.table.name));
        let (Some(core), Some(record)) = (core, record) else { return Ok(None) };
        let Some(differing) = self.differing(changed).await? else { return Ok(None) };
        let plan = self.planned(table).await?;
        let failed = |error| engine::Error::new(format!("what {table} asks of other tables"), error);
        let asked = self.engine_ok(self.engine.asked(&plan, &differing).map_err(failed))?;
        let Some(asked) = asked else { return Ok(None) };
        for question in asked {
            if self.engine_ok(self.engine.has_rows(question, &table.to_string()).await)? {
                return Ok(None);
            }
        }
        self.register_carried(table).await?;
        let report = carried(core.table.name.as_str(), record, began);
        Ok(Some(Built { table: table.clone(), written: None, report }))
    }

    /// The rows that each of the changed matches has now and had not, or had and has not.
    async fn differing(&self, changed: &Inputs) -> Result<Option<Differing>, Error> {
        let mut all = Differing::new();
        for (table, before) in changed {
            let Some(rows) = self.difference(table, before).await? else { return Ok(None) };
            all.insert(table.to_string(), Some(rows));
        }
        Ok(Some(all))
    }

    async fn difference(&self, table: &TableName, before: &Fingerprint) -> Result<Option<Vec<RecordBatch>>, Error> {
        let mut known = self.differences.lock().await;
        if let Some(rows) = known.get(table) {
            return Ok(rows.clone());
        }
        let slot = super::slot(&self.cache, table, before, &self.run_id);
        let mut rows = None;
        if slot.is_whole() {
            let (name, paths) = (&table.name, [format!("{}/", slot.path.join(LINKS_FOLDER).display())]);
            self.engine_ok(self.engine.register_files(BEFORE, name.as_str(), match_schema(), None, &paths))?;
            let schema = match_schema();
            let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            let columns = columns.join(", ");
            let sql = format!(
                "select {columns} from (select {columns}, 1 as more from {table} union all \
                 select {columns}, -1 as more from {BEFORE}.\"{name}\") as both_of_them \
                 group by {columns} having sum(more) <> 0 limit {}",
                FEW + 1
            );
            let found = self.engine_ok(self.engine.collect(&sql, &format!("the difference of {table}")).await)?;
            if found.iter().map(RecordBatch::num_rows).sum::<usize>() <= FEW {
                rows = Some(conform(found).map_err(|error| {
                    Error::engine(None, &engine::Error::new(format!("the difference of {table}"), error.into()))
                })?);
            }
        }
        known.insert(table.clone(), rows.clone());
        Ok(rows)
    }

    /// Keeps what the published core tables were made from, for the next run to compare. Gives the slots that hold it.
    pub(super) fn remember_inputs(&self, commit: &Commit) -> std::io::Result<BTreeSet<std::path::PathBuf>> {
        let mut kept = BTreeSet::new();
        for core in self.project.core.values().filter(|core| !core.placeholder) {
            let table = TableName::new(Layer::Core, core.name.clone());
            let print = self.plan.fingerprints.get(&table);
            let record = commit.marts.get(&core.table.name);
            let Some(print) = print.filter(|print| record.is_some_and(|it| it.fingerprint == print.as_str())) else {
                continue;
            };
            let slot = slot_of_inputs(&self.cache, &table, print, &self.run_id);
            if !slot.is_whole() {
                let inputs = inputs_of(&self.project, &self.plan.fingerprints, &table);
                let lines: Vec<(String, &Fingerprint)> =
                    inputs.iter().map(|(on, print)| (on.to_string(), print)).collect();
                fs::write(slot.begin()?.join(INPUTS), serde_json::to_vec(&lines)?)?;
                slot.commit()?;
            }
            kept.insert(slot.path);
        }
        Ok(kept)
    }
}

/// What the published table of a fingerprint was made from.
pub(super) fn known_inputs(cache: &Cache, table: &TableName, print: &str, run_id: &str) -> Option<Inputs> {
    let slot = slot_of_inputs(cache, table, &Fingerprint::parse(print)?, run_id);
    let lines: Vec<(String, Fingerprint)> = serde_json::from_slice(&fs::read(slot.path.join(INPUTS)).ok()?).ok()?;
    lines.into_iter().map(|(on, print)| Some((TableName::parse(&on)?, print))).collect()
}

fn slot_of_inputs(cache: &Cache, table: &TableName, print: &Fingerprint, run_id: &str) -> Slot {
    cache.slot("inputs", table.name.as_str(), print, run_id)
}

/// With the columns' declared nullability, and at least one batch.
fn conform(found: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, arrow::error::ArrowError> {
    if found.is_empty() {
        return Ok(vec![RecordBatch::new_empty(match_schema())]);
    }
    found.into_iter().map(|batch| RecordBatch::try_new(match_schema(), batch.columns().to_vec())).collect()
}

fn carried(name: &str, record: &MartRecord, began: Instant) -> TableReport {
    let partitions: BTreeSet<_> = record.files.iter().map(|file| &file.partition).collect();
    TableReport {
        name: name.to_owned(),
        layer: Layer::Core.as_str(),
        status: TableStatus::Carried,
        rows: record.rows,
        partitions: partitions.len(),
        partitions_built: 0,
        files: record.files.len(),
        bytes: record.files.iter().map(|file| file.bytes).sum(),
        because: format!("unchanged since release {}: none of its rows is matched otherwise", record.built_in),
        elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        tests: Vec::new(),
    }
}
