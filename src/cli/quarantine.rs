//! `septet quarantine`: records that could not be read, by run, and rows that fail a data test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use chrono::SecondsFormat;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use serde_json::json;

use super::arguments::{Global, Output, QuarantineArguments, QuarantineChosen, QuarantineOf, Rows};
use super::printing::thousands;
use super::{End, printing};
use crate::diag::Diagnostic;
use crate::names::nearest;
use crate::run::{Class, Error, Quarantine};

/// What somebody who mends a file needs; the source is known.
const SHOWN: [&str; 6] = ["file", "line", "column", "reason", "expected", "raw"];

pub fn quarantine(global: &Global, arguments: &QuarantineArguments) -> Result<End, End> {
    let target = global.project_dir.join("target");
    match &arguments.of {
        QuarantineOf::Ls { limit } => list(global, &target, *limit)?,
        QuarantineOf::Show { source, chosen, limit, format } => {
            printing::rows(&records(&target, source, chosen, *limit)?, *format, global)?;
        }
        QuarantineOf::Export { source, chosen, to } => export(&records(&target, source, chosen, usize::MAX)?, to)?,
        QuarantineOf::Failures { test, limit, format } => match test {
            Some(test) => printing::rows(&failures(&target, test, *limit)?, *format, global)?,
            None => list_failures(global, &target)?,
        },
    }
    Ok(End::Done)
}

fn list(global: &Global, target: &Path, limit: usize) -> Result<(), Error> {
    let runs = Quarantine::list(target).map_err(|error| Error::io("the quarantine could not be read", &error))?;
    let runs = runs.get(..limit.min(runs.len())).unwrap_or_default();
    if global.output == Output::Json {
        printing::out(&format!("{}\n", json!({ "version": 1, "runs": runs })));
        return Ok(());
    }
    let mut rows = Vec::new();
    for run in runs {
        for source in &run.sources {
            let reasons: Vec<String> =
                source.reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
            rows.push(vec![
                run.started_at.to_rfc3339_opts(SecondsFormat::Secs, true),
                run.pipeline.clone(),
                run.run_id.clone(),
                source.name.clone(),
                thousands(source.records),
                thousands(source.quarantined),
                reasons.join(", "),
            ]);
        }
    }
    if rows.is_empty() {
        printing::out("no run has read anything yet\n");
    } else {
        let header = ["at", "pipeline", "run", "source", "records", "quarantined", "reasons"];
        printing::out(&printing::table(&header, &rows));
    }
    Ok(())
}

fn records(target: &Path, source: &str, chosen: &QuarantineChosen, limit: usize) -> Result<Vec<RecordBatch>, Error> {
    let runs = Quarantine::list(target).map_err(|error| Error::io("the quarantine could not be read", &error))?;
    let of_run = |run: &&Quarantine| chosen.run.as_ref().is_none_or(|id| *id == run.run_id);
    let Some(run) = runs.iter().filter(of_run).find(|run| run.source(source).is_some()) else {
        let known: Vec<&str> =
            runs.iter().filter(of_run).flat_map(|run| &run.sources).map(|of| of.name.as_str()).collect();
        let message = match &chosen.run {
            Some(id) => format!("no run `{id}` that read source `{source}` is kept"),
            None => format!("no run that read source `{source}` is kept"),
        };
        let help = nearest(source, known).filter(|near| *near != source).map_or_else(
            || "`septet quarantine ls` lists runs and their sources".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Error::new(Class::Usage, Diagnostic::error("S0416", message).help(help)));
    };
    match run.records(source) {
        Some(path) => read(&path, Some(&SHOWN), chosen.reason.as_deref(), limit),
        None => {
            eprintln!("run {} set no record of {source} aside", run.run_id);
            let kind = |name: &str| if name == "line" { DataType::Int64 } else { DataType::Utf8 };
            let fields: Vec<Field> = SHOWN.iter().map(|name| Field::new(*name, kind(name), true)).collect();
            Ok(vec![RecordBatch::new_empty(Arc::new(Schema::new(fields)))])
        }
    }
}

