//! Why a run ended without a release: what to say, and which exit code.

use std::fmt;

use crate::diag::{Diagnostic, Diagnostics};
use crate::{engine, ingest, publish, store};

/// Exit codes, as docs/cli.md lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 1: a test, the reconciliation or a guard failed; nothing was published.
    Data,
    /// 2: the project or the command line must be changed.
    Usage,
    /// 3: worth a retry.
    Transient,
    /// 4: another run holds the lease or won the commit.
    Busy,
}

impl Class {
    pub fn exit_code(self) -> u8 {
        match self {
            Class::Data => 1,
            Class::Usage => 2,
            Class::Transient => 3,
            Class::Busy => 4,
        }
    }
}

const OUT_OF_MEMORY: &str = "S0403";

#[derive(Debug)]
pub struct Error {
    pub class: Class,
    pub diagnostics: Diagnostics,
}

impl Error {
    pub fn new(class: Class, diagnostic: Diagnostic) -> Self {
        Self { class, diagnostics: diagnostic.into() }
    }

    /// Files of the run's own that could not be written or read.
    pub fn io(doing: &str, error: &std::io::Error) -> Self {
        let help = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "free disk space (septet gc removes old releases), then run again; the published release is untouched"
            }
            std::io::ErrorKind::PermissionDenied => "let this user write there, then run again",
            _ => "check the disk, then run again; the published release is untouched",
        };
        Self::new(Class::Transient, Diagnostic::error("S0401", format!("{doing}: {error}")).help(help))
    }

    /// Whether a query could not get the memory it needed.
    pub(super) fn out_of_memory(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.code == OUT_OF_MEMORY)
    }

    pub fn engine(model: Option<&crate::model::Model>, error: &engine::Error) -> Self {
        let text = error.to_string();
        let hidden = text.contains('…');
        let mut diagnostic = Diagnostic::error("S0402", text).maybe_help(
            hidden
                .then(|| "messages hold no values: find the row with `try_cast` or a filter in this model".to_owned()),
        );
        if let Some(model) = model {
            diagnostic = diagnostic.in_file(&model.source.path);
        }
        if error.out_of_memory() {
            diagnostic.code = OUT_OF_MEMORY;
            diagnostic = diagnostic
                .help("give it more with `--memory-limit`, or aggregate earlier in this model; nothing was published");
        }
        Self::new(Class::Data, diagnostic)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostics.fmt(f)
    }
}

impl std::error::Error for Error {}

impl From<Diagnostics> for Error {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { class: Class::Usage, diagnostics }
    }
}

impl From<publish::Error> for Error {
    fn from(error: publish::Error) -> Self {
        let class = match error.class() {
            publish::Class::Data => Class::Data,
            publish::Class::Usage => Class::Usage,
            publish::Class::Transient => Class::Transient,
            publish::Class::Busy => Class::Busy,
        };
        Self::new(class, error.to_diagnostic())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::from(publish::Error::Store(error))
    }
}

impl From<ingest::Error> for Error {
    fn from(error: ingest::Error) -> Self {
        let class = if error.transient() { Class::Transient } else { Class::Data };
        Self::new(class, error.to_diagnostic())
    }
}
