//! The sentences: what went wrong, and what to do about it.

use std::fmt;

use super::super::read::archive::Refused;
use super::super::read::packing::{Content, Packing};
use super::Error;
use crate::names::nearest;

impl Error {
    pub(super) fn help(&self) -> Option<String> {
        match self {
            Self::Changed { .. } => Some("run again when the export has finished".to_owned()),
            Self::ByteOrderMark { found, .. } => Some(format!("declare `encoding: {}`", found.to_lowercase())),
            Self::MissingColumn { expected, fields, found, .. } => Some(missing_column(expected, *fields, found)),
            Self::Header { problem, .. } if problem.contains("declared encoding") => {
                Some("declare the encoding that it is in, such as `encoding: gbk`, or `auto`".to_owned())
            }
            Self::Header { problem, .. } if problem.contains("snapshot") => {
                Some("remove the file; a snapshot of nothing is a file with its header alone".to_owned())
            }
            Self::Header { problem, .. } if problem.contains("merged") => {
                Some("save it as `.xlsx`, or with all names in one row".to_owned())
            }
            Self::DuplicateColumn { .. } => Some("rename one of the two, or map another header".to_owned()),
            Self::Packed { .. } => Some("send the file again, or replace it by a sound copy".to_owned()),
            Self::Bomb { .. } => Some("if it is meant to be so, unpack it first".to_owned()),
            Self::Misnamed { path, named, found } => Some(renamed(path, *named, *found)),
            Self::EmptyArchive { .. } => Some("replace it by an archive with the export in it".to_owned()),
            Self::Member { problem, .. } => Some(
                match problem {
                    Refused::Encrypted => "pack it without a password",
                    Refused::Nested => "unpack it, or pack the files in it into one archive",
                    Refused::Name => "pack it under a plain name",
                    Refused::Method(_) => "pack it with deflate, as every archiver can",
                    Refused::Twice => "pack them under names of their own",
                }
                .to_owned(),
            ),
            Self::Json { problem, .. } if problem.starts_with("something follows") => {
                Some("if every line is a document, declare `type: jsonl`".to_owned())
            }
            Self::Json { .. } => Some("export it again: nobody can say what is missing".to_owned()),
            Self::Workbook { .. } => Some("open it, save it again, or save the sheet as CSV".to_owned()),
            Self::WorkbookPassword { .. } => Some("save it without a password".to_owned()),
            Self::WorkbookTooLarge { .. } => Some("save the sheet as CSV".to_owned()),
            Self::NotAWorkbook { .. } => Some(
                "some programs name text or a web page `.xls`: open it, and save it as a workbook or CSV".to_owned(),
            ),
            Self::NoSheet { found, .. } => Some(format!("the workbook has {}", shortened(found))),
            Self::NoRecords { arrays, .. } => Some(match arrays.as_slice() {
                [] => "there is no array in it".to_owned(),
                arrays if arrays == [""] => "the document itself is the array: leave `records` out".to_owned(),
                arrays => format!("set `records`; there are arrays at {}", shortened(arrays)),
            }),
            _ => None,
        }
    }
}

fn described(found: Option<Content>) -> &'static str {
    found.map_or("something else", Content::describe)
}

/// What to do about a file whose name does not say what it is.
fn renamed(path: &str, named: Packing, found: Option<Content>) -> String {
    let bare = path.strip_suffix(named.extension()).unwrap_or(path);
    match found {
        Some(Content::Packed(packing)) if named == Packing::Plain => {
            format!("name it `{bare}{}`, or unpack it", packing.extension())
        }
        Some(Content::Packed(packing)) if packing == named => "it is packed twice: unpack it once".to_owned(),
        Some(Content::Packed(packing)) => format!("name it `{bare}{}`", packing.extension()),
        Some(Content::Workbook | Content::OldWorkbook) => "declare `type: xlsx`, or save it as CSV".to_owned(),
        Some(Content::Parquet) => "declare `type: parquet`".to_owned(),
        Some(Content::Pdf) => "export it as a table".to_owned(),
        None => format!("if it is not packed, name it `{bare}`"),
    }
}

/// Characters that people divide fields with.
pub const DELIMITERS: [char; 4] = [';', '\t', '|', ','];
/// Characters of a name that are shown, and of a whole header.
const NAME: usize = 40;
const HEADER: usize = 120;

fn cut(name: &str, most: usize) -> String {
    match name.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// The first names of a list; a file may have thousands of columns.
pub fn shortened(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("`{}`", cut(name, NAME))).collect();
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
            Self::Packed { packing, cause, .. } => {
                write!(f, "the file is not complete {} data: {cause}", packing.name())
            }
            Self::Bomb { .. } => f.write_str("the file unpacks to more than 500 times its size, or more than a TiB"),
            Self::Misnamed { named: Packing::Plain, found, .. } => {
                write!(f, "the file is {}, which its name does not say", described(*found))
            }
            Self::Misnamed { named, found, .. } => {
                write!(f, "the file ends in `{}`, but what it has is {}", named.extension(), described(*found))
            }
            Self::EmptyArchive { .. } => f.write_str("the archive has no files in it"),
            Self::Member { member, problem, .. } => match problem {
                Refused::Encrypted => write!(f, "`{member}` in the archive is under a password"),
                Refused::Nested => write!(f, "`{member}` in the archive is itself packed"),
                Refused::Name => write!(f, "`{member}` in the archive has a name that leads out of it, or is a link"),
                Refused::Method(method) => write!(f, "`{member}` in the archive is packed with {method}"),
                Refused::Twice => write!(f, "the archive has two files of the name `{member}`"),
            },
            Self::Json { line, problem, .. } => {
                write!(f, "the file is not a sound JSON document: {problem}, on line {line}")
            }
            Self::Workbook { problem, .. } => write!(f, "the workbook cannot be read: {problem}"),
            Self::WorkbookPassword { .. } => f.write_str("the workbook is under a password"),
            Self::WorkbookTooLarge { .. } => {
                f.write_str("the workbook is too large: it takes several hundred MiB unpacked")
            }
            Self::NotAWorkbook { .. } => f.write_str("the file is not a workbook"),
            Self::NoSheet { sheet, .. } => write!(f, "the workbook has no sheet `{sheet}`"),
            Self::NoRecords { records, .. } if records.is_empty() => {
                f.write_str("the document is not an array of records")
            }
            Self::NoRecords { records, .. } => write!(f, "the document has no array at `{records}`"),
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

/// What the header of a file without a wanted column suggests.
fn missing_column(expected: &[String], fields: usize, found: &[String]) -> String {
    let near = expected.iter().find_map(|name| {
        let other_case = found.iter().find(|it| it.to_lowercase() == name.to_lowercase()).map(String::as_str);
        other_case.or_else(|| nearest(name, found.iter().map(String::as_str)))
    });
    match (near, found) {
        (None, []) => format!(
            "no declared name is in what is taken for the header, {fields} {}; if it is a record, say `header: false`, \
             if the header is further down, `header_row`, and if it is no text, `encoding`",
            if fields == 1 { "field" } else { "fields" }
        ),
        (Some(name), _) => format!("the file has `{}`: add it to `from` if that is the column", cut(name, NAME)),
        (None, [only]) => match only.chars().find(|c| DELIMITERS.contains(c)) {
            Some(c) => format!(
                "the header is one column, `{}`: say `delimiter: \"{}\"` if that divides it",
                cut(only, HEADER),
                c.escape_default()
            ),
            None => format!("the file has `{}`; if the header is further down, say `header_row`", cut(only, NAME)),
        },
        (None, found) => format!("the file has {}", shortened(found)),
    }
}
