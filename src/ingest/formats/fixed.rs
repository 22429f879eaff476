//! Lines with fields at fixed places, counted in characters.
//!
//! A field that begins behind the end of its line is NULL; one that the end of the line cuts is what there is of it.
//! What lies outside of the fields is not read.

use super::super::chunk::{Cells, Span, Step, Verdict};
use super::super::text::is_blank;
use super::lines::{Comments, line};
use crate::project::source::{Fixed, SourceColumn, character_range};

#[derive(Clone, Debug)]
pub struct FixedWidth {
    /// Of every column: the characters from 0 and the end.
    ranges: Vec<(usize, usize)>,
    comments: Comments,
}

impl FixedWidth {
    pub fn new(fixed: &Fixed, columns: &[SourceColumn]) -> Self {
        let range = |column: &SourceColumn| column.from.first().and_then(|from| character_range(from));
        Self {
            ranges: columns.iter().map(|column| range(column).unwrap_or_default()).collect(),
            comments: Comments::new(&fixed.comment),
        }
    }

    pub fn split(&self, text: &str, from: usize, last: bool, cells: &mut Cells) -> Option<Step> {
        if let Some(comment) = self.comments.split(text, from, last) {
            return comment;
        }
        let (content, end) = line(text, from, last)?;
        let record = text.get(from..content).unwrap_or_default();
        let step = |verdict| Some(Step { end, content, lines: 1, verdict });
        if record.chars().all(is_blank) {
            return step(Verdict::Blank);
        }
        if record.is_ascii() {
            let span = |(start, end): &(usize, usize)| span(from, *start, (*end).min(record.len()), record.len());
            cells.spans.extend(self.ranges.iter().map(span));
        } else {
            let places: Vec<usize> = record.char_indices().map(|(at, _)| at).collect();
            let place = |at: usize| places.get(at).copied().unwrap_or(record.len());
            let span = |(start, end): &(usize, usize)| span(from, place(*start), place(*end), record.len());
            cells.spans.extend(self.ranges.iter().map(span));
        }
        step(Verdict::Record)
    }
}

fn span(from: usize, start: usize, end: usize, length: usize) -> Span {
    if start >= length { Span::NULL } else { Span::new(from + start, from + end) }
}
