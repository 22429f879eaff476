//! A session: run parameters, tables by layer, limits.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider};
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::datasource::{MemTable, TableProvider, ViewTable};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::TrackConsumersPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::{DataFrame, SQLOptions, SessionConfig, SessionContext, ident};

use super::memory::SharedPool;
use super::{params, redact};
use crate::column::ColumnType;
use crate::functions::{self, Udf};
use crate::names::{Layer, TableName};
use crate::project::Param;

/// What a session may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Partitions that a query is worked on at once.
    pub threads: usize,
    /// Bytes that the process should stay below; operators spill well before.
    pub memory: usize,
    /// Where they spill.
    pub spill: PathBuf,
}

/// What a run holds besides: buffers of files being read and written, metadata, the program itself.
const BESIDES: usize = 384 << 20;

pub type Rows = SendableRecordBatchStream;

/// Why a query could not be planned or run.
#[derive(Debug)]
pub struct Error {
    pub inner: Box<DataFusionError>,
    /// What was being done, for people.
    pub doing: String,
}

impl Error {
    pub fn new(doing: impl Into<String>, inner: DataFusionError) -> Self {
        Self { inner: Box::new(inner), doing: doing.into() }
    }

    /// Whether the operators could not get the memory they needed.
    pub fn out_of_memory(&self) -> bool {
        matches!(self.inner.find_root(), DataFusionError::ResourcesExhausted(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, redact::message(&self.inner))
    }
}

impl std::error::Error for Error {}

#[derive(Clone)]
pub struct Engine {
    context: SessionContext,
    params: Vec<Param>,
}

impl Engine {
    pub fn new(limits: &Limits, params: &[Param]) -> Result<Self, Error> {
        let failed = |error| Error::new("the engine could not be started", error);
        std::fs::create_dir_all(&limits.spill).map_err(|error| failed(error.into()))?;
        let mut config = SessionConfig::new()
            .with_target_partitions(limits.threads.max(1))
            .with_batch_size(8192)
            .with_default_catalog_and_schema("septet", "marts")
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(false);
        let options = config.options_mut();
        options.sql_parser.parse_float_as_decimal = true;
        options.sql_parser.collect_spans = true;
        options.sql_parser.default_null_ordering = "nulls_last".to_owned();
        options.execution.parquet.pushdown_filters = false;
        // Views look faster, but every join hands on the buffers that they point into: three joins in a row multiplied the
        // memory of customer_profile by a hundred.
        options.execution.parquet.schema_force_view_types = false;
        options.sql_parser.map_string_types_to_utf8view = false;
        options.execution.collect_statistics = true;
        options.execution.sort_spill_reservation_bytes = (limits.memory / 64).clamp(1 << 20, 10 << 20);
        // Operators account for most of what they hold, but not for readers' and writers' buffers, nor for what the
        // allocator keeps: they get their share of the limit, so that the process stays below it.
        let operators = (limits.memory / 10 * 6).min(limits.memory.saturating_sub(BESIDES)).max(limits.memory / 4);
        let pool = TrackConsumersPool::new(SharedPool::new(operators), NonZeroUsize::MIN.saturating_add(4));
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_temp_file_path(&limits.spill)
            // Releases add files under paths that were listed before; a cache would not see them.
            .with_object_list_cache_limit(0)
            .build_arc()
            .map_err(failed)?;
        let state =
            SessionStateBuilder::new_with_default_features().with_config(config).with_runtime_env(runtime).build();
        let context = SessionContext::new_with_state(state);
        let catalog = Arc::new(MemoryCatalogProvider::new());
        for schema in Layer::ALL.map(Layer::as_str).into_iter().chain(PRIVATE) {
            catalog.register_schema(schema, Arc::new(MemorySchemaProvider::new())).map_err(failed)?;
        }
        context.register_catalog("septet", catalog);
        for function in functions::all() {
            match function.udf {
                Udf::Scalar(function) => context.register_udf(function.as_ref().clone()),
                Udf::Aggregate(function) => context.register_udaf(function.as_ref().clone()),
            }
        }
        Ok(Self { context, params: params.to_vec() })
    }

    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    fn register(&self, schema: &str, name: &str, provider: Arc<dyn TableProvider>) -> Result<(), Error> {
        let failed = |error| Error::new(format!("table {schema}.{name} could not be registered"), error);
        let catalog = self.context.catalog("septet");
        let Some(schema) = catalog.and_then(|catalog| catalog.schema(schema)) else {
            return Err(failed(DataFusionError::Internal("no such schema".to_owned())));
        };
        schema.deregister_table(name).map_err(failed)?;
        schema.register_table(name.to_owned(), provider).map_err(failed)?;
        Ok(())
    }

    pub fn register_empty(&self, table: &TableName, schema: SchemaRef) -> Result<(), Error> {
        self.register(table.layer.as_str(), table.name.as_str(), Arc::new(EmptyTable::new(schema)))
    }

