//! What the headers of a source's files say, one file after the other: columns that came, went, or hold less.
//!
//! A file is compared with those before it in the order of paths, never with what an earlier run saw, so that the same
//! files are judged alike whenever they came.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use serde::{Deserialize, Serialize};

use super::chunk::Chunk;
use super::error::shortened;
use crate::diag::{Diagnostic, Diagnostics};
use crate::names::nearest;
use crate::project::Source;
use crate::project::source::NewColumn;

/// Values that say what a column nobody reads seems to hold.
const SAMPLE: usize = 200;
/// Columns nobody reads that are known by name.
pub const NAMED: usize = 200;

/// What the header of one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headed {
    /// Declared columns that it does not have.
    pub absent: Vec<String>,
    pub extra: Vec<Extra>,
    /// More than those: a table has no thousands of columns.
    pub more: usize,
    /// Of files that have types: what the declared columns are in it.
    pub stored: Vec<(String, Stored)>,
}

/// A column that nothing reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    pub name: String,
    /// What its first values look like.
    pub kind: Option<String>,
}

/// The type of a column in a file that has types, as far as it decides what can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stored {
    Text,
    Boolean,
    /// Bits.
    Integer(u8),
    /// Digits before and behind the point.
    Decimal(u8, u8),
    Float(u8),
    Date,
    Timestamp,
}

impl Stored {
    pub fn of(data_type: &DataType) -> Option<Self> {
        use DataType as D;
        Some(match data_type {
            D::Dictionary(_, value) => return Self::of(value),
            D::Utf8 | D::LargeUtf8 | D::Utf8View | D::Binary | D::LargeBinary | D::BinaryView => Self::Text,
            D::Boolean => Self::Boolean,
            D::Int8 | D::UInt8 => Self::Integer(8),
            D::Int16 | D::UInt16 => Self::Integer(16),
            D::Int32 | D::UInt32 => Self::Integer(32),
            D::Int64 | D::UInt64 => Self::Integer(64),
            D::Decimal32(p, s) | D::Decimal64(p, s) | D::Decimal128(p, s) | D::Decimal256(p, s) => {
                let scale = u8::try_from(*s).unwrap_or(0);
                Self::Decimal(p.saturating_sub(scale), scale)
            }
            D::Float16 => Self::Float(16),
            D::Float32 => Self::Float(32),
            D::Float64 => Self::Float(64),
            D::Date32 | D::Date64 => Self::Date,
            D::Timestamp(..) => Self::Timestamp,
            _ => return None,
        })
    }

    /// Whether something that the type before could hold no longer fits.
    fn narrower_than(self, before: Self) -> bool {
        use Stored::{Boolean, Date, Decimal, Float, Integer, Text, Timestamp};
        match (before, self) {
            (_, Text) => false,
            (Text, _) => true,
            (Integer(before), Integer(now)) | (Float(before), Float(now)) => now < before,
            (Decimal(whole, point), Decimal(now, behind)) => now < whole || behind < point,
            (Decimal(_, point), Integer(_)) => point > 0,
            (Float(_), Integer(_)) | (Decimal(..), Float(_)) | (Timestamp, Date) => true,
            (Integer(_) | Decimal(..) | Float(_), Boolean) => true,
            _ => false,
        }
    }

    fn said(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Integer(bits) => format!("a whole number of {bits} bits"),
            Self::Decimal(whole, point) => format!("decimal({},{point})", u16::from(whole) + u16::from(point)),
            Self::Float(bits) => format!("a float of {bits} bits"),
            Self::Date => "date".to_owned(),
            Self::Timestamp => "timestamp".to_owned(),
        }
    }
}

/// What the values of a field look like.
pub fn sampled(chunk: &Chunk, field: usize) -> Option<String> {
    let values: Vec<&str> =
        chunk.column(field).flatten().map(str::trim).filter(|it| !it.is_empty()).take(SAMPLE).collect();
    if values.is_empty() {
        return None;
    }
    let all = |is: fn(&str) -> bool| values.iter().all(|value| is(value));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let kind = if all(|it| it.parse::<i64>().is_ok() && (it == "0" || !it.starts_with('0'))) {
        "bigint"
    } else if all(|it| it.parse::<f64>().is_ok_and(f64::is_finite) && it.contains('.')) {
        "decimal"
    } else if values
        .iter()
        .all(|it| it.len() == 10 && it.split(['-', '/']).count() == 3 && it.split(['-', '/']).all(digits))
    {
        "date"
    } else {
        "string"
    };
    Some(kind.to_owned())
}

