//! Why a source cannot be read at all. A bad record is not an error, it is quarantined.
//!
//! No variant carries what a record says: messages reach logs, records may be personal data.

mod said;

use std::fmt;
use std::io;
use std::path::PathBuf;

pub(super) use said::{DELIMITERS, shortened};

use super::read::archive::Refused;
use super::read::packing::{Content, Packing};
use crate::diag::Diagnostic;

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
    /// Packed bytes that are damaged or cut off.
    Packed {
        path: String,
        packing: Packing,
        cause: io::Error,
    },
    /// Unpacks to absurdly more than it is.
    Bomb {
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
        fields: usize,
        /// Names of the file; none where its first line may be a record.
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
    /// The bytes are not what the name says.
    Misnamed {
        path: String,
        named: Packing,
        found: Option<Content>,
    },
    EmptyArchive {
        path: String,
    },
    Member {
        path: String,
        member: String,
        problem: Refused,
    },
    /// A JSON document that cannot be read to its end.
    Json {
        path: String,
        line: i64,
        problem: String,
    },
    /// A JSON document without an array of records where it was declared.
    NoRecords {
        path: String,
        /// Dotted; empty for the document itself.
        records: String,
        /// Where arrays are.
        arrays: Vec<String>,
    },
    Workbook {
        path: String,
        problem: String,
    },
    WorkbookPassword {
        path: String,
    },
    WorkbookTooLarge {
        path: String,
    },
    NotAWorkbook {
        path: String,
    },
    NoSheet {
        path: String,
        sheet: String,
        found: Vec<String>,
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
            Self::Packed { .. } | Self::Bomb { .. } => "S0303",
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
            Self::Misnamed { .. } => "S0315",
            Self::Member { .. } | Self::EmptyArchive { .. } => "S0316",
            Self::Json { .. } => "S0317",
            Self::NoRecords { .. } => "S0318",
            Self::Workbook { .. } | Self::NotAWorkbook { .. } => "S0319",
            Self::WorkbookPassword { .. } => "S0320",
            Self::WorkbookTooLarge { .. } => "S0321",
            Self::NoSheet { .. } => "S0322",
        }
    }

    fn path(&self) -> Option<&str> {
        match self {
            Self::Read { path, .. }
            | Self::Changed { path, .. }
            | Self::Packed { path, .. }
            | Self::Bomb { path }
            | Self::Misnamed { path, .. }
            | Self::EmptyArchive { path }
            | Self::Member { path, .. }
            | Self::Json { path, .. }
            | Self::NoRecords { path, .. }
            | Self::Workbook { path, .. }
            | Self::WorkbookPassword { path }
            | Self::WorkbookTooLarge { path }
            | Self::NotAWorkbook { path }
            | Self::NoSheet { path, .. }
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
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { cause, .. } | Self::Packed { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
