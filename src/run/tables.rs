//! Makes tables readable: typed records, their latest versions, views, and what the base release holds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::plan::{is_snapshot, other_snapshots, previous_files, published_name};
use super::raw::{Ledger, RECORDS, REPEATED_KEYS};
use super::reading::repeated_schema;
use super::versions::latest_sql;
use super::{Error, Run};
use crate::engine::{self, INGESTED, REPEATED, SNAPSHOT_FILES};
use crate::names::{Layer, Name, TableName};
use crate::project::{Key, Source};
use crate::publish::FileRecord;

impl Run {
    /// Registers everything that the steps read and do not make: contracts without rows, carried tables, cached ones.
    pub(super) async fn register_ready(&self) -> Result<(), Error> {
        self.register_supplied()?;
        let steps: BTreeSet<&TableName> = self.plan.steps.iter().collect();
        let mut wanted: BTreeSet<TableName> = BTreeSet::new();
        for root in self.plan.roots() {
            wanted.extend(super::plan::behind_views(&self.project, root));
        }
        wanted.extend(self.read_by_tests());
        for table in wanted.iter().filter(|table| !steps.contains(table)) {
            match table.layer {
                Layer::Core | Layer::Marts if self.checked.protection.of(table).is_some() => {
                    let slot = self.slot(table);
                    if let Some(contract) = self.contract(table) {
                        self.register_private(table, contract, &slot.path)?;
                    }
                }
                Layer::Core | Layer::Marts => self.register_carried(table).await?,
                Layer::Previous => self.register_previous(&table.name).await?,
                Layer::Snapshots => self.register_snapshots(&table.name).await?,
                Layer::Work => {
                    let slot = self.slot(table);
                    self.register_work(table, &slot.path)?;
                }
                Layer::Ledger | Layer::Raw | Layer::Match | Layer::Staging => {}
            }
        }
        Ok(())
    }

    /// `ledger.supplied`: a table without rows is not the same as a table that nobody supplies.
    fn register_supplied(&self) -> Result<(), Error> {
        let tables: Vec<(&str, bool)> =
            self.project.core.keys().map(|name| (name.as_str(), self.project.supplies(name))).collect();
        let names: ArrayRef = Arc::new(tables.iter().map(|(name, _)| Some(*name)).collect::<StringArray>());
        let supplied: ArrayRef = Arc::new(tables.iter().map(|(_, supplied)| Some(*supplied)).collect::<BooleanArray>());
        let rows = RecordBatch::try_new(engine::supplied_schema(), vec![names, supplied])
            .map_err(|error| engine::Error::new("supplied tables", error.into()));
        let table = TableName::ledger_supplied();
        self.engine_ok(rows.and_then(|rows| self.engine.register_rows(table.layer.as_str(), table.name.as_str(), rows)))
    }

    fn contract_schema(&self, table: &TableName) -> SchemaRef {
        let contract = match table.layer {
            Layer::Core => self.project.core.get(&table.name).map(|core| &core.table),
            _ => self.project.marts.get(&table.name).map(|mart| &mart.table),
        };
        engine::schema(&contract.map(engine::columns).unwrap_or_default())
    }

    fn partition(&self, table: &TableName) -> Option<&str> {
        let mart = self.project.marts.get(&table.name).filter(|_| table.layer != Layer::Core)?;
        mart.table.partition_by.as_ref().map(Name::as_str)
    }

    /// A published table as the base release holds it; without one, no rows.
    pub(super) async fn register_carried(&self, table: &TableName) -> Result<(), Error> {
        let schema = self.contract_schema(table);
        let record = published_name(&self.project, table)
            .and_then(|name| self.base.as_ref()?.marts.get(&name).map(|record| (name, record)));
        let Some((name, record)) = record else { return self.engine_ok(self.engine.register_empty(table, schema)) };
        let snapshot = table.layer == Layer::Marts && is_snapshot(&self.project, &table.name);
        let day = self.plan.as_of.to_string();
        let files = record.files.iter().filter(|file| !snapshot || file.partition.as_deref() == Some(&day)).collect();
        let folder = self.base_folder(&name, files).await?;
        if snapshot {
            return self.register_snapshot(table, schema, &folder, &day).await;
        }
        let paths = [format!("{}/", folder.display())];
        self.engine_ok(self.engine.register_files(
            table.layer.as_str(),
            table.name.as_str(),
            schema,
            self.partition(table),
            &paths,
        ))
    }

    async fn register_previous(&self, mart: &Name) -> Result<(), Error> {
        let table = TableName::new(Layer::Previous, mart.clone());
        let schema = self.contract_schema(&table);
        let record = self.base.as_ref().and_then(|base| base.marts.get(mart));
        let files = record.map(|record| previous_files(record, self.plan.as_of)).unwrap_or_default();
        let Some(day) = files.first().and_then(|file| file.partition.clone()) else {
            return self.engine_ok(self.engine.register_empty(&table, schema));
        };
        let folder = self.base_folder(mart, files).await?;
        self.register_snapshot(&table, schema, &folder, &day).await
    }

    async fn register_snapshots(&self, mart: &Name) -> Result<(), Error> {
        let table = TableName::new(Layer::Snapshots, mart.clone());
        let schema = self.contract_schema(&table);
        let record = self.base.as_ref().and_then(|base| base.marts.get(mart));
        let files = record.map(|record| other_snapshots(record, self.plan.as_of)).unwrap_or_default();
        if files.is_empty() {
            return self.engine_ok(self.engine.register_empty(&table, schema));
        }
        let (folder, day) = (self.base_folder(mart, files).await?, self.plan.as_of);
        self.register_days(&table, schema, &folder, &format!("as_of <> cast('{day}' as date)")).await
    }