/// Judges the files of a source in the order of their paths. Removed, renamed and narrowed columns are errors, new ones
/// what the source says they are; files are united by name, so their order is nobody's business.
pub fn judge(source: &Source, files: &[(&str, &Headed)]) -> Diagnostics {
    let mut found = Diagnostics::default();
    removed(source, files, &mut found);
    narrowed(files, &mut found);
    added(source, files, &mut found);
    found
}

fn removed(source: &Source, files: &[(&str, &Headed)], found: &mut Diagnostics) {
    for column in source.columns.iter().filter(|column| !column.optional) {
        let lacks = |headed: &Headed| headed.absent.iter().any(|name| name == column.name.as_str());
        let (mut had, mut offending) = (false, None);
        for (path, headed) in files {
            match (lacks(headed), had) {
                (false, _) => had = true,
                (true, true) => {
                    offending = offending.or(Some((path, headed)));
                }
                (true, false) => {}
            }
        }
        let (message, (path, headed)) = match (had, offending, files.last()) {
            (true, Some(offending), _) => {
                (format!("the file has no column for `{}`, which files before it had", column.name), offending)
            }
            (false, _, Some((path, headed))) => {
                let wanted = shortened(&column.from);
                (
                    format!("no file of `{}` has a column for `{}` (looked for {wanted})", source.name, column.name),
                    (path, headed),
                )
            }
            _ => continue,
        };
        let names = || headed.extra.iter().map(|extra| extra.name.as_str());
        let wanted = column.from.iter().map(String::as_str).chain([column.name.as_str()]);
        let likely =
            wanted.filter_map(|name| nearest(name, names()).or_else(|| names().find(|it| alike(it, name)))).next();
        // With one column gone and one new, the one is likely the other.
        let only = if headed.absent.len() == 1 && headed.extra.len() == 1 { names().next() } else { None };
        let help = match likely.or(only) {
            Some(name) => format!(
                "`{name}` is new in it: if that is the column, add it to `from`; if files may lack it, say `optional: true`"
            ),
            None => "if files may lack it, say `optional: true`".to_owned(),
        };
        found.push(Diagnostic::error("S0335", message).in_file(path).help(help));
    }
}

/// What a column is called now that no record has its name: the same but for case, or for a character in four. Names that
/// differ in their numbers alone (`address1`, `address2`) are two columns.
pub fn renamed<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(|it: char| it.is_ascii_digit(), "");
    let lower = name.to_lowercase();
    let near = |it: &&str| {
        let other = it.to_lowercase();
        other == lower
            || plain(it) != plain(name) && strsim::damerau_levenshtein(&other, &lower) <= lower.chars().count() / 4
    };
    names.into_iter().filter(near).min_by_key(|it| (strsim::damerau_levenshtein(it, name), *it))
}

/// One name within the other: `customer_name` for `name`.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    a.contains(&b) || b.contains(&a)
}

fn narrowed(files: &[(&str, &Headed)], found: &mut Diagnostics) {
    let mut before: BTreeMap<&str, Stored> = BTreeMap::new();
    for (path, headed) in files {
        for (name, now) in &headed.stored {
            if let Some(was) = before.insert(name, *now)
                && now.narrower_than(was)
            {
                let message =
                    format!("`{name}` is {} in this file and was {} in files before it", now.said(), was.said());
                let help = "what does not fit was lost before the file came: have it exported as before";
                found.push(Diagnostic::error("S0336", message).in_file(path).help(help));
            }
        }
    }
}

fn added(source: &Source, files: &[(&str, &Headed)], found: &mut Diagnostics) {
    let mut new: BTreeMap<&str, (&str, Option<&str>)> = BTreeMap::new();
    for (path, headed) in files {
        for extra in &headed.extra {
            let (_, kind) = new.entry(&extra.name).or_insert((path, None));
            *kind = kind.or(extra.kind.as_deref());
        }
    }
    let Some((first, _)) = new.values().next().copied() else { return };
    let named: Vec<String> = new
        .iter()
        .take(12)
        .map(|(name, (_, kind))| kind.map_or_else(|| format!("`{name}`"), |kind| format!("`{name}` ({kind})")))
        .collect();
    let more = files.iter().map(|(_, headed)| headed.more).max().unwrap_or(0) + new.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("columns of `{}` that nothing reads: {}{more}", source.name, named.join(", "));
    let help = "declare them under `columns` to use them, or say `on_new_column: ignore`";
    match source.on_new_column {
        NewColumn::Ignore => {}
        NewColumn::Warn => found.push(Diagnostic::warning("S0353", message).in_file(first).help(help)),
        NewColumn::Error => found.push(Diagnostic::error("S0337", message).in_file(first).help(help)),
    }
}
