//! A text file to chunks of records: the formats differ only in how one record is split.

mod top;

use super::chunk::{Chunk, Row, Span, Step, Verdict};
use super::error::Error;
use super::formats::csv::Dialect;
use super::formats::fixed::FixedWidth;
use super::formats::json::{self, Document, Shape};
use super::formats::lines::line_end;
use super::read::{Mark, Text};
use super::reject::{Reason, Reject, raw_text};
use crate::project::source::{Csv, Header};

const RECORD_LIMIT: usize = 16 << 20;

pub enum Splitter {
    Csv(Dialect),
    Fixed(FixedWidth),
    JsonLines(Shape),
    Json(Box<Document>),
}

impl Splitter {
    fn split(&mut self, text: &str, from: usize, last: bool, chunk: &mut Chunk) -> Option<Step> {
        match self {
            Self::Csv(dialect) => dialect.split(text, from, last, chunk.width, &mut chunk.cells),
            Self::Fixed(fixed) => fixed.split(text, from, last, &mut chunk.cells),
            Self::JsonLines(shape) => json::split_line(shape, text, from, last, &mut chunk.cells),
            Self::Json(document) => document.split(text, from, last, &mut chunk.cells),
        }
    }
}

pub struct Records<'a> {
    text: Text<'a>,
    pub splitter: Splitter,
    /// Cells of a record.
    width: usize,
    /// The header as it stands in the file: files that were joined have it in their middle again.
    header: Option<String>,
    /// Read, not yet split.
    carry: String,
    marks: Vec<Mark>,
    /// Of the next record.
    line: i64,
    /// Records of a JSON document so far.
    number: i64,
    /// Lines above the first record that no chunk has told of yet.
    above: Above,
    last: bool,
    /// Within a record beyond the limit.
    skipping: bool,
    /// In bytes. A longer record is given up on without being held in memory.
    pub limit: usize,
}

/// Lines that are no records.
#[derive(Clone, Copy, Debug, Default)]
struct Above {
    blank: u64,
    skipped: u64,
}

impl<'a> Records<'a> {
    fn new(text: Text<'a>, splitter: Splitter, width: usize) -> Self {
        Self {
            text,
            splitter,
            width,
            header: None,
            carry: String::new(),
            marks: Vec::new(),
            line: 1,
            number: 0,
            above: Above::default(),
            last: false,
            skipping: false,
            limit: RECORD_LIMIT,
        }
    }

    /// JSON lines: `width` mapped values a record.
    pub fn json_lines(text: Text<'a>, shape: Shape, width: usize) -> Self {
        Self::new(text, Splitter::JsonLines(shape), width)
    }

    /// A JSON document, whose records are in the array at `path`.
    pub fn json(text: Text<'a>, shape: Shape, path: &[String], width: usize) -> Self {
        let document = Document::new(shape, path, RECORD_LIMIT);
        Self::new(text, Splitter::Json(Box::new(document)), width)
    }

    /// Lines with fields at fixed places, from the line `first` on.
    pub fn fixed(text: Text<'a>, fixed: FixedWidth, first: u64, width: usize) -> Result<Self, Error> {
        let mut records = Self::new(text, Splitter::Fixed(fixed), width);
        records.pass_lines(first.saturating_sub(1))?;
        Ok(records)
    }

    /// CSV, with its first record: the header, which is then behind, or else only a look at how wide records are.
    /// `None` is a file without records.
    pub fn csv(text: Text<'a>, csv: &Csv) -> Result<(Self, Option<Vec<String>>), Error> {
        let dialect = Dialect::new(csv);
        let mut records = Self::new(text, Splitter::Csv(dialect.clone()), 0);
        if let Header::Line(line) = csv.header {
            records.pass_lines(line.saturating_sub(1))?;
        }
        let first = records.first_record(&dialect, csv.header)?;
        records.width = first.as_ref().map_or(0, Vec::len);
        Ok((records, first))
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
                return self.rest();
            }
            let mut text = std::mem::take(&mut self.carry);
            // A record that is longer than a block is looked at each time the text has doubled, not at each block.
            let enough = text.len() * 2;
            while !self.last && (text.len() <= enough || text.is_empty()) {
                self.last = self.text.fill(&mut text, &mut self.marks)?;
            }
            let Above { blank, skipped } = std::mem::take(&mut self.above);
            let json = matches!(self.splitter, Splitter::JsonLines(_) | Splitter::Json(_));
            let mut chunk = Chunk { width: self.width, blank, skipped, json, ..Chunk::default() };
            chunk.cells.base = text.len();
            let from = if self.skipping { self.skip_line(&text) } else { 0 };
            let mut at = if self.skipping { from } else { self.split_all(&text, from, &mut chunk)? };
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

