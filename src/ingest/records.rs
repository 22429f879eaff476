//! A text file to chunks of records: CSV and JSON lines differ only in how one record is split.

use super::chunk::{Chunk, Row, Span, Step, Verdict};
use super::csv::{Dialect, line_end};
use super::error::Error;
use super::jsonl::Shape;
use super::read::{Mark, Text};
use super::reject::{Reason, Reject, raw_text};
use crate::project::source::{Csv, Header};

const RECORD_LIMIT: usize = 16 << 20;

pub enum Splitter {
    Csv(Dialect),
    Json(Shape),
}

impl Splitter {
    fn split(&mut self, text: &str, from: usize, last: bool, chunk: &mut Chunk) -> Option<Step> {
        match self {
            Self::Csv(dialect) => dialect.split(text, from, last, chunk.width, &mut chunk.cells),
            Self::Json(shape) => shape.split(text, from, last, &mut chunk.cells),
        }
    }
}

pub struct Records<'a> {
    text: Text<'a>,
    pub splitter: Splitter,
    /// Cells of a record.
    width: usize,
    /// Read, not yet split.
    carry: String,
    marks: Vec<Mark>,
    /// Of the next record.
    line: i64,
    last: bool,
    /// Within a record beyond the limit.
    skipping: bool,
    /// In bytes. A longer record is given up on without being held in memory.
    pub limit: usize,
}

impl<'a> Records<'a> {
    fn new(text: Text<'a>, splitter: Splitter, width: usize) -> Self {
        let (carry, marks) = (String::new(), Vec::new());
        Self { text, splitter, width, carry, marks, line: 1, last: false, skipping: false, limit: RECORD_LIMIT }
    }

    /// JSON lines: `width` mapped values a record.
    pub fn json(text: Text<'a>, shape: Shape, width: usize) -> Self {
        Self::new(text, Splitter::Json(shape), width)
    }

    /// CSV, with its first record: the header, which is then behind, or else only a look at how wide records are.
    /// `None` is a file without records.
    pub fn csv(text: Text<'a>, csv: &Csv) -> Result<(Self, Option<Vec<String>>), Error> {
        let dialect = Dialect { delimiter: csv.delimiter.bytes().next().unwrap_or(b','), quote: csv.quote };
        let mut records = Self::new(text, Splitter::Csv(dialect), 0);
        let first = records.first_record(dialect, csv.header != Header::None)?;
        records.width = first.as_ref().map_or(0, Vec::len);
        Ok((records, first))
    }

    fn first_record(&mut self, dialect: Dialect, header: bool) -> Result<Option<Vec<String>>, Error> {
        let path = self.text.input().path.clone();
        let bad = |problem: String| Error::Header { path: path.clone(), problem };
        loop {
            self.last = self.text.fill(&mut self.carry, &mut self.marks)?;
            let mut chunk = Chunk { text: std::mem::take(&mut self.carry), ..Chunk::default() };
            chunk.cells.base = chunk.text.len();
            let (mut at, mut line) = (0, self.line);
            let found = loop {
                if at >= chunk.text.len() {
                    break None;
                }
                match dialect.split(&chunk.text, at, self.last, usize::MAX, &mut chunk.cells) {
                    None => break None,
                    Some(Step { end, lines, verdict: Verdict::Blank, .. }) => (at, line) = (end, line + lines),
                    Some(step) => break Some(step),
                }
            };
            if let Some(step) = found {
                if let Verdict::Reject(_, expected) = step.verdict {
                    return Err(bad(format!("expected {expected}")));
                }
                if let Some(mark) = self.marks.first().filter(|mark| header && mark.at < step.end) {
                    return Err(bad(format!("the byte at offset {} is not text in the declared encoding", mark.byte)));
                }
                let names = chunk.cells.spans.iter().map(|span| chunk.cell(*span).unwrap_or_default().to_owned());
                let names: Vec<String> = names.collect();
                if header && names.iter().any(|name| name.contains('\0')) {
                    return Err(bad("it contains NUL bytes, as UTF-16 read as another encoding does".to_owned()));
                }
                self.carry = chunk.text;
                if header {
                    self.line = line + step.lines;
                    self.drop_front(step.end);
                }
                return Ok(Some(names));
            }
            // What is behind are blank lines.
            self.carry = chunk.text.split_off(at);
            self.line = line;
            self.shift_marks(at);
            if self.last {
                return Ok(None);
            }
            if self.carry.len() > self.limit {
                return Err(bad(format!("no line end within {} bytes", self.limit)));
            }
        }
    }

