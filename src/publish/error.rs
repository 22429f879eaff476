//! What can go wrong between rows and a release that readers see.

use std::fmt;

use datafusion::error::DataFusionError;

use crate::column::ColumnType;
use crate::diag::Diagnostic;
use crate::names::Name;
use crate::store;

/// What an error means for whoever started the run; each has one exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The data, or what is stored, is not as promised: nothing was published.
    Data,
    /// The project or the command must be mended.
    Usage,
    /// Storage, network or credentials: worth a retry.
    Transient,
    /// Another run is at work or was first.
    Busy,
}

impl Class {
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Data => 1,
            Self::Usage => 2,
            Self::Transient => 3,
            Self::Busy => 4,
        }
    }
}

#[derive(Debug)]
pub enum Error {
    Store(store::Error),
    /// The query that gives the rows failed.
    Rows {
        table: Name,
        source: Box<DataFusionError>,
    },
    /// Columns that the rows lack, or have beyond the contract.
    Columns {
        table: Name,
        missing: Vec<Name>,
        unexpected: Vec<String>,
    },
    ColumnType {
        table: Name,
        column: Name,
        expected: ColumnType,
        found: String,
    },
    /// A value that the column's type cannot hold.
    Overflow {
        table: Name,
        column: Name,
        expected: ColumnType,
    },
    NotFinite {
        table: Name,
        column: Name,
        count: u64,
    },
    PartitionValue {
        table: Name,
        column: Name,
    },
    GrainNotUnique {
        table: Name,
        grain: Vec<Name>,
        duplicates: u64,
    },
    /// The rows did not come in the order of partition and grain, so nothing can be said about uniqueness.
    NotSorted {
        table: Name,
        grain: Vec<Name>,
    },
    /// A sink was asked for something it does not do.
    Spec {
        table: Name,
        reason: &'static str,
    },
    /// Writing a Parquet file failed.
    Write {
        table: Name,
        reason: String,
    },
    /// A run id that cannot be part of a file name.
    RunId(String),
    Busy {
        place: String,
        holder: Option<String>,
    },
    /// Another run has committed this number.
    Lost {
        number: u64,
    },
    /// A published file is not what its record says.
    Audit {
        release: String,
        file: String,
        reason: String,
    },
    /// A commit record, or what points to it, cannot be trusted.
    Damaged {
        place: String,
        reason: String,
    },
    NoRelease {
        number: u64,
    },
    /// The commit is known, its files were cleaned away.
    Expired {
        number: u64,
    },
    /// The location of the marts cannot hold releases.
    Location {
        place: String,
        reason: &'static str,
        help: &'static str,
    },
}

impl Error {
    pub fn class(&self) -> Class {
        match self {
            Self::Store(error) if error.transient() => Class::Transient,
            Self::Write { .. } => Class::Transient,
            // A location, a bucket or a policy that no retry mends.
            Self::Store(_)
            | Self::Columns { .. }
            | Self::ColumnType { .. }
            | Self::Spec { .. }
            | Self::RunId(_)
            | Self::NoRelease { .. }
            | Self::Expired { .. }
            | Self::Location { .. } => Class::Usage,
            Self::Busy { .. } | Self::Lost { .. } => Class::Busy,
            Self::Rows { .. }
            | Self::Overflow { .. }
            | Self::NotFinite { .. }
            | Self::PartitionValue { .. }
            | Self::GrainNotUnique { .. }
            | Self::NotSorted { .. }
            | Self::Audit { .. }
            | Self::Damaged { .. } => Class::Data,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "S0501",
            Self::Busy { .. } => "S0502",
            Self::Lost { .. } => "S0503",
            Self::Location { .. } => "S0504",
            Self::Damaged { .. } => "S0505",
            Self::NoRelease { .. } => "S0506",
            Self::Expired { .. } => "S0507",
            Self::Audit { .. } => "S0508",
            Self::RunId(_) => "S0509",
            Self::Rows { .. } => "S0510",
            Self::Columns { .. } => "S0511",
            Self::ColumnType { .. } => "S0512",
            Self::Overflow { .. } => "S0513",
            Self::NotFinite { .. } => "S0514",
            Self::PartitionValue { .. } => "S0515",
            Self::GrainNotUnique { .. } => "S0516",
            Self::NotSorted { .. } => "S0517",
            Self::Write { .. } => "S0518",
            Self::Spec { .. } => "S0519",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Store(error) => error.help(),
            Self::Rows { .. } => "see the model's SQL".to_owned(),
            Self::Columns { .. } => "make the model's select list and the contract's columns agree".to_owned(),
            Self::ColumnType { column, expected, .. } => {
                format!("cast it in the model: `cast({column} as {expected})`, or change the contract")
            }
            Self::Overflow { .. } => {
                "widen the column's type in the contract, or find the value that is too large".to_owned()
            }
            Self::NotFinite { .. } => "let the model give NULL where a quotient has no value".to_owned(),
            Self::PartitionValue { .. } => {
                "partition by values made of letters, digits, `_`, `.` and `-` only".to_owned()
            }
            Self::GrainNotUnique { grain, .. } => format!(
                "group the model by its grain ({}), or join on a unique key; to see them: \
                 `select {}, count(*) … group by all having count(*) > 1`",
                list(grain),
                list(grain)
            ),
            Self::NotSorted { .. } | Self::Spec { .. } => {
                "this is a mistake in septet, not in the project: please report it".to_owned()
            }
            Self::Write { .. } => "check the disk, then run again".to_owned(),
            Self::RunId(_) => {
                "use letters, digits, `_`, `.` and `-`, at most 100, starting with none of `.` and `-`".to_owned()
            }
            Self::Busy { .. } => "wait for the other run, or stop it; nothing was changed".to_owned(),
            Self::Lost { .. } => "run again: it starts from the release that the other run published".to_owned(),
            Self::Audit { .. } => "readers stay on the previous release; run again, and check the storage".to_owned(),
            Self::Damaged { .. } => "see what is wrong with `septet repair --dry-run`".to_owned(),
            Self::NoRelease { .. } => "`septet runs` lists the releases".to_owned(),
            Self::Expired { .. } => "`septet runs` shows which releases still have their files".to_owned(),
            Self::Location { help, .. } => (*help).to_owned(),
        }
    }

