//! Records that are split into cells but not yet typed.

use super::cell::Cell;
use super::reject::{Reason, Reject};

/// A cell: a range of the chunk's text or, beyond its end, of the unescaped texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// What is not there, as opposed to what is there and empty.
    pub const ABSENT: Span = Span { start: u32::MAX, end: u32::MAX };

    /// There, and NULL.
    pub const NULL: Span = Span { start: u32::MAX, end: 0 };

    /// Chunks are a few MiB: an offset that does not fit is not there.
    pub fn new(start: usize, end: usize) -> Self {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Self { start, end },
            _ => Self::ABSENT,
        }
    }
}

/// Where records are collected: `width` cells for each.
#[derive(Debug, Default)]
pub struct Cells {
    pub spans: Vec<Span>,
    /// Texts that do not stand in the file as they are meant (doubled quotes, escapes).
    pub unescaped: String,
    /// Length of the text that the other spans point into.
    pub base: usize,
}

impl Cells {
    pub fn position(&self) -> (usize, usize) {
        (self.spans.len(), self.unescaped.len())
    }

    /// Forgets what was collected since.
    pub fn rewind(&mut self, position: (usize, usize)) {
        self.spans.truncate(position.0);
        self.unescaped.truncate(position.1);
    }

    /// The span of what was appended to `unescaped` from `start` on.
    pub fn unescaped_since(&self, start: usize) -> Span {
        Span::new(self.base + start, self.base + self.unescaped.len())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The physical line on which the record starts, from 1; of a JSON document, the number of the record.
    pub line: i64,
    /// Where the record lies in the text.
    pub raw: Span,
}

#[derive(Debug, Default)]
pub struct Chunk {
    pub text: String,
    pub cells: Cells,
    pub width: usize,
    pub rows: Vec<Row>,
    /// Of a JSON document: the physical line of every row, whose `line` is its number.
    pub physical: Vec<i64>,
    pub rejects: Vec<Reject>,
    pub blank: u64,
    pub skipped: u64,
    /// Of JSON: what has no quote before it is no text.
    pub json: bool,
}

impl Chunk {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.rejects.is_empty() && self.blank == 0 && self.skipped == 0
    }

    /// The texts of one field, record by record; `None` where the record has none.
    pub fn column(&self, field: usize) -> impl Iterator<Item = Option<&str>> {
        self.cells
            .spans
            .chunks_exact(self.width.max(1))
            .map(move |row| row.get(field).and_then(|span| self.cell(*span)))
    }

    /// The values of one field, numbers of JSON apart from texts: they have a point, whatever texts have.
    pub fn numbers(&self, field: usize) -> impl Iterator<Item = Cell<'_>> {
        self.cells.spans.chunks_exact(self.width.max(1)).map(move |row| {
            let Some((span, text)) = row.get(field).and_then(|span| Some((span, self.cell(*span)?))) else {
                return Cell::Null;
            };
            let start = span.start as usize;
            let bare = start < self.text.len() && self.text.as_bytes().get(start.wrapping_sub(1)) != Some(&b'"');
            if self.json && bare { Cell::Number(text) } else { Cell::Text(text) }
        })
    }

    #[inline]
    pub fn cell(&self, span: Span) -> Option<&str> {
        let (start, end) = (span.start as usize, span.end as usize);
        match self.text.get(start..end) {
            Some(text) => Some(text),
            None => self.cells.unescaped.get(start.checked_sub(self.cells.base)?..end.checked_sub(self.cells.base)?),
        }
    }
}

/// What a splitter makes of the next record.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// After the record's line end.
    pub end: usize,
    /// Before it.
    pub content: usize,
    /// Physical lines it covers.
    pub lines: i64,
    pub verdict: Verdict,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its cells were collected.
    Record,
    Blank,
    /// Declared to be no record.
    Skipped,
    /// What lies between records.
    Between,
    Reject(Reason, String),
    /// The file cannot be read on: what it is instead.
    Damaged(String),
}