    fn drop_front(&mut self, end: usize) {
        self.carry = self.carry.split_off(end.min(self.carry.len()));
        self.shift_marks(end);
    }

    fn shift_marks(&mut self, end: usize) {
        self.marks.retain_mut(|mark| {
            let keep = mark.at >= end;
            mark.at = mark.at.saturating_sub(end);
            keep
        });
    }

    pub fn next(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            if self.last && self.carry.is_empty() {
                return Ok(None);
            }
            let mut text = std::mem::take(&mut self.carry);
            // A record that is longer than a block is looked at each time the text has doubled, not at each block.
            let enough = text.len() * 2;
            while !self.last && (text.len() <= enough || text.is_empty()) {
                self.last = self.text.fill(&mut text, &mut self.marks)?;
            }
            let mut chunk = Chunk { width: self.width, ..Chunk::default() };
            chunk.cells.base = text.len();
            let from = if self.skipping { self.skip_line(&text) } else { 0 };
            let mut at = if self.skipping { from } else { self.split_all(&text, from, &mut chunk) };
            if self.last && at < text.len() {
                // A splitter that is told that no more comes always moves on; were it not so, this would be a loop.
                at = text.len();
            }
            if at == 0 && text.len() > self.limit {
                at = self.give_up(&text, &mut chunk);
            }
            self.carry = text.get(at..).unwrap_or_default().to_owned();
            self.shift_marks(at);
            if !chunk.is_empty() {
                chunk.text = text;
                return Ok(Some(chunk));
            }
        }
    }

    /// Splits every complete record; where the first incomplete one starts.
    fn split_all(&mut self, text: &str, from: usize, chunk: &mut Chunk) -> usize {
        let has_nul = text.as_bytes().contains(&0);
        let mut at = from;
        let mut marks = self.marks.iter().peekable();
        while at < text.len() {
            let before = chunk.cells.position();
            let Some(mut step) = self.splitter.split(text, at, self.last, chunk) else { break };
            while marks.next_if(|mark| mark.at < at).is_some() {}
            let raw = || text.get(at..step.content).unwrap_or_default();
            if let Some(mark) = marks.peek().filter(|mark| mark.at < step.end) {
                let expected = format!("text in the declared encoding; the byte at offset {} is not", mark.byte);
                step.verdict = Verdict::Reject(Reason::Undecodable, expected);
                chunk.cells.rewind(before);
            } else if has_nul && raw().contains('\0') && step.verdict != Verdict::Blank {
                step.verdict = Verdict::Reject(Reason::NulByte, "text without NUL bytes".to_owned());
                chunk.cells.rewind(before);
            }
            match step.verdict {
                Verdict::Record => chunk.rows.push(Row { line: self.line, raw: Span::new(at, step.content) }),
                Verdict::Blank => chunk.blank += 1,
                Verdict::Reject(reason, expected) => {
                    let raw = raw_text(text.get(at..step.content).unwrap_or_default());
                    chunk.rejects.push(Reject { line: self.line, column: None, reason, expected, raw });
                }
            }
            self.line += step.lines;
            at = step.end;
        }
        at
    }

    /// Rejects a record beyond the limit, up to its first line end or, when that is not in sight, to wherever it is.
    fn give_up(&mut self, text: &str, chunk: &mut Chunk) -> usize {
        let content = text.find(['\r', '\n']);
        chunk.rejects.push(Reject {
            line: self.line,
            column: None,
            reason: Reason::FieldTooLong,
            expected: format!("records of at most {} bytes", self.limit),
            raw: raw_text(text.get(..content.unwrap_or(text.len())).unwrap_or_default()),
        });
        match content.and_then(|content| line_end(text.as_bytes(), content, self.last)) {
            Some(end) => {
                self.line += 1;
                end
            }
            None => {
                self.skipping = true;
                text.len()
            }
        }
    }

    /// Finds the end of the line that is given up on.
    fn skip_line(&mut self, text: &str) -> usize {
        let Some(content) = text.find(['\r', '\n']) else { return text.len() };
        match line_end(text.as_bytes(), content, self.last) {
            Some(end) => {
                self.skipping = false;
                self.line += 1;
                end
            }
            None => content,
        }
    }

    /// After the last chunk: size and checksum of the file.
    pub fn finish(self) -> Result<(u64, String), Error> {
        self.text.finish()
    }
}