    /// One day of a mart that is kept by day.
    async fn register_snapshot(
        &self,
        table: &TableName,
        schema: SchemaRef,
        folder: &Path,
        day: &str,
    ) -> Result<(), Error> {
        self.register_days(table, schema, folder, &format!("as_of = cast('{day}' as date)")).await
    }

    async fn register_days(
        &self,
        table: &TableName,
        schema: SchemaRef,
        folder: &Path,
        condition: &str,
    ) -> Result<(), Error> {
        let name = format!("{}_{}", table.layer, table.name);
        let paths = [format!("{}/", folder.display())];
        self.engine_ok(self.engine.register_files(SNAPSHOT_FILES, &name, schema, Some("as_of"), &paths))?;
        let sql = format!("select * from {SNAPSHOT_FILES}.\"{name}\" where {condition}");
        let plan =
            self.engine.plan(&sql).await.map_err(|error| engine::Error::new(format!("the days of {table}"), error));
        self.engine_ok(plan.and_then(|plan| self.engine.register_view(table, plan)))
    }

    /// The folder of a published table in the base release.
    pub(super) async fn base_folder(&self, name: &Name, files: Vec<&FileRecord>) -> Result<PathBuf, Error> {
        match &self.base {
            Some(base) => Ok(self.releases.local_folder(base, name, &files, &self.work.join("base")).await?),
            None => Ok(self.work.clone()),
        }
    }

    pub(super) fn register_work(&self, table: &TableName, folder: &Path) -> Result<(), Error> {
        let columns = self.checked.columns.get(table).into_iter().flatten();
        let schema = plain_schema(columns.map(|(name, kind)| (name.as_str(), kind)));
        let paths = [format!("{}/", folder.display())];
        self.engine_ok(self.engine.register_files(table.layer.as_str(), table.name.as_str(), schema, None, &paths))
    }

    /// `raw.<source>`: of each key the latest version, and of those the ones to keep.
    pub(super) async fn register_raw(&self, source: &Source, folder: &Path, ledger: &Ledger) -> Result<(), Error> {
        let columns = engine::source_columns(source);
        let mut fields: Vec<Field> =
            engine::schema(&columns).fields().iter().map(|field| field.as_ref().clone()).collect();
        fields.push(Field::new("_line", DataType::Int64, true));
        if source.key != Key::None {
            fields.push(Field::new("_key_hash", DataType::Int64, true));
        }
        fields.push(Field::new("_file", DataType::Int32, true));
        let paths =
            if ledger.files.is_empty() { Vec::new() } else { vec![format!("{}/", folder.join(RECORDS).display())] };
        let (name, schema) = (source.name.as_str(), Arc::new(Schema::new(fields)));
        self.engine_ok(self.engine.register_files(INGESTED, name, schema, Some("_file"), &paths))?;
        if ledger.repeated > 0 {
            let paths = [folder.join(REPEATED_KEYS).display().to_string()];
            self.engine_ok(self.engine.register_files(REPEATED, name, repeated_schema(), None, &paths))?;
        }
        let table = TableName::new(Layer::Raw, source.name.clone());
        let failed = |error| engine::Error::new(format!("the latest versions of {table}"), error);
        let mut plan = self.engine_ok(self.engine.plan(&latest_sql(source, ledger, false)).await.map_err(failed))?;
        if let Some(condition) = &source.deleted_when {
            let condition = self.engine.condition(condition, &columns).map_err(failed);
            plan = self.engine_ok(condition.and_then(|gone| self.engine.filtered(plan, gone.is_not_true())))?;
        }
        if let Some(condition) = &source.keep_when {
            let condition = self.engine.condition(condition, &columns).map_err(failed);
            plan = self.engine_ok(condition.and_then(|condition| self.engine.filtered(plan, condition)))?;
        }
        self.engine_ok(self.engine.register_view(&table, plan))
    }

    /// Staging models are views: each is planned once its sources can be read.
    pub(super) async fn register_staging(&self) -> Result<(), Error> {
        let mut needed: BTreeSet<TableName> = BTreeSet::new();
        for root in self.plan.roots() {
            needed.insert(root.clone());
            needed.extend(super::plan::behind_views(&self.project, root));
        }
        for table in self.project.order.iter().filter(|table| table.layer == Layer::Staging && needed.contains(table)) {
            let Some(model) = self.project.models.get(table) else { continue };
            let failed = |error| engine::Error::new(format!("{table} could not be planned"), error);
            let plan = self.engine.plan(&model.source.text).await.map_err(failed);
            plan.and_then(|plan| self.engine.register_view(table, plan))
                .map_err(|error| Error::engine(Some(model), &error))?;
        }
        Ok(())
    }

    pub(super) fn engine_ok<T>(&self, result: Result<T, engine::Error>) -> Result<T, Error> {
        result.map_err(|error| Error::engine(None, &error))
    }
}

/// Columns as they are read back from spooled files.
pub(super) fn plain_schema<'a>(columns: impl Iterator<Item = (&'a str, &'a DataType)>) -> SchemaRef {
    let fields: Vec<Field> = columns.map(|(name, kind)| Field::new(name, plain(kind), true)).collect();
    Arc::new(Schema::new(fields))
}

/// Strings are read as plain ones, whatever the planner called them.
fn plain(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        other => other.clone(),
    }
}