    pub fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.code(), self.to_string()).help(self.help())
    }
}

fn list(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            // The engine's own text can quote values of rows; whoever shows it decides (see `source`).
            Self::Rows { table, .. } => write!(f, "the rows of `{table}` could not be computed"),
            Self::Columns { table, missing, unexpected } => {
                write!(f, "the columns of `{table}` are not those of its contract:")?;
                if !missing.is_empty() {
                    write!(f, " missing {}", list(missing))?;
                }
                if !unexpected.is_empty() {
                    let and = if missing.is_empty() { "" } else { ";" };
                    write!(f, "{and} unexpected {}", unexpected.join(", "))?;
                }
                Ok(())
            }
            Self::ColumnType { table, column, expected, found } => {
                write!(f, "column `{column}` of `{table}` is {found}, its contract says {expected}")
            }
            Self::Overflow { table, column, expected } => {
                write!(f, "a value of column `{column}` of `{table}` does not fit in {expected}")
            }
            Self::NotFinite { table, column, count } => {
                write!(f, "column `{column}` of `{table}` has {count} values that are infinite or not a number")
            }
            Self::PartitionValue { table, column } => {
                write!(f, "a value of column `{column}` cannot name a partition of `{table}`")
            }
            Self::GrainNotUnique { table, grain, duplicates } => write!(
                f,
                "`{table}` is not one row per {}: {duplicates} row{} repeat{} an earlier one's key",
                list(grain),
                if *duplicates == 1 { "" } else { "s" },
                if *duplicates == 1 { "s" } else { "" },
            ),
            Self::NotSorted { table, grain } => write!(f, "the rows of `{table}` came unsorted by {}", list(grain)),
            Self::Spec { table, reason } => write!(f, "`{table}` cannot be written: {reason}"),
            Self::Write { table, reason } => write!(f, "cannot write `{table}`: {reason}"),
            Self::RunId(id) => write!(f, "`{id}` cannot be a run id"),
            Self::Busy { place, holder: Some(holder) } => write!(f, "another run is at work on {place}: {holder}"),
            Self::Busy { place, holder: None } => write!(f, "another run is at work on {place}"),
            Self::Lost { number } => write!(f, "another run has committed release {number} first; this one is void"),
            Self::Audit { release, file, reason } => {
                write!(f, "release {release} was not published: {file} {reason}")
            }
            Self::Damaged { place, reason } => write!(f, "{place} is damaged: {reason}"),
            Self::NoRelease { number } => write!(f, "there is no release {number}"),
            Self::Expired { number } => write!(f, "the files of release {number} were cleaned away"),
            Self::Location { place, reason, .. } => write!(f, "{place} cannot hold releases: {reason}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Rows { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}
