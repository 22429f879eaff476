//! Files read as they will be read: by ingest, first as texts, then with what is proposed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;

use super::Fault;
use crate::diag::{Diagnostics, SourceText};
use crate::ingest::{self, Input, Job, Progress};
use crate::project::source::Source;
use crate::project::{Overrides, Texts, resolve};
use crate::spec::Document;

/// What came of reading.
pub struct Read {
    pub files: Vec<PathBuf>,
    pub records: u64,
    pub quarantined: u64,
    /// Quarantined records by the column that would not do.
    pub by_column: BTreeMap<String, u64>,
}

/// A source from YAML as it would stand under `sources:`.
pub fn source(yaml: &str, timezone: &str) -> Result<Source, Fault> {
    let text = format!(
        "version: 1\nname: infer\ntimezone: {timezone}\ncurrency: USD\nstorage: {{ raw: raw, marts: marts }}\nmodels: []\nsources:\n{yaml}"
    );
    let made = || -> Result<Option<Source>, Diagnostics> {
        let pipeline = Document::parse(&SourceText::new("proposal", text))?;
        let texts = Texts {
            pipeline,
            contracts: Vec::new(),
            sql: Vec::new(),
            mappings: Default::default(),
            matched: Default::default(),
        };
        Ok(resolve(&texts, &Overrides::default())?.sources.into_values().next())
    };
    made().map_err(Fault::Proposal)?.ok_or(Fault::NoFiles)
}

/// Reads files into a folder of its own.
pub fn read(source: &Source, inputs: &[Input], folder: &Path) -> Result<Read, Fault> {
    let quarantine = folder.join("quarantine.parquet");
    // What an earlier reading left is not of this one.
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(|cause| Fault::Scratch { path: folder.to_owned(), cause })?;
    let job = Job { source, inputs: inputs.to_vec(), out: folder.to_owned(), quarantine: quarantine.clone() };
    let ingested = ingest::ingest(&[job], 1, &Progress::default(), &AtomicBool::new(false))?;
    let Some(ingested) = ingested.into_iter().next() else { return Err(Fault::NoFiles) };
    let sum = |of: fn(&ingest::FileLedger) -> u64| ingested.ledger.iter().map(of).sum();
    let mut by_column = BTreeMap::new();
    if quarantine.exists() {
        batches(&quarantine, |batch| {
            if let Some(columns) =
                batch.column_by_name("column").and_then(|it| it.as_any().downcast_ref::<StringArray>())
            {
                for column in columns.iter().flatten() {
                    *by_column.entry(column.to_owned()).or_default() += 1;
                }
            }
            true
        })?;
    }
    Ok(Read {
        files: ingested.files,
        records: sum(|ledger| ledger.rows_in - ledger.blank),
        quarantined: sum(|ledger| ledger.quarantined),
        by_column,
    })
}

/// Goes through the records of a file until it is told to stop.
pub fn batches(file: &Path, mut each: impl FnMut(&RecordBatch) -> bool) -> Result<(), Fault> {
    let broken = |cause: &dyn std::fmt::Display| Fault::Parquet { path: file.to_owned(), cause: cause.to_string() };
    let open = File::open(file).map_err(|cause| Fault::Unreadable { path: file.to_owned(), cause })?;
    let reader = ingest::open_parquet(open)
        .and_then(|builder| builder.with_batch_size(8192).build())
        .map_err(|error| broken(&error))?;
    for batch in reader {
        let batch = batch.map_err(|error| broken(&error))?;
        if !each(&batch) {
            break;
        }
    }
    Ok(())
}

pub fn schema(file: &Path) -> Result<SchemaRef, Fault> {
    let open = File::open(file).map_err(|cause| Fault::Unreadable { path: file.to_owned(), cause })?;
    ingest::open_parquet(open)
        .map(|builder| builder.schema().clone())
        .map_err(|error| Fault::Parquet { path: file.to_owned(), cause: error.to_string() })
}
