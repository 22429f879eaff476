//! JSON to records: one object a line, or a document with an array of them.
//!
//! Of a repeated key the last value counts. An object or array where a value is expected is its JSON text.

mod document;
mod grammar;
mod scanner;
mod shape;

pub use document::{Document, Found};
pub use shape::Shape;

use super::super::chunk::{Cells, Step, Verdict};
use super::super::text::is_blank;
use super::lines::line_end;

/// The record on the line at `from`; `None` when more of it is to come.
pub fn split_line(shape: &mut Shape, text: &str, from: usize, last: bool, cells: &mut Cells) -> Option<Step> {
    let content = match text.get(from..).and_then(|rest| rest.find('\n')) {
        Some(length) => from + length,
        None if last => text.len(),
        None => return None,
    };
    let end = line_end(text.as_bytes(), content, last)?;
    let line = text.get(from..content).unwrap_or_default();
    let verdict = if line.chars().all(is_blank) { Verdict::Blank } else { shape.read(line, from, cells) };
    Some(Step { end, content, lines: 1, verdict })
}
