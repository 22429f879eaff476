//! Why a source cannot be read at all. A bad record is not an error, it is quarantined.
//!
//! No variant carries what a record says: messages reach logs, records may be personal data.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::diag::Diagnostic;
use crate::names::nearest;

#[derive(Debug)]
pub enum Error {
    Read {
        path: String,
        cause: io::Error,
    },
    /// The file has another size than when the run looked for inputs.
    Changed {
        path: String,
        expected: u64,
        found: u64,
    },
    Gzip {
        path: String,
        cause: io::Error,
    },
    /// Decompresses to absurdly more than it is.
    GzipBomb {
        path: String,
    },
    /// Begins with the byte-order mark of another encoding.
    ByteOrderMark {
        path: String,
        declared: &'static str,
        found: &'static str,
    },
    /// The header is not text in the declared encoding, or not the start of a table.
    Header {
        path: String,
        problem: String,
    },
    MissingColumn {
        path: String,
        column: String,
        expected: Vec<String>,
        found: Vec<String>,
    },
    DuplicateColumn {
        path: String,
        column: String,
        header: String,
    },
    Parquet {
        path: String,
        cause: String,
    },
    /// A Parquet column whose type has no lossless way to the declared one.
    ParquetType {
        path: String,
        column: String,
        found: String,
        declared: String,
    },
    Write {
        file: PathBuf,
        cause: String,
    },
    /// The control total of a file does not fit 128 bits.
    AmountOverflow {
        path: String,
    },
    Cancelled,
    /// A reader gave up in a way it should not; the file is named so that it can be kept and reported.
    Panicked {
        path: String,
    },
}

impl Error {
    pub(super) fn parquet(path: &str, cause: impl fmt::Display) -> Self {
        Self::Parquet { path: path.to_owned(), cause: cause.to_string() }
    }

    pub fn to_diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.code(), self.to_string()).maybe_help(self.help());
        match self.path() {
            Some(path) => diagnostic.in_file(path),
            None => diagnostic,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "S0301",
            Self::Changed { .. } => "S0302",
            Self::Gzip { .. } | Self::GzipBomb { .. } => "S0303",
            Self::ByteOrderMark { .. } => "S0304",
            Self::Header { .. } => "S0305",
            Self::MissingColumn { .. } => "S0306",
            Self::DuplicateColumn { .. } => "S0307",
            Self::Parquet { .. } => "S0308",
            Self::ParquetType { .. } => "S0309",
            Self::Write { .. } => "S0311",
            Self::AmountOverflow { .. } => "S0312",
            Self::Cancelled => "S0313",
            Self::Panicked { .. } => "S0314",
        }
    }

    fn path(&self) -> Option<&str> {
        match self {
            Self::Read { path, .. }
            | Self::Changed { path, .. }
            | Self::Gzip { path, .. }
            | Self::GzipBomb { path }
            | Self::ByteOrderMark { path, .. }
            | Self::Header { path, .. }
            | Self::MissingColumn { path, .. }
            | Self::DuplicateColumn { path, .. }
            | Self::Parquet { path, .. }
            | Self::ParquetType { path, .. }
            | Self::AmountOverflow { path }
            | Self::Panicked { path } => Some(path),
            Self::Write { .. } | Self::Cancelled => None,
        }
    }

    /// Whether the same run may succeed later: the export was still being written, the disk was full.
    pub fn transient(&self) -> bool {
        matches!(self, Self::Changed { .. } | Self::Write { .. } | Self::Cancelled)
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Changed { .. } => Some("run again when the export has finished".to_owned()),
            Self::ByteOrderMark { found, .. } => Some(format!("declare `encoding: {}`", found.to_lowercase())),
            Self::MissingColumn { expected, found, .. } => {
                let near = expected.iter().find_map(|name| nearest(name, found.iter().map(String::as_str)));
                Some(match near {
                    Some(name) => format!("the file has `{name}`: add it to `from` if that is the column"),
                    None => format!("the file has {}", shortened(found)),
                })
            }
            Self::DuplicateColumn { .. } => Some("rename one of the two, or map another header".to_owned()),
            _ => None,
        }
    }
}

/// The first names of a list; a file may have thousands of columns.
fn shortened(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "no columns".to_owned(),
        n if n > 12 => format!("{} and {} more", shown.join(", "), n - 12),
        _ => shown.join(", "),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { cause, .. } => write!(f, "the file cannot be read: {cause}"),
            Self::Changed { expected, found, .. } => {
                write!(f, "the file changed while it was read: {expected} bytes were announced, {found} were found")
            }
            Self::Gzip { cause, .. } => write!(f, "the file is not complete gzip data: {cause}"),
            Self::GzipBomb { .. } => f.write_str("the file decompresses to more than 500 times its size"),
            Self::ByteOrderMark { declared, found, .. } => {
                write!(f, "the file begins with the byte-order mark of {found}, but {declared} is declared")
            }
            Self::Header { problem, .. } => write!(f, "the header cannot be read: {problem}"),
            Self::MissingColumn { column, expected, .. } => {
                write!(f, "the file has no column for `{column}` (looked for {})", shortened(expected))
            }
            Self::DuplicateColumn { column, header, .. } => {
                write!(f, "the file has the header `{header}` of `{column}` more than once")
            }
            Self::Parquet { cause, .. } => write!(f, "the file is not sound Parquet: {cause}"),
            Self::ParquetType { column, found, declared, .. } => {
                write!(f, "`{column}` is {found}, which does not convert to {declared} without loss")
            }
            Self::Write { file, cause } => write!(f, "`{}` cannot be written: {cause}", file.display()),
            Self::AmountOverflow { .. } => f.write_str("the sum of the amount column does not fit 128 bits"),
            Self::Cancelled => f.write_str("the run was interrupted"),
            Self::Panicked { .. } => f.write_str("the reader failed on this file"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { cause, .. } | Self::Gzip { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
