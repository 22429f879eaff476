//! Records that could not be read, kept by run: `quarantine/<run>/<source>.parquet`, and beside them what was counted.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use chrono::{DateTime, NaiveDate, Utc};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use serde::{Deserialize, Serialize};

use super::{Error, Run};
use crate::engine;
use crate::names::Name;

/// Runs of a pipeline that are kept.
const KEPT: usize = 20;
const COUNTS: &str = "quarantine.json";

/// What one run set aside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quarantine {
    pub version: u32,
    pub run_id: String,
    pub pipeline: String,
    pub as_of: NaiveDate,
    pub started_at: DateTime<Utc>,
    /// All that the run looked at, those without a bad record too.
    pub sources: Vec<QuarantinedSource>,
    #[serde(skip)]
    folder: PathBuf,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QuarantinedSource {
    pub name: String,
    pub records: u64,
    pub quarantined: u64,
    /// Records by the code of their reason.
    pub reasons: BTreeMap<String, u64>,
}

/// Makes a folder for raw texts of records: for whoever mends the files, nobody else.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

impl Quarantine {
    /// What all runs that are kept set aside, the newest run first.
    pub fn list(artefacts: &Path) -> io::Result<Vec<Self>> {
        let entries = match fs::read_dir(artefacts.join("quarantine")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut runs = Vec::new();
        for entry in entries {
            let folder = entry?.path();
            // A run that was killed meanwhile has counted nothing.
            let Ok(bytes) = fs::read(folder.join(COUNTS)) else { continue };
            if let Ok(run) = serde_json::from_slice::<Self>(&bytes) {
                runs.push(Self { folder, ..run });
            }
        }
        runs.sort_by(|a, b| (b.started_at, &b.run_id).cmp(&(a.started_at, &a.run_id)));
        Ok(runs)
    }

    pub fn source(&self, name: &str) -> Option<&QuarantinedSource> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// Where the records of a source are, if there are any.
    pub fn records(&self, source: &str) -> Option<PathBuf> {
        let path = self.folder.join(format!("{source}.parquet"));
        self.source(source).filter(|source| source.quarantined > 0).map(|_| path)
    }
}

impl Run {
    /// Copies the rejects of a source to where people look for them.
    pub(super) fn keep_rejects(&self, name: &Name, rejects: &Path) -> Result<String, Error> {
        let folder = self.quarantine();
        make_private(&folder).map_err(unwritten)?;
        let to = folder.join(format!("{name}.parquet"));
        let _ = fs::remove_file(&to);
        // The typed records' cache and every run that reads them again keep the same file, which nobody changes.
        if fs::hard_link(rejects, &to).is_err() {
            fs::copy(rejects, &to).map_err(unwritten)?;
        }
        Ok(to.strip_prefix(".").unwrap_or(&to).display().to_string())
    }

    /// Writes down what the run set aside, and lets go of what runs long ago did.
    pub(super) fn keep_quarantine(&self, read: &[(&Name, u64, u64)]) -> Result<(), Error> {
        let folder = self.quarantine();
        make_private(&folder).map_err(unwritten)?;
        let mut sources = Vec::with_capacity(read.len());
        for (name, records, quarantined) in read {
            let path = folder.join(format!("{name}.parquet"));
            let counted = if *quarantined > 0 { reasons(&path) } else { Ok(BTreeMap::new()) };
            let reasons =
                self.engine_ok(counted.map_err(|error| engine::Error::new("the quarantine", error.into())))?;
            sources.push(QuarantinedSource {
                name: name.to_string(),
                records: *records,
                quarantined: *quarantined,
                reasons,
            });
        }
        let run = Quarantine {
            version: 1,
            run_id: self.run_id.clone(),
            pipeline: self.project.name.to_string(),
            as_of: self.plan.as_of,
            started_at: self.started_at,
            sources,
            folder: PathBuf::new(),
        };
        let json = serde_json::to_vec_pretty(&run).map_err(|error| unwritten(error.into()))?;
        fs::write(folder.join(COUNTS), json).map_err(unwritten)?;
        let all = Quarantine::list(&self.artefacts).map_err(unwritten)?;
        for old in all.iter().filter(|other| other.pipeline == run.pipeline).skip(KEPT) {
            fs::remove_dir_all(&old.folder).map_err(unwritten)?;
        }
        Ok(())
    }

    fn quarantine(&self) -> PathBuf {
        self.artefacts.join("quarantine").join(&self.run_id)
    }
}

fn unwritten(error: io::Error) -> Error {
    Error::io("the quarantine could not be written", &error)
}

fn reasons(path: &Path) -> Result<BTreeMap<String, u64>, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path)?)?;
    let reason = ProjectionMask::columns(builder.parquet_schema(), ["reason"]);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for batch in builder.with_projection(reason).build()? {
        for reason in batch?.column(0).as_string::<i32>().iter().flatten() {
            *counts.entry(reason.to_owned()).or_default() += 1;
        }
    }
    Ok(counts)
}
