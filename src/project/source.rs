//! A source as it is meant: every default filled in, every name checked, every type parsed.

use std::sync::Arc;

use chrono_tz::Tz;

use super::age::Ages;
use crate::cleaning;
use crate::column::ColumnType;
use crate::names::{Name, TableName};
use crate::pattern::PathPattern;
use crate::project::notation::Notation;

#[derive(Clone, Debug)]
pub struct Source {
    pub name: Name,
    /// Below the pipeline's raw storage.
    pub path: PathPattern,
    pub format: Format,
    pub columns: Vec<SourceColumn>,
    pub load: Load,
    /// Which records are versions of one another.
    pub key: Key,
    /// Among records with the same key the greatest wins, then the greatest record. Without it the last file, then the
    /// last line.
    pub order_by: Option<Name>,
    /// SQL over the typed columns; a key whose latest version satisfies it is gone.
    pub deleted_when: Option<String>,
    /// SQL over the typed columns; records for which it is not true are counted as filtered.
    pub keep_when: Option<String>,
    /// The column whose sum is carried through the reconciliation.
    pub amount: Option<Name>,
    /// The staging model whose rows, one per kept record, become `core.sale`.
    pub feeds: Option<TableName>,
    pub on_new_column: NewColumn,
    /// Share of quarantined records above which the run fails.
    pub fail_above: f64,
    /// Number of quarantined records above which it fails, whatever their share.
    pub fail_above_rows: Option<u64>,
    pub freshness: Option<Freshness>,
}

/// How old the newest of a source may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Freshness {
    pub ages: Ages,
    /// A date or time stamp; without it the time at which the newest file was delivered counts.
    pub column: Option<Name>,
}

pub use crate::spec::{ClockGap, ClockOverlap, Load, NewColumn};

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
    Fixed(Fixed),
    JsonLines(Json),
    Json(Json),
    Workbook(Workbook),
    Parquet,
}

impl Format {
    /// After trimming, a field equal to one of these is NULL. The empty field always is.
    pub fn null_words(&self) -> &[String] {
        match self {
            Self::Csv(Csv { null_words, .. })
            | Self::Fixed(Fixed { null_words, .. })
            | Self::JsonLines(Json { null_words, .. })
            | Self::Json(Json { null_words, .. })
            | Self::Workbook(Workbook { null_words, .. }) => null_words,
            Self::Parquet => &[],
        }
    }
}

/// How bytes are text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Charset {
    Declared(&'static encoding_rs::Encoding),
    /// Found out for each file.
    Auto,
}

#[derive(Clone, Debug)]
pub struct Csv {
    pub charset: Charset,
    /// Not empty.
    pub delimiter: String,
    pub quote: Option<u8>,
    pub escape: Option<u8>,
    pub header: Header,
    /// Beginnings of lines that are no records.
    pub comment: Vec<String>,
    pub null_words: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Columns are mapped by position: `from: ["1"]`.
    None,
    /// The first record.
    First,
    /// The record on a line (of a workbook: a row), from 1.
    Line(u64),
}

#[derive(Clone, Debug)]
pub struct Fixed {
    pub charset: Charset,
    /// The line of the first record, from 1.
    pub first_row: u64,
    pub comment: Vec<String>,
    pub null_words: Vec<String>,
}

/// The characters of a line that a column is, `1-6`, from 1, both included, as a start from 0 and an end.
pub fn character_range(text: &str) -> Option<(usize, usize)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse::<usize>().ok()?, last.trim().parse::<usize>().ok()?);
    (first >= 1 && first <= last).then_some((first - 1, last))
}

#[derive(Clone, Debug)]
pub struct Json {
    pub charset: Charset,
    /// Keys to the array of records; always empty for JSON lines.
    pub records: Vec<String>,
    pub null_words: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Workbook {
    pub sheet: Sheet,
    pub header: Header,
    /// Rows that the header takes, at least 1.
    pub header_rows: u64,
    pub comment: Vec<String>,
    pub null_words: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// From 1.
    Number(usize),
    Name(String),
}

#[derive(Clone, Debug)]
pub struct SourceColumn {
    pub name: Name,
    /// Header names (or JSON paths) in order of preference; the first that the file has is read.
    pub from: Vec<String>,
    pub kind: ColumnType,
    pub notation: Notation,
    /// For time stamps without an offset.
    pub zone: Tz,
    pub clock_gap: ClockGap,
    pub clock_overlap: ClockOverlap,
    /// Beside those of the format.
    pub null_words: Vec<String>,
    /// A record without this value is quarantined; a file without this column is refused.
    pub required: bool,
    /// Files may lack the column.
    pub optional: bool,
    pub clean: Vec<Clean>,
    /// In characters.
    pub max_length: Option<usize>,
}

/// A step of cleaning, applied after trimming and after the steps before it.
#[derive(Clone, Debug, PartialEq)]
pub enum Clean {
    Plain(&'static cleaning::Plain),
    Regional(&'static cleaning::Regional, cleaning::Region),
    /// Values that the mapping has become what it says, others stay as they are.
    Map(Arc<cleaning::Mapping>),
}
