//! The reconciliation: every row and every cent from the files to `core.sale`, counted anew at each stage.
//!
//! What a stage lets in is what the stage before gave out, counted there; what it gives out, removes or sets aside is
//! counted by queries of its own. So a row or a cent that is lost or doubled anywhere shows as a difference.

use std::sync::{Arc, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::logical_expr::Expr;

use super::raw::{Entry, Ledger};
use super::report::SourceReport;
use super::{Error, Run};
use crate::column::ColumnType;
use crate::diag::Diagnostic;
use crate::engine::{self, MODELLED};
use crate::names::{Layer, TableName};
use crate::project::Source;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stage {
    source: String,
    stage: &'static str,
    rows_in: i64,
    rows_out: i64,
    quarantined: i64,
    duplicates_removed: i64,
    filtered: i64,
    amount_in: i128,
    amount_out: i128,
    amount_quarantined: i128,
    amount_removed: i128,
}

/// Rows of each file of a source that were read and removed afterwards.
pub(super) type Removed = Vec<RemovedRows>;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RemovedRows {
    /// Older versions of records that came again.
    duplicates: u64,
    filtered: u64,
}

impl RemovedRows {
    /// All of a file after which a later one is the whole.
    fn superseded(entry: &Entry) -> Self {
        Self { duplicates: if entry.superseded { entry.rows_out } else { 0 }, filtered: 0 }
    }
}

/// The answer of a counting query: whole numbers and amounts, NULL as 0.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub rows: i64,
    amount: i128,
    second_amount: i128,
    later_rows: i64,
    later_amount: i128,
}

impl Run {
    /// Fills `ledger.stage`. Needs `core.sale` and, where a source feeds it, its staging model.
    pub(super) async fn register_ledger(&self) -> Result<(), Error> {
        let mut stages = Vec::new();
        for source in self.project.sources.values() {
            stages.extend(self.stages_of(source).await?);
        }
        let rows =
            rows(&stages).map_err(|error| Error::engine(None, &engine::Error::new("the ledger", error.into())))?;
        self.engine_ok(self.engine.register_rows(Layer::Ledger.as_str(), "stage", rows))
    }

    async fn stages_of(&self, source: &Source) -> Result<Vec<Stage>, Error> {
        let table = TableName::new(Layer::Raw, source.name.clone());
        let ledger = Ledger::read(&self.slot(&table).path).unwrap_or_default();
        let ingest = ingest_stage(source, &ledger)?;
        let mut latest = Stage {
            source: source.name.to_string(),
            stage: "2_latest",
            rows_in: ingest.rows_out,
            rows_out: ingest.rows_out,
            amount_in: ingest.amount_out,
            amount_out: ingest.amount_out,
            ..Stage::default()
        };
        let amount = amount_of(source);
        let superseded = superseded(source, &ledger)?;
        let chosen = ledger.repeated > 0 || source.keep_when.is_some() || source.deleted_when.is_some();
        if chosen || superseded.rows > 0 {
            let out = self.count(&counting(&amount, &format!("{table}"))).await?;
            (latest.rows_out, latest.amount_out) = (out.rows, out.amount);
        }
        latest.duplicates_removed = superseded.rows;
        latest.amount_removed = superseded.amount;
        let mut removed: Removed = ledger.entries.iter().map(RemovedRows::superseded).collect();
        // Files whose records count, as they are numbered in `_file`.
        let counting: Vec<usize> =
            ledger.entries.iter().enumerate().filter(|(_, entry)| !entry.superseded).map(|(at, _)| at).collect();
        let place = |file: usize| counting.get(file).copied().unwrap_or(usize::MAX);
        if ledger.repeated > 0 {
            let versions = super::versions::versions_sql(source, &ledger);
            let older = format!("({versions}) as versions where _version > 1");
            for (file, rows, sum) in self.by_file(&amount, &older).await? {
                latest.duplicates_removed = latest.duplicates_removed.saturating_add(rows);
                latest.amount_removed = checked(latest.amount_removed, sum)?;
                if let Some(removed) = removed.get_mut(place(file)) {
                    removed.duplicates += rows.unsigned_abs();
                }
            }
        }
        let gone = self.tombstones(source, &ledger).await?;
        for (file, rows, sum) in gone.into_iter().chain(self.filtered(source, &ledger).await?) {
            latest.filtered = latest.filtered.saturating_add(rows);
            latest.amount_removed = checked(latest.amount_removed, sum)?;
            if let Some(removed) = removed.get_mut(place(file)) {
                removed.filtered += rows.unsigned_abs();
            }
        }
        self.removed.lock().unwrap_or_else(PoisonError::into_inner).insert(source.name.clone(), removed);
        let mut stages = vec![ingest, latest.clone()];
        if let Some(feeds) = &source.feeds {
            stages.extend(self.fed(source, feeds, &latest).await?);
        }
        Ok(stages)
    }

    /// The latest versions that say their key was deleted.
    pub(super) async fn tombstones(&self, source: &Source, ledger: &Ledger) -> Result<Vec<(usize, i64, i128)>, Error> {
        let Some(gone) = self.condition(source, source.deleted_when.as_ref())? else { return Ok(Vec::new()) };
        self.removed("deleted", source, ledger, gone.is_true()).await
    }

