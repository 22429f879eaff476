mod releases;
mod sink;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, RecordBatch, StringArray};
use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use datafusion::error::DataFusionError;

use super::*;
use crate::column::ColumnType;
use crate::names::Name;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 1, 3, 0, 0).unwrap()
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, 31).unwrap()
}

/// A table of month, customer and amount, by month.
fn spec(table: &str, run_id: &str, dir: &Path) -> SinkSpec {
    SinkSpec {
        table: name(table),
        columns: vec![
            (name("month"), ColumnType::String, "Month.".to_owned()),
            (name("customer_key"), ColumnType::String, "Customer.".to_owned()),
            (name("net_sales"), ColumnType::Decimal { precision: 18, scale: 2 }, "Sales.".to_owned()),
        ],
        grain: vec![name("month"), name("customer_key")],
        partition_by: vec![name("month")],
        run_id: run_id.to_owned(),
        dir: dir.to_owned(),
        empty_partition: Some("2026-10".to_owned()),
        file_bytes: FILE_BYTES,
    }
}

fn batch(rows: &[(Option<&str>, &str, i128)]) -> RecordBatch {
    let months: ArrayRef = Arc::new(rows.iter().map(|row| row.0).collect::<StringArray>());
    let customers: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.1)).collect::<StringArray>());
    let amounts = rows.iter().map(|row| Some(row.2)).collect::<Decimal128Array>();
    let amounts: ArrayRef = Arc::new(amounts.with_precision_and_scale(18, 2).unwrap());
    // Not the contract's order.
    RecordBatch::try_from_iter_with_nullable([
        ("net_sales", amounts, true),
        ("month", months, true),
        ("customer_key", customers, true),
    ])
    .unwrap()
}

async fn write_all(spec: &SinkSpec, batches: Vec<RecordBatch>) -> Result<Written, Error> {
    write(spec, futures::stream::iter(batches.into_iter().map(Ok::<_, DataFusionError>))).await
}

/// The record of one table's files.
fn mart(spec: &SinkSpec, mut files: Vec<FileRecord>, built_in: u64) -> MartRecord {
    files.sort();
    let columns = spec.columns.iter();
    MartRecord {
        fingerprint: "f".to_owned(),
        snapshots: BTreeMap::new(),
        built_in,
        columns: columns
            .map(|(name, t, _)| ColumnRecord { name: name.clone(), column_type: *t, policy: None })
            .collect(),
        grain: spec.grain.clone(),
        partition_by: spec.partition_by.clone(),
        rows: files.iter().map(|file| file.rows).sum(),
        tests_passed: 3,
        tests_warned: 0,
        files,
    }
}

fn commit(number: u64, run_id: &str, marts: Vec<(Name, MartRecord)>) -> Commit {
    Commit {
        format: FORMAT,
        number,
        base: (number > 1).then(|| number - 1),
        kind: Kind::Run,
        pipeline: "crm".to_owned(),
        run_id: run_id.to_owned(),
        logical_date: day(),
        latest_as_of: day(),
        created_at: now(),
        engine: "0.1.0".to_owned(),
        code: "c".to_owned(),
        inputs: vec![Input {
            source: "orders".to_owned(),
            path: "orders.csv".to_owned(),
            size: 3,
            etag: None,
            sha256: None,
        }],
        marts: marts.into_iter().collect::<BTreeMap<_, _>>(),
    }
}
