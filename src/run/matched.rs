//! The `match:` stages: records in, one key per entity out.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use parquet::arrow::ArrowWriter;

use super::report::MatchReport;
use super::{Error, Event, Run};
use crate::engine;
use crate::matching::{Matched, Record, exact};
use crate::names::{Layer, Name, TableName};
use crate::project::Matching;

/// Certainty of an exact match, in millionths.
const CERTAIN: i128 = 1_000_000;

impl Run {
    pub(super) async fn run_matches(&self) -> Result<Vec<MatchReport>, Error> {
        let mut reports = Vec::new();
        for stage in self.project.matching.values() {
            let table = TableName::new(Layer::Match, stage.name.clone());
            if !self.plan.reads(&self.project, &table) {
                continue;
            }
            let slot = self.slot(&table);
            if !slot.is_whole() {
                let records = self.match_records(stage).await?;
                let matched = exact(records, stage.exact.len());
                let folder = slot.begin().map_err(|error| Error::io("matches could not be written", &error))?;
                let rows = rows(stage, &matched).map_err(|error| engine_error(error.into()))?;
                let file = std::fs::File::create(folder.join("0.parquet"))
                    .map_err(|error| Error::io("matches could not be written", &error))?;
                let written = ArrowWriter::try_new(file, rows.schema(), None).and_then(|mut writer| {
                    writer.write(&rows)?;
                    writer.close()
                });
                written.map_err(|error| engine_error(error.into()))?;
                slot.commit().map_err(|error| Error::io("matches could not be written", &error))?;
                let report = report(stage, &matched);
                (self.observer)(Event::Matched(&report));
                reports.push(report);
            }
            let paths = [format!("{}/", slot.path.display())];
            self.engine_ok(self.engine.register_files(
                "match",
                stage.name.as_str(),
                engine::match_schema(),
                None,
                &paths,
            ))?;
        }
        Ok(reports)
    }

    async fn match_records(&self, stage: &Matching) -> Result<Vec<Record>, Error> {
        let columns: BTreeSet<&Name> = stage.exact.iter().flatten().collect();
        let columns: Vec<&Name> = columns.into_iter().collect();
        let list: String = columns.iter().map(|name| format!(", \"{name}\"")).collect();
        let sql = format!("select source_system, source_customer_id{list} from {}", stage.records);
        let batches =
            self.engine_ok(self.engine.collect(&sql, &format!("the records of match `{}`", stage.name)).await)?;
        let mut records = Vec::new();
        for batch in &batches {
            let texts: Result<Vec<ArrayRef>, _> =
                batch.columns().iter().map(|column| cast(column, &DataType::Utf8)).collect();
            let texts = texts.map_err(|error| engine_error(error.into()))?;
            let value = |column: usize, row: usize| -> Option<&str> {
                let array = texts.get(column)?.as_string::<i32>();
                (!array.is_null(row)).then(|| array.value(row)).filter(|text| !text.is_empty())
            };
            for row in 0..batch.num_rows() {
                let Some((system, id)) = value(0, row).zip(value(1, row)) else { continue };
                let values = stage.exact.iter().map(|rule| {
                    let parts: Option<Vec<&str>> = rule
                        .iter()
                        .map(|name| columns.iter().position(|column| *column == name).and_then(|at| value(at + 2, row)))
                        .collect();
                    parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("\u{1f}"))
                });
                records.push(Record {
                    source_system: system.to_owned(),
                    source_customer_id: id.to_owned(),
                    values: values.collect(),
                });
            }
        }
        Ok(records)
    }
}

fn engine_error(error: datafusion::common::DataFusionError) -> Error {
    Error::engine(None, &engine::Error::new("matching", error))
}

fn rows(stage: &Matching, matched: &[Matched]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let text = |of: &dyn Fn(&Matched) -> String| -> ArrayRef {
        Arc::new(matched.iter().map(|record| Some(of(record))).collect::<StringArray>())
    };
    let rule = |record: &Matched| match record.rule.and_then(|rule| stage.exact.get(rule)) {
        Some(names) => format!("same {}", names.iter().map(Name::as_str).collect::<Vec<_>>().join(" and ")),
        None => "single".to_owned(),
    };
    let certain = matched.iter().map(|_| Some(CERTAIN)).collect::<Decimal128Array>().with_precision_and_scale(18, 6)?;
    RecordBatch::try_new(
        engine::match_schema(),
        vec![
            text(&|record| record.source_system.clone()),
            text(&|record| record.source_customer_id.clone()),
            text(&|record| record.customer_key.clone()),
            Arc::new(certain),
            text(&rule),
        ],
    )
}

fn report(stage: &Matching, matched: &[Matched]) -> MatchReport {
    let count = |set: BTreeSet<&str>| u64::try_from(set.len()).unwrap_or(u64::MAX);
    MatchReport {
        name: stage.name.to_string(),
        records: u64::try_from(matched.len()).unwrap_or(u64::MAX),
        entities: count(matched.iter().map(|record| record.customer_key.as_str()).collect()),
        systems: count(matched.iter().map(|record| record.source_system.as_str()).collect()),
    }
}
