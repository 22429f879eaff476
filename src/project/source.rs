//! A source as it is meant: every default filled in, every name checked, every type parsed.

use chrono_tz::Tz;

use crate::column::ColumnType;
use crate::names::{Name, TableName};

#[derive(Clone, Debug)]
pub struct Source {
    pub name: Name,
    /// Glob below the pipeline's raw storage.
    pub path: String,
    pub format: Format,
    pub columns: Vec<SourceColumn>,
    /// Which records are versions of one another.
    pub key: Key,
    /// Among records with the same key the greatest wins; then the last file, then the last line.
    pub order_by: Option<Name>,
    /// SQL over the typed columns; records for which it is not true are counted as filtered.
    pub keep_when: Option<String>,
    /// The column whose sum is carried through the reconciliation.
    pub amount: Option<Name>,
    /// The staging model whose rows, one per kept record, become `core.sale`.
    pub feeds: Option<TableName>,
    /// Share of quarantined records above which the run fails.
    pub fail_above: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// Every record stands for itself.
    None,
    /// Exact repeats are one record.
    All,
    Columns(Vec<Name>),
}

#[derive(Clone, Debug)]
pub enum Format {
    Csv(Csv),
    JsonLines { null_words: Vec<String> },
    Parquet,
}

#[derive(Clone, Debug)]
pub struct Csv {
    pub encoding: &'static encoding_rs::Encoding,
    pub delimiter: u8,
    pub quote: Option<u8>,
    /// Without a header, columns are mapped by position: `from: ["1"]`.
    pub header: bool,
    /// After trimming, a field equal to one of these is NULL. The empty field always is.
    pub null_words: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct SourceColumn {
    pub name: Name,
    /// Header names (or JSON paths) in order of preference; the first that the file has is read.
    pub from: Vec<String>,
    pub kind: ColumnType,
    /// strptime formats for dates and time stamps, tried in order.
    pub formats: Vec<String>,
    /// For time stamps without an offset.
    pub zone: Tz,
    /// A record without this value is quarantined; a file without this column is refused.
    pub required: bool,
    pub clean: Vec<Clean>,
    /// In characters.
    pub max_length: Option<usize>,
}

/// Text normalisations, applied in order after trimming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clean {
    /// Full-width letters, digits and punctuation to their ASCII forms.
    HalfWidth,
    Lower,
    Upper,
    /// Only the digits.
    Digits,
    /// Lower case, half width, no blanks; NULL when it has no `@`.
    Email,
    /// E.164 with the calling code of a region (`+86`); NULL when no digits remain.
    Phone {
        calling_code: &'static str,
    },
}