    pub fn register_view(&self, table: &TableName, plan: LogicalPlan) -> Result<(), Error> {
        self.register(table.layer.as_str(), table.name.as_str(), Arc::new(ViewTable::new(plan, None)))
    }

    /// The rows of a core model before its contract is applied to them.
    pub fn register_modelled(&self, core: &str, plan: LogicalPlan) -> Result<(), Error> {
        self.register(MODELLED, core, Arc::new(ViewTable::new(plan, None)))
    }

    pub fn register_rows(&self, schema: &str, name: &str, rows: RecordBatch) -> Result<(), Error> {
        let provider = MemTable::try_new(rows.schema(), vec![vec![rows]])
            .map_err(|error| Error::new(format!("table {schema}.{name} could not be registered"), error))?;
        self.register(schema, name, Arc::new(provider))
    }

    /// Registers Parquet files or a folder (ending in `/`) whose rows have `columns`. The partition column, last in
    /// the table, is read from `name=value` folders.
    pub fn register_files(
        &self,
        schema: &str,
        name: &str,
        columns: SchemaRef,
        partition: Option<&str>,
        paths: &[String],
    ) -> Result<(), Error> {
        let failed = |error| Error::new(format!("the files of {schema}.{name} could not be opened"), error);
        if paths.is_empty() {
            return self.register(schema, name, Arc::new(EmptyTable::new(columns)));
        }
        let urls = paths.iter().map(|path| {
            let absolute = std::path::absolute(path).map_err(DataFusionError::IoError)?;
            // Making a path absolute drops the slash that says it is a folder.
            let slash =
                if path.ends_with('/') && !absolute.as_os_str().as_encoded_bytes().ends_with(b"/") { "/" } else { "" };
            ListingTableUrl::parse(format!("file://{}{slash}", encode(&absolute.display().to_string())))
        });
        let urls = urls.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let inside: Vec<Field> = columns
            .fields()
            .iter()
            .filter(|field| partition != Some(field.name()))
            .map(|field| field.as_ref().clone())
            .collect();
        let partitions = partition.and_then(|name| columns.field_with_name(name).ok());
        let partitions = partitions.map(|field| (field.name().clone(), field.data_type().clone()));
        let options = ListingOptions::new(Arc::new(ParquetFormat::default()))
            .with_file_extension(".parquet")
            .with_table_partition_cols(partitions.into_iter().collect());
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options)
            .with_schema(Arc::new(Schema::new(inside)));
        self.register(schema, name, Arc::new(ListingTable::try_new(config).map_err(failed)?))
    }