    /// The latest versions that `keep_when` leaves out.
    async fn filtered(&self, source: &Source, ledger: &Ledger) -> Result<Vec<(usize, i64, i128)>, Error> {
        let Some(kept) = self.condition(source, source.keep_when.as_ref())? else { return Ok(Vec::new()) };
        let left_out = match self.condition(source, source.deleted_when.as_ref())? {
            Some(gone) => kept.is_not_true().and(gone.is_not_true()),
            None => kept.is_not_true(),
        };
        self.removed("filtered", source, ledger, left_out).await
    }

    fn condition(&self, source: &Source, sql: Option<&String>) -> Result<Option<Expr>, Error> {
        let planned = sql.map(|sql| self.engine.condition(sql, &engine::source_columns(source)));
        self.engine_ok(
            planned.transpose().map_err(|error| engine::Error::new("removed records could not be counted", error)),
        )
    }

    async fn removed(
        &self,
        what: &str,
        source: &Source,
        ledger: &Ledger,
        which: Expr,
    ) -> Result<Vec<(usize, i64, i128)>, Error> {
        let all = super::versions::latest_sql(source, ledger, true);
        let failed = |error| engine::Error::new("removed records could not be counted", error);
        let plan = self.engine_ok(self.engine.plan(&all).await.map_err(failed))?;
        let plan = self.engine_ok(self.engine.filtered(plan, which))?;
        // A name of its own, which no model has: other tables may be counting at the same time.
        let name = format!("{what} {}", source.name);
        self.engine_ok(self.engine.register_modelled(&name, plan))?;
        self.by_file(&amount_of(source), &format!("{MODELLED}.\"{name}\"")).await
    }

    /// Rows and amounts by the number of the file they came from, among those whose records count.
    async fn by_file(&self, amount: &str, from: &str) -> Result<Vec<(usize, i64, i128)>, Error> {
        let sql = format!("select _file, count(*) as rows, {amount} as amount from {from} group by _file");
        let batches = self.engine_ok(self.engine.collect(&sql, "the reconciliation").await)?;
        let mut out = Vec::new();
        for batch in &batches {
            let [files, rows] = [converted(batch, 0, &DataType::Int64)?, converted(batch, 1, &DataType::Int64)?];
            let amounts = converted(batch, 2, &DataType::Decimal128(38, 2))?;
            let (files, rows) = (files.as_primitive::<Int64Type>(), rows.as_primitive::<Int64Type>());
            let amounts = amounts.as_primitive::<Decimal128Type>();
            for row in 0..batch.num_rows() {
                let sum = if amounts.is_null(row) { 0 } else { amounts.value(row) };
                out.push((usize::try_from(files.value(row)).unwrap_or(usize::MAX), rows.value(row), sum));
            }
        }
        Ok(out)
    }

    /// Completes what is said of each file with what was removed after it was read.
    pub(super) fn account(&self, sources: &mut [SourceReport]) {
        let removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        for source in sources {
            let files = removed.iter().find(|(name, _)| name.as_str() == source.name).map(|(_, files)| files);
            for (input, removed) in source.inputs.iter_mut().zip(files.into_iter().flatten()) {
                input.duplicates_removed = Some(removed.duplicates);
                input.filtered = Some(removed.filtered);
            }
        }
    }

    /// From the latest versions through the staging model into `core.sale`.
    async fn fed(&self, source: &Source, feeds: &TableName, latest: &Stage) -> Result<[Stage; 2], Error> {
        let name = &source.name;
        let money = |expression: &str| format!("cast(sum({expression}) as decimal(38,2))");
        let staged = self
            .count(&format!(
                "select count(*) as rows, {} as amount, {} as second_amount, count(*) filter (where ordered_on > $as_of) as later_rows, \
                 {} as later_amount from {feeds} where source_name = '{name}'",
                money("source_amount"),
                money("net_amount"),
                money("case when ordered_on > $as_of then net_amount end"),
            ))
            .await?;
        let sold =
            self.count(&counting(&money("net_amount"), &format!("core.sale where source_name = '{name}'"))).await?;
        // Without a control total in the file there is nothing to hold the model's amounts against.
        let amount_out = if source.amount.is_some() { staged.amount } else { latest.amount_out };
        let staging = Stage {
            source: name.to_string(),
            stage: "3_staging",
            rows_in: latest.rows_out,
            rows_out: staged.rows,
            amount_in: latest.amount_out,
            amount_out,
            ..Stage::default()
        };
        let core = Stage {
            source: name.to_string(),
            stage: "4_core",
            rows_in: staged.rows,
            rows_out: sold.rows,
            filtered: staged.later_rows,
            amount_in: staged.second_amount,
            amount_out: sold.amount,
            amount_removed: staged.later_amount,
            ..Stage::default()
        };
        Ok([staging, core])
    }

