//! Why nothing can be proposed.

use std::io;
use std::path::PathBuf;

use crate::diag::{Diagnostic, Diagnostics};
use crate::ingest;

#[derive(Debug)]
pub enum Fault {
    NoFiles,
    Unreadable {
        path: PathBuf,
        cause: io::Error,
    },
    /// The file has no table that could be made out.
    NoTable {
        path: PathBuf,
    },
    Parquet {
        path: PathBuf,
        cause: String,
    },
    /// A file of the command's own.
    Scratch {
        path: PathBuf,
        cause: io::Error,
    },
    /// What was proposed is not what a pipeline can say: a fault of ours.
    Proposal(Diagnostics),
    Ingest(ingest::Error),
}

impl From<ingest::Error> for Fault {
    fn from(error: ingest::Error) -> Self {
        Self::Ingest(error)
    }
}

impl Fault {
    pub fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::NoFiles => Diagnostic::error("S0437", "no file matches the path")
                .help("name a file, or a glob in quotes: 'exports/orders*.csv'"),
            Self::Unreadable { path, cause } => {
                Diagnostic::error("S0438", format!("the file cannot be read: {cause}")).in_file(path)
            }
            Self::NoTable { path } => Diagnostic::error("S0439", "no table can be made out in the file").in_file(path).help(
                "it should be delimited text with a header, JSON objects, a workbook or Parquet; `--encoding` says how its bytes are text",
            ),
            Self::Parquet { path, cause } => {
                Diagnostic::error("S0440", format!("the file is not sound Parquet: {cause}")).in_file(path)
            }
            Self::Scratch { path, cause } => {
                Diagnostic::error("S0441", format!("a temporary file cannot be written: {cause}")).in_file(path).help("`TMPDIR` names another place")
            }
            Self::Proposal(problems) => {
                let first = problems.iter().next().map(|problem| problem.message.clone()).unwrap_or_default();
                Diagnostic::error("S0442", format!("what would be proposed is not sound: {first}")).help("please report this")
            }
            Self::Ingest(error) => error.to_diagnostic(),
        }
    }
}