    /// Plans a query with the run parameters bound. Nothing but a query over registered tables passes.
    ///
    /// Parameters are bound in the syntax tree, as typed literals, before anything is planned: the planner guesses the
    /// type of an open placeholder from its neighbours, and guesses wrong in `$as_of + interval '1 day'`. A value never
    /// passes through the parser, so it cannot be more than a value.
    pub async fn plan(&self, sql: &str) -> Result<LogicalPlan, DataFusionError> {
        let state = self.context.state();
        let mut statement = state.sql_to_statement(sql, &state.config_options().sql_parser.dialect)?;
        params::bind(&mut statement, &self.params);
        let plan = state.statement_to_plan(statement).await?;
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&plan)?;
        Ok(plan)
    }

    /// Runs a plan.
    pub async fn execute(&self, plan: LogicalPlan, doing: &str) -> Result<Rows, Error> {
        let frame = DataFrame::new(self.context.state(), plan);
        frame.execute_stream().await.map_err(|error| Error::new(doing, error))
    }

    /// Runs a plan and returns all of its rows; at least one batch, which may be empty.
    pub async fn rows(&self, plan: LogicalPlan, doing: &str) -> Result<Vec<RecordBatch>, Error> {
        let schema = Arc::new(plan.schema().as_arrow().clone());
        let rows =
            DataFrame::new(self.context.state(), plan).collect().await.map_err(|error| Error::new(doing, error))?;
        Ok(if rows.is_empty() { vec![RecordBatch::new_empty(schema)] } else { rows })
    }

    /// Whether a plan gives any row.
    pub async fn has_rows(&self, plan: LogicalPlan, doing: &str) -> Result<bool, Error> {
        let first = DataFrame::new(self.context.state(), plan).limit(0, Some(1));
        let rows = first.map_err(|error| Error::new(doing, error))?.collect().await;
        let rows = rows.map_err(|error| Error::new(doing, error))?;
        Ok(rows.iter().any(|batch| batch.num_rows() > 0))
    }

    /// Runs a plan as one stream per partition, for writers that do not need an order.
    pub async fn execute_partitions(&self, plan: LogicalPlan, doing: &str) -> Result<Vec<Rows>, Error> {
        let frame = DataFrame::new(self.context.state(), plan);
        frame.execute_stream_partitioned().await.map_err(|error| Error::new(doing, error))
    }

    /// Rows with these columns alone, sorted by others ascending, NULL last.
    pub fn sorted(&self, plan: LogicalPlan, columns: &[&str], by: &[&str]) -> Result<LogicalPlan, Error> {
        let order = by.iter().map(|name| ident(*name).sort(true, false)).collect();
        DataFrame::new(self.context.state(), plan)
            .select(columns.iter().map(|name| ident(*name)).collect::<Vec<_>>())
            .and_then(|frame| frame.sort(order))
            .map(DataFrame::into_unoptimized_plan)
            .map_err(|error| Error::new("rows could not be sorted", error))
    }

    /// The rows of a plan for which a condition is true.
    pub fn filtered(&self, plan: LogicalPlan, condition: Expr) -> Result<LogicalPlan, Error> {
        DataFrame::new(self.context.state(), plan)
            .filter(condition)
            .map(DataFrame::into_unoptimized_plan)
            .map_err(|error| Error::new("rows could not be filtered", error))
    }

    /// Runs a query of the program's own and returns all of its rows.
    pub async fn collect(&self, sql: &str, doing: &str) -> Result<Vec<RecordBatch>, Error> {
        let failed = |error| Error::new(doing, error);
        let plan = self.plan(sql).await.map_err(failed)?;
        DataFrame::new(self.context.state(), plan).collect().await.map_err(failed)
    }

    /// Counts the rows of a query.
    pub async fn count(&self, sql: &str, doing: &str) -> Result<u64, Error> {
        let failed = |error| Error::new(doing, error);
        let plan = self.plan(sql).await.map_err(failed)?;
        let rows = DataFrame::new(self.context.state(), plan).count().await.map_err(failed)?;
        Ok(rows as u64)
    }

    /// The first rows of a query in the order of its columns; at least one batch, which may be empty.
    pub async fn first(&self, sql: &str, limit: usize, doing: &str) -> Result<Vec<RecordBatch>, Error> {
        let failed = |error| Error::new(doing, error);
        let plan = self.plan(sql).await.map_err(failed)?;
        let order = plan.schema().columns().into_iter().map(|column| Expr::Column(column).sort(true, false)).collect();
        let frame = DataFrame::new(self.context.state(), plan);
        let frame = frame.sort(order).and_then(|frame| frame.limit(0, Some(limit))).map_err(failed)?;
        self.rows(frame.into_unoptimized_plan(), doing).await
    }

    /// Plans a boolean condition over columns.
    pub fn condition(&self, sql: &str, columns: &[(String, ColumnType)]) -> Result<Expr, DataFusionError> {
        let (expr, kind) = self.expression(sql, schema(columns))?;
        if kind != DataType::Boolean {
            return Err(DataFusionError::Plan(format!("this is a {kind}, not a condition")));
        }
        Ok(expr)
    }

    /// Plans an expression over columns, which gives a value for each row from that row alone; and its type.
    pub fn expression(&self, sql: &str, columns: SchemaRef) -> Result<(Expr, DataType), DataFusionError> {
        use datafusion::common::DFSchema;
        use datafusion::logical_expr::ExprSchemable;
        let schema = DFSchema::try_from(columns)?;
        let expr = self.context.state().create_logical_expr(sql, &schema)?;
        let kind = expr.get_type(&schema)?;
        expr.apply(|inner| match inner {
            Expr::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
                Err(DataFusionError::Plan(format!("`{}` gives another result tomorrow", call.func.name())))
            }
            Expr::AggregateFunction(_) | Expr::WindowFunction(_) | Expr::Unnest(_) => {
                Err(DataFusionError::Plan("it is not a value of one row".to_owned()))
            }
            Expr::Placeholder(_) => Err(DataFusionError::Plan("run parameters are for models".to_owned())),
            _ => Ok(TreeNodeRecursion::Continue),
        })?;
        Ok((expr, kind))
    }
}

/// Schemas that no model can name: what tables are made of.
pub const PRIVATE: [&str; 5] = [MODELLED, INGESTED, REPEATED, SNAPSHOT_FILES, BEFORE];
/// The rows that core models give, before visibility and placeholders.
pub const MODELLED: &str = "modelled";
/// Typed records as they were read, every version of each.
pub const INGESTED: &str = "ingested";
/// Hashes of keys that stand in more than one record.
pub const REPEATED: &str = "repeated";
/// The files of published snapshots of a mart.
pub const SNAPSHOT_FILES: &str = "snapshot_files";

/// Matches as they were when the base release was made.
pub const BEFORE: &str = "before";

/// The schema that columns are registered with.
pub fn schema(columns: &[(String, ColumnType)]) -> SchemaRef {
    let fields: Vec<Field> = columns.iter().map(|(name, kind)| Field::new(name, kind.to_arrow(), true)).collect();
    Arc::new(Schema::new(fields))
}

fn encode(path: &str) -> String {
    path.replace('%', "%25").replace(' ', "%20").replace('#', "%23").replace('?', "%3F")
}