    async fn count(&self, sql: &str) -> Result<Counted, Error> {
        let batches = self.engine_ok(self.engine.collect(sql, "the reconciliation").await)?;
        let Some(batch) = batches.iter().find(|batch| batch.num_rows() == 1) else { return Ok(Counted::default()) };
        let whole = |column: usize| -> Result<i64, Error> {
            let array = converted(batch, column, &DataType::Int64)?;
            let array = array.as_primitive::<Int64Type>();
            Ok(if array.is_null(0) { 0 } else { array.value(0) })
        };
        let money = |column: usize| -> Result<i128, Error> {
            let array = converted(batch, column, &DataType::Decimal128(38, 2))?;
            let array = array.as_primitive::<Decimal128Type>();
            Ok(if array.is_null(0) { 0 } else { array.value(0) })
        };
        Ok(Counted {
            rows: whole(0)?,
            amount: money(1)?,
            second_amount: money(2)?,
            later_rows: whole(3)?,
            later_amount: money(4)?,
        })
    }
}

fn converted(batch: &RecordBatch, column: usize, to: &DataType) -> Result<ArrayRef, Error> {
    cast(batch.column(column), to)
        .map_err(|error| Error::engine(None, &engine::Error::new("the reconciliation", error.into())))
}

/// SQL that counts rows and adds up one amount; the other answers are not asked for.
fn counting(amount: &str, from: &str) -> String {
    format!(
        "select count(*) as rows, {amount} as amount, cast(null as decimal(38,2)) as second_amount, \
         cast(null as bigint) as later_rows, cast(null as decimal(38,2)) as later_amount from {from}"
    )
}

/// SQL of a source's control total.
fn amount_of(source: &Source) -> String {
    match &source.amount {
        Some(column) => format!("cast(sum(\"{column}\") as decimal(38,2))"),
        None => "cast(null as decimal(38,2))".to_owned(),
    }
}

/// Of snapshots: the records of all files but the last. They were counted when their files were read.
fn superseded(source: &Source, ledger: &Ledger) -> Result<Counted, Error> {
    let old = || ledger.entries.iter().filter(|entry| entry.superseded);
    let amount = old().map(|entry| entry.amount_out).try_fold(0i128, i128::checked_add);
    let rows = old().map(|entry| whole(entry.rows_out)).fold(0, i64::saturating_add);
    Ok(Counted { rows, amount: money(source, amount)?, ..Counted::default() })
}

fn ingest_stage(source: &Source, ledger: &Ledger) -> Result<Stage, Error> {
    Ok(Stage {
        source: source.name.to_string(),
        stage: "1_ingest",
        rows_in: whole(ledger.sum(|entry| entry.rows_in)),
        rows_out: whole(ledger.sum(|entry| entry.rows_out)),
        quarantined: whole(ledger.sum(|entry| entry.quarantined)),
        filtered: whole(ledger.sum(|entry| entry.blank.saturating_add(entry.skipped))),
        amount_in: money(source, ledger.sum_amount(|entry| entry.amount_in))?,
        amount_out: money(source, ledger.sum_amount(|entry| entry.amount_out))?,
        amount_quarantined: money(source, ledger.sum_amount(|entry| entry.amount_quarantined))?,
        ..Stage::default()
    })
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Amounts are counted at the scale of their column, which is at most that of money.
fn money(source: &Source, amount: Option<i128>) -> Result<i128, Error> {
    let scale = source
        .amount
        .as_ref()
        .and_then(|name| source.columns.iter().find(|column| column.name == *name))
        .map_or(2, |column| if let ColumnType::Decimal { scale, .. } = column.kind { scale } else { 2 });
    let unit = 10i128.pow(u32::from((2 - scale).unsigned_abs()));
    amount.and_then(|amount| amount.checked_mul(unit)).ok_or_else(overflow)
}

fn overflow() -> Error {
    let diagnostic = Diagnostic::error("S0406", "a control total does not fit 38 digits")
        .help("an amount column holds something else than money");
    Error::new(super::error::Class::Data, diagnostic)
}

fn checked(a: i128, b: i128) -> Result<i128, Error> {
    a.checked_add(b).ok_or_else(overflow)
}

fn rows(stages: &[Stage]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let whole = |of: fn(&Stage) -> i64| -> ArrayRef { Arc::new(stages.iter().map(of).collect::<Int64Array>()) };
    let money = |of: fn(&Stage) -> i128| -> Result<ArrayRef, arrow::error::ArrowError> {
        let array = stages.iter().map(of).map(Some).collect::<Decimal128Array>();
        Ok(Arc::new(array.with_precision_and_scale(38, 2)?))
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(stages.iter().map(|stage| Some(stage.source.as_str())).collect::<StringArray>()),
        Arc::new(stages.iter().map(|stage| Some(stage.stage)).collect::<StringArray>()),
        whole(|stage| stage.rows_in),
        whole(|stage| stage.rows_out),
        whole(|stage| stage.quarantined),
        whole(|stage| stage.duplicates_removed),
        whole(|stage| stage.filtered),
        money(|stage| stage.amount_in)?,
        money(|stage| stage.amount_out)?,
        money(|stage| stage.amount_quarantined)?,
        money(|stage| stage.amount_removed)?,
    ];
    RecordBatch::try_new(engine::ledger_schema(), columns)
}
