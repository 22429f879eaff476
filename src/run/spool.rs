//! Rows that are kept for other queries and published by none: unsorted, one file per partition of the query.

use std::path::Path;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use futures::StreamExt as _;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use tokio::task::JoinSet;

use super::{Error, Run};
use crate::engine::{self, MODELLED, Rows};
use crate::names::TableName;
use crate::state::Slot;

impl Run {
    /// Computes a working table into the cache.
    pub(super) async fn spool(&self, table: &TableName, plan: LogicalPlan) -> Result<(), Error> {
        let slot = self.slot(table);
        self.spool_into(table, plan, &slot).await?;
        self.register_work(table, &slot.path)
    }

    /// Computes the rows of a core model once, for several queries of this run.
    pub(super) async fn spool_modelled(&self, table: &TableName, plan: LogicalPlan) -> Result<(), Error> {
        let folder = self.work.join(MODELLED).join(table.name.as_str());
        std::fs::create_dir_all(&folder).map_err(|error| unwritten(&error))?;
        let schema = super::tables::plain_schema(
            plan.schema().fields().iter().map(|field| (field.name().as_str(), field.data_type())),
        );
        self.spool_to(table, plan, &folder).await?;
        let paths = [format!("{}/", folder.display())];
        self.engine_ok(self.engine.register_files(MODELLED, table.name.as_str(), schema, None, &paths))
    }

    /// Computes rows into a slot of the cache.
    pub(super) async fn spool_into(&self, table: &TableName, plan: LogicalPlan, slot: &Slot) -> Result<(), Error> {
        let folder = slot.begin().map_err(|error| unwritten(&error))?.to_owned();
        self.spool_to(table, plan, &folder).await?;
        slot.commit().map_err(|error| unwritten(&error))
    }

    async fn spool_to(&self, table: &TableName, plan: LogicalPlan, folder: &Path) -> Result<(), Error> {
        let model = self.project.models.get(table);
        let partitions = self.engine.execute_partitions(plan, &table.to_string()).await;
        let mut tasks = JoinSet::new();
        for (number, rows) in partitions.map_err(|error| Error::engine(model, &error))?.into_iter().enumerate() {
            let path = folder.join(format!("{number:05}.parquet"));
            let doing = table.to_string();
            tasks.spawn(async move { write(rows, &path, &doing).await });
        }
        while let Some(done) = tasks.join_next().await {
            let broke_off = || DataFusionError::Internal("its writer broke off".to_owned());
            let done = done.unwrap_or_else(|_| Err(engine::Error::new(table.to_string(), broke_off())));
            done.map_err(|error| Error::engine(model, &error))?;
        }
        Ok(())
    }
}

fn unwritten(error: &std::io::Error) -> Error {
    Error::io("a working table could not be written", error)
}

async fn write(mut rows: Rows, path: &Path, doing: &str) -> Result<(), engine::Error> {
    let failed = |error: parquet::errors::ParquetError| engine::Error::new(doing, error.into());
    let file = std::fs::File::create(path).map_err(|error| engine::Error::new(doing, error.into()))?;
    let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties(&rows.schema()))).map_err(failed)?;
    while let Some(batch) = rows.next().await {
        writer.write(&batch.map_err(|error| engine::Error::new(doing, error))?).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

/// Read once or twice and thrown away: dictionaries of numbers and statistics would cost more than they save.
fn properties(schema: &SchemaRef) -> WriterProperties {
    let builder = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None);
    let texts = schema
        .fields()
        .iter()
        .filter(|field| matches!(field.data_type(), DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8));
    texts
        .fold(builder, |builder, field| {
            builder.set_column_dictionary_enabled(ColumnPath::from(field.name().as_str()), true)
        })
        .build()
}
