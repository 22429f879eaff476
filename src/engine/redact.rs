//! The engine's messages without the values they quote: rows must not reach logs.
//!
//! Messages of a running query are written for the developers of the engine and hold what was in a row: `Cannot cast
//! string 'x' to value of Int32 type`. No pattern knows them all, so only words that the engine is known to say are
//! kept, and names of types; everything else, and all that stands in quotes, is taken for a value.

use arrow::error::ArrowError;
use datafusion::common::DataFusionError;

use crate::functions;

/// The first line of what an engine error says.
pub(super) fn message(error: &DataFusionError) -> String {
    let root = error.find_root();
    let text = root.strip_backtrace();
    let line = text.lines().next().unwrap_or_default();
    match root {
        // Said of SQL and schemas, before a row is read.
        DataFusionError::Plan(_) | DataFusionError::SchemaError(..) | DataFusionError::SQL(..) => line.to_owned(),
        // Paths and causes of the operating system.
        DataFusionError::IoError(_) | DataFusionError::ObjectStore(_) => line.to_owned(),
        DataFusionError::ArrowError(arrow, _) if matches!(arrow.as_ref(), ArrowError::IoError(..)) => line.to_owned(),
        // Who holds how much memory, over several lines.
        DataFusionError::ResourcesExhausted(_) => {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
        }
        _ if is_own(line) => line.to_owned(),
        _ => without_values(line),
    }
}

/// Septet's own functions begin their sentences with their names, and put no values into them.
fn is_own(line: &str) -> bool {
    let sentence = line.strip_prefix("Execution error: ").unwrap_or_default();
    let name = sentence.split(' ').next().unwrap_or_default();
    !sentence.contains(QUOTES) && functions::all().iter().any(|function| function.udf.name() == name)
}

/// What stands for a value.
const VALUE: &str = "'…'";

const QUOTES: [char; 3] = ['\'', '"', '`'];

/// What the engine's sentences are made of. No word that could be a person's name or a place.
const WORDS: [&str; 119] = [
    "a",
    "allowed",
    "an",
    "and",
    "argument",
    "arithmetic",
    "array",
    "arrow",
    "as",
    "at",
    "base64",
    "be",
    "between",
    "binary",
    "by",
    "byte",
    "cannot",
    "cast",
    "character",
    "characters",
    "code",
    "column",
    "compile",
    "compute",
    "contains",
    "convert",
    "could",
    "data",
    "date",
    "decimal",
    "decode",
    "did",
    "divide",
    "does",
    "encode",
    "end",
    "error",
    "exceeded",
    "execution",
    "expected",
    "expression",
    "external",
    "factorial",
    "failed",
    "for",
    "format",
    "from",
    "function",
    "given",
    "happened",
    "has",
    "hex",
    "iana",
    "in",
    "incomplete",
    "index",
    "input",
    "integer",
    "internal",
    "interval",
    "invalid",
    "is",
    "large",
    "last",
    "length",
    "list",
    "must",
    "negative",
    "no",
    "not",
    "null",
    "number",
    "of",
    "offset",
    "on",
    "or",
    "out",
    "overflow",
    "overflowing",
    "padding",
    "parse",
    "parser",
    "parsing",
    "part",
    "point",
    "position",
    "power",
    "precision",
    "premature",
    "range",
    "regex",
    "regular",
    "requested",
    "sequence",
    "size",
    "small",
    "store",
    "string",
    "substring",
    "such",
    "supported",
    "symbol",
    "syntax",
    "than",
    "the",
    "time",
    "timestamp",
    "timezone",
    "to",
    "too",
    "trailing",
    "type",
    "unable",
    "unicode",
    "unsupported",
    "using",
    "value",
    "zero",
    "zone",
];

fn without_values(line: &str) -> String {
    let line = line.replace("Can't ", "Cannot ");
    // A value may hold quotes itself: from the first to the last of the line nothing is kept.
    let line = match (line.find(QUOTES), line.rfind(QUOTES)) {
        (Some(first), Some(last)) => {
            let end = line.get(last + 1..).unwrap_or_default();
            format!("{} {VALUE} {end}", line.get(..first).unwrap_or_default())
        }
        _ => line,
    };
    let mut said: Vec<&str> = Vec::new();
    for word in line.split_whitespace() {
        let scale = said.last().is_some_and(|last| last.starts_with("Decimal") && last.ends_with(','))
            && word.trim_end_matches([')', '.', ',']).bytes().all(|byte| byte.is_ascii_digit());
        if scale || is_word(word) || is_type(word) {
            said.push(word);
        } else if said.last() != Some(&VALUE) {
            said.push(VALUE);
        }
    }
    said.join(" ")
}

fn is_word(word: &str) -> bool {
    let plain = word.trim_end_matches([',', '.', ';', ':']).to_ascii_lowercase();
    WORDS.binary_search(&plain.as_str()).is_ok()
}

/// `Int32`, `Utf8View`, `Time64(ns)`, `Decimal128(18,`: the name of a type as arrow writes it.
fn is_type(word: &str) -> bool {
    let plain = word.trim_end_matches(['.', ';', ':']);
    let (name, inside) = plain.split_once('(').unwrap_or((plain, ""));
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let known = [
        "Int",
        "UInt",
        "Float",
        "Decimal",
        "Utf",
        "LargeUtf",
        "Utf8View",
        "Date",
        "Time",
        "Timestamp",
        "Boolean",
        "Binary",
    ];
    let units = ["", "s)", "ms)", "us)", "ns)", "µs)"];
    let digits = inside.trim_end_matches([',', ')']);
    known.contains(&name)
        && (units.contains(&inside)
            || (name == "Decimal" && digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit())))
}

#[cfg(test)]
mod tests;