fn export(batches: &[RecordBatch], to: &Path) -> Result<(), Error> {
    let format = match to.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Rows::Json,
        Some("parquet") => Rows::Parquet,
        Some("csv") | None => Rows::Csv,
        Some(other) => {
            let diagnostic = Diagnostic::error("S0417", format!("`.{other}` is not a format that can be written"))
                .help("name the file .csv, .json or .parquet");
            return Err(Error::new(Class::Usage, diagnostic));
        }
    };
    let bytes = printing::written(batches, format)?;
    fs::write(to, bytes).map_err(|error| Error::io(&format!("{} could not be written", to.display()), &error))?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    eprintln!("{} records in {}", thousands(rows as u64), to.display());
    Ok(())
}

fn list_failures(global: &Global, target: &Path) -> Result<(), Error> {
    let mut rows = Vec::new();
    for (test, path) in failing(target)? {
        let count = count(&path).map_err(|error| unread(&path, error))?;
        rows.push((test, count));
    }
    if global.output == Output::Json {
        let items: Vec<_> = rows.iter().map(|(test, rows)| json!({ "test": test, "rows": rows })).collect();
        printing::out(&format!("{}\n", json!({ "version": 1, "failures": items })));
    } else if rows.is_empty() {
        printing::out("no row fails a data test\n");
    } else {
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(test, rows)| vec![test, thousands(rows)]).collect();
        printing::out(&printing::table(&["test", "rows kept"], &rows));
    }
    Ok(())
}

fn failures(target: &Path, test: &str, limit: usize) -> Result<Vec<RecordBatch>, Error> {
    let known = failing(target)?;
    match known.iter().find(|(name, _)| name == test) {
        Some((_, path)) => read(path, None, None, limit),
        None => {
            let help = nearest(test, known.iter().map(|(name, _)| name.as_str())).map_or_else(
                || "`septet quarantine failures` lists the tests that have some".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let diagnostic =
                Diagnostic::error("S0416", format!("no failing row of a test `{test}` is kept")).help(help);
            Err(Error::new(Class::Usage, diagnostic))
        }
    }
}

/// Tests with failing rows, by the names that people ask for them.
fn failing(target: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut found = Vec::new();
    for (pipeline, folder) in entries(&target.join("failures"))?.into_iter().filter(|(_, path)| path.is_dir()) {
        for (file, path) in entries(&folder)? {
            if let Some(test) = file.strip_suffix(".parquet") {
                found.push((pipeline.clone(), test.to_owned(), path));
            }
        }
    }
    found.sort();
    let several = found.windows(2).any(|two| matches!(two, [(one, ..), (other, ..)] if one != other));
    // Two pipelines of a project may have the same tables.
    let name = |pipeline: String, test: String| if several { format!("{pipeline}/{test}") } else { test };
    Ok(found.into_iter().map(|(pipeline, test, path)| (name(pipeline, test), path)).collect())
}

/// What is in a folder, by name; nothing where there is no folder.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| Error::io("failing rows could not be read", &error))?,
    };
    Ok(entries.flatten().filter_map(|entry| Some((entry.file_name().to_str()?.to_owned(), entry.path()))).collect())
}

fn count(path: &Path) -> Result<u64, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path)?)?;
    Ok(u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0))
}

fn read(path: &Path, columns: Option<&[&str]>, reason: Option<&str>, limit: usize) -> Result<Vec<RecordBatch>, Error> {
    batches(path, columns, reason, limit).map_err(|error| unread(path, error))
}

fn unread(path: &Path, error: ParquetError) -> Error {
    Error::io(&format!("{} could not be read", path.display()), &std::io::Error::other(error))
}

fn batches(
    path: &Path,
    columns: Option<&[&str]>,
    reason: Option<&str>,
    limit: usize,
) -> Result<Vec<RecordBatch>, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path)?)?;
    let schema = Arc::clone(builder.schema());
    let chosen =
        columns.map(|columns| columns.iter().filter_map(|name| schema.index_of(name).ok()).collect::<Vec<_>>());
    let (mut out, mut left) = (Vec::new(), limit);
    for batch in builder.build()? {
        let mut batch = batch?;
        if let (Some(reason), Some(column)) = (reason, batch.column_by_name("reason")) {
            let reasons = column.as_string::<i32>();
            let same: BooleanArray =
                (0..reasons.len()).map(|row| Some(reasons.is_valid(row) && reasons.value(row) == reason)).collect();
            batch = filter_record_batch(&batch, &same)?;
        }
        if let Some(chosen) = &chosen {
            batch = batch.project(chosen)?;
        }
        let rows = batch.num_rows().min(left);
        left -= rows;
        out.push(batch.slice(0, rows));
        if left == 0 {
            break;
        }
    }
    Ok(out)
}
