//! What a match stage gives, as tables.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use chrono::NaiveDate;
use parquet::arrow::ArrowWriter;

use super::before::Past;
use super::records::Records;
use crate::engine;
use crate::matching::Change;
use crate::project::Output;

/// Folders of the slot.
pub const LINKS: &str = "links";
pub const HISTORY: &str = "history";
pub const REVIEW: &str = "review";
pub const PAST: &str = "past";
/// The weights, for `septet explain` and the reports.
pub const REPORT: &str = "report.json";

pub fn history_schema() -> SchemaRef {
    engine::output_schema(Output::History)
}

pub fn review_schema() -> SchemaRef {
    engine::output_schema(Output::Review)
}

pub fn past_schema() -> SchemaRef {
    engine::output_schema(Output::Past)
}

/// One row of the links.
pub struct Linked {
    pub record: u32,
    pub key: u32,
    pub probability: f64,
    pub rule: u32,
}

pub fn links(records: &Records, rows: &[Linked], keys: &[String], rules: &[String]) -> Result<RecordBatch, ArrowError> {
    let text =
        |of: &dyn Fn(&Linked) -> Option<String>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<StringArray>()) };
    let name = |names: &[String], at: u32| names.get(at as usize).cloned();
    RecordBatch::try_new(
        engine::match_schema(),
        vec![
            text(&|row| Some(records.system(row.record).to_owned())),
            text(&|row| Some(records.id(row.record).to_owned())),
            text(&|row| name(keys, row.key)),
            probabilities(rows.iter().map(|row| Some(row.probability)))?,
            text(&|row| name(rules, row.rule)),
        ],
    )
}

/// To the nearest millionth.
fn probabilities(values: impl Iterator<Item = Option<f64>>) -> Result<ArrayRef, ArrowError> {
    let millionths = values.map(|value| Some((value?.clamp(0.0, 1.0) * 1e6).round() as i128));
    Ok(Arc::new(millionths.collect::<Decimal128Array>().with_precision_and_scale(18, 6)?))
}

pub fn history(changes: &[Change], day: NaiveDate) -> Result<RecordBatch, ArrowError> {
    let text = |of: &dyn Fn(&Change) -> String| -> ArrayRef {
        Arc::new(changes.iter().map(|change| Some(of(change))).collect::<StringArray>())
    };
    let days = days(day);
    RecordBatch::try_new(
        history_schema(),
        vec![
            text(&|change| change.key.clone()),
            text(&|change| change.previous.clone()),
            Arc::new(Date32Array::from(vec![days; changes.len()])),
            text(&|change| change.cause.as_str().to_owned()),
            Arc::new(changes.iter().map(|change| i64::try_from(change.records).ok()).collect::<Int64Array>()),
        ],
    )
}

/// Since 1970-01-01.
fn days(day: NaiveDate) -> i32 {
    i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(0)
}

pub fn past(rows: &[Past]) -> Result<RecordBatch, ArrowError> {
    let text =
        |of: &dyn Fn(&Past) -> &str| -> ArrayRef { Arc::new(rows.iter().map(of).map(Some).collect::<StringArray>()) };
    let date = |of: &dyn Fn(&Past) -> NaiveDate| -> ArrayRef {
        Arc::new(Date32Array::from_iter_values(rows.iter().map(of).map(days)))
    };
    let columns = vec![
        text(&|row| &row.system),
        text(&|row| &row.id),
        text(&|row| &row.key),
        date(&|row| row.from),
        date(&|row| row.to),
    ];
    RecordBatch::try_new(past_schema(), columns)
}

/// A pair that people should look at, or did.
pub struct Uncertain {
    pub a: u32,
    pub b: u32,
    /// `None` where nothing is compared.
    pub probability: Option<f64>,
    /// Empty where nothing speaks for or against it.
    pub evidence: String,
    pub decision: Option<&'static str>,
}

pub fn review(records: &Records, rows: &[Uncertain]) -> Result<RecordBatch, ArrowError> {
    let text = |of: &dyn Fn(&Uncertain) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    RecordBatch::try_new(
        review_schema(),
        vec![
            text(&|row| Some(records.system(row.a).to_owned())),
            text(&|row| Some(records.id(row.a).to_owned())),
            text(&|row| Some(records.system(row.b).to_owned())),
            text(&|row| Some(records.id(row.b).to_owned())),
            probabilities(rows.iter().map(|row| row.probability))?,
            text(&|row| Some(row.evidence.clone()).filter(|evidence| !evidence.is_empty())),
            text(&|row| row.decision.map(str::to_owned)),
        ],
    )
}

pub fn write(folder: &Path, name: &str, batches: &[RecordBatch], schema: SchemaRef) -> std::io::Result<()> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder)?;
    let mut writer = ArrowWriter::try_new(File::create(folder.join("0.parquet"))?, schema, None)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(())
}