    /// Once everything is split: lines that nothing was said of yet.
    fn rest(&mut self) -> Result<Option<Chunk>, Error> {
        let Above { blank, skipped } = std::mem::take(&mut self.above);
        if blank + skipped > 0 {
            return Ok(Some(Chunk { width: self.width, blank, skipped, ..Chunk::default() }));
        }
        match &self.splitter {
            Splitter::Json(document) => match document.problem() {
                Some(problem) => Err(self.damaged(problem)),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn damaged(&self, problem: String) -> Error {
        Error::Json { path: self.text.path().to_owned(), line: self.line, problem }
    }

    /// Splits every complete record; where the first incomplete one starts.
    fn split_all(&mut self, text: &str, from: usize, chunk: &mut Chunk) -> Result<usize, Error> {
        let has_nul = text.as_bytes().contains(&0);
        let numbered = matches!(self.splitter, Splitter::Json(_));
        let mut at = from;
        let mut marks = self.marks.iter().peekable();
        while at < text.len() {
            let before = chunk.cells.position();
            // A joined file's mark is not part of the first field; behind it may stand a quote or a comment.
            let marked = !numbered && text.as_bytes().get(at..at + MARK.len()) == Some(MARK.as_bytes());
            let begin = if marked { at + MARK.len() } else { at };
            let Some(mut step) = self.splitter.split(text, begin, self.last, chunk) else { break };
            while marks.next_if(|mark| mark.at < at).is_some() {}
            let raw = || text.get(at..step.content).unwrap_or_default();
            if !matches!(step.verdict, Verdict::Record | Verdict::Reject(..)) {
                // What is no record may be in any state.
            } else if let Some(mark) = marks.peek().filter(|mark| mark.at < step.end) {
                let expected = format!("text in the declared encoding; the byte at offset {} is not", mark.byte);
                step.verdict = Verdict::Reject(Reason::Undecodable, expected);
                chunk.cells.rewind(before);
            } else if has_nul && raw().contains('\0') {
                step.verdict = Verdict::Reject(Reason::NulByte, "text without NUL bytes".to_owned());
                chunk.cells.rewind(before);
            } else if step.verdict == Verdict::Record
                && self.header.as_ref().is_some_and(|header| unmarked(raw()) == header)
            {
                step.verdict = Verdict::Skipped;
                chunk.cells.rewind(before);
            }
            let mut line = self.line;
            if numbered && matches!(step.verdict, Verdict::Record | Verdict::Reject(..)) {
                self.number += 1;
                line = self.number;
            }
            match step.verdict {
                Verdict::Record => {
                    chunk.rows.push(Row { line, raw: Span::new(at, step.content) });
                    if numbered {
                        chunk.physical.push(self.line);
                    }
                }
                Verdict::Blank => chunk.blank += 1,
                Verdict::Skipped => chunk.skipped += 1,
                Verdict::Between => {}
                Verdict::Reject(reason, mut expected) => {
                    if numbered {
                        expected = on_line(expected, self.line);
                    }
                    let raw = raw_text(text.get(at..step.content).unwrap_or_default());
                    chunk.rejects.push(Reject { line, column: None, reason, expected, raw });
                }
                Verdict::Damaged(problem) => {
                    self.line += step.lines;
                    return Err(self.damaged(problem));
                }
            }
            self.line += step.lines;
            at = step.end;
        }
        Ok(at)
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

/// What was expected of a record of a JSON document, which is known by its number.
pub fn on_line(expected: String, line: i64) -> String {
    format!("{expected}; the record begins on line {line}")
}

const MARK: &str = "\u{FEFF}";

/// Joined files have byte-order marks in their middle.
fn unmarked(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}
