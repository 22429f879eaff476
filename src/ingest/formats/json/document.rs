//! A document with an array of objects, of which no more is held than the record at hand.
//!
//! What is wrong within one record costs that record, as long as its end can be found; anything else is an error of
//! the file, because nobody can say what is missing.

use super::super::super::chunk::{Cells, Step, Verdict};
use super::super::super::reject::Reason;
use super::grammar::{Event, Grammar};
use super::shape::Shape;

/// As many places of arrays as are worth naming.
const SHOWN: usize = 12;

#[derive(Debug)]
pub struct Document {
    pub shape: Shape,
    /// Keys to the array.
    path: Vec<String>,
    grammar: Grammar,
    state: State,
    found: Found,
    /// Where arrays are, to say so when there is none at the path.
    arrays: Vec<String>,
    /// In bytes.
    pub limit: usize,
}

#[derive(Debug)]
enum State {
    /// Before or behind the array.
    Around,
    /// A comma or the end of the array is next, if true; else a record, or the end if none has come.
    Within { after_record: bool, any: bool },
    /// In a record beyond the limit.
    Passing(Extent),
}

/// What stands at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Nothing,
    /// An array, or null.
    Records,
    NotAnArray,
}

impl Document {
    pub fn new(shape: Shape, path: &[String], limit: usize) -> Self {
        let (grammar, arrays) = (Grammar::default(), Vec::new());
        Self { shape, path: path.to_vec(), grammar, state: State::Around, found: Found::Nothing, arrays, limit }
    }

    pub fn split(&mut self, text: &str, from: usize, last: bool, cells: &mut Cells) -> Option<Step> {
        match &mut self.state {
            State::Around => Some(self.around(text, from)),
            State::Within { after_record, any } => {
                let (after_record, any) = (*after_record, *any);
                self.within(text, from, last, after_record, any, cells)
            }
            State::Passing(extent) => {
                let rest = text.as_bytes().get(from..).unwrap_or_default();
                let end = extent.end(rest).map(|end| from + end);
                if end.is_some() {
                    self.state = State::Within { after_record: true, any: true };
                }
                Some(step(text, from, end.unwrap_or(text.len()), Verdict::Between))
            }
        }
    }

    fn around(&mut self, text: &str, from: usize) -> Step {
        for (at, byte) in text.bytes().enumerate().skip(from) {
            let event = match self.grammar.take(byte) {
                Ok(event) => event,
                Err(problem) => return step(text, from, at, Verdict::Damaged(problem.to_owned())),
            };
            if event == Event::None {
                continue;
            }
            let keys = self.grammar.keys(matches!(event, Event::Object | Event::Array));
            let Some(keys) = keys else { continue };
            if keys != self.path {
                if event == Event::Array && self.arrays.len() < SHOWN {
                    self.arrays.push(keys.join("."));
                }
                continue;
            }
            if self.found == Found::Records {
                let problem = "the array of records stands twice".to_owned();
                return step(text, from, at, Verdict::Damaged(problem));
            }
            self.found = if matches!(event, Event::Array | Event::Null) { Found::Records } else { Found::NotAnArray };
            if event == Event::Array {
                self.state = State::Within { after_record: false, any: false };
                return step(text, from, at + 1, Verdict::Between);
            }
        }
        step(text, from, text.len(), Verdict::Between)
    }

    fn within(
        &mut self,
        text: &str,
        from: usize,
        last: bool,
        mut after_record: bool,
        any: bool,
        cells: &mut Cells,
    ) -> Option<Step> {
        let bytes = text.as_bytes();
        let mut at = from;
        // A comma that was read before stands for itself in `any`: after it a record must come.
        let mut comma = any && !after_record;
        let first = loop {
            match bytes.get(at) {
                None => {
                    self.state = State::Within { after_record, any };
                    return Some(step(text, from, at, Verdict::Between));
                }
                Some(b' ' | b'\t' | b'\r' | b'\n') => {}
                Some(b',') if after_record => (after_record, comma) = (false, true),
                Some(b']') if !comma => {
                    self.state = State::Around;
                    // Closing what is open cannot fail.
                    let _ = self.grammar.close();
                    return Some(step(text, from, at + 1, Verdict::Between));
                }
                Some(_) if after_record => {
                    let problem = "a comma or the end of the array of records is expected".to_owned();
                    return Some(step(text, from, at, Verdict::Damaged(problem)));
                }
                Some(b']' | b'}' | b',' | b':') => {
                    let problem = "a record is expected".to_owned();
                    return Some(step(text, from, at, Verdict::Damaged(problem)));
                }
                Some(first) => break *first,
            }
            at += 1;
        };
        self.state = State::Within { after_record, any };
        if at > from {
            return Some(step(text, from, at, Verdict::Between));
        }
        let mut extent = Extent::new(first);
        let Some(length) = extent.end(bytes.get(at..).unwrap_or_default()) else {
            if bytes.len() - at > self.limit {
                self.state = State::Passing(extent);
                let expected = format!("records of at most {} bytes", self.limit);
                return Some(step(text, at, text.len(), Verdict::Reject(Reason::FieldTooLong, expected)));
            }
            let problem = || Verdict::Damaged("the file ends within a record".to_owned());
            return last.then(|| step(text, at, at, problem()));
        };
        self.state = State::Within { after_record: true, any: true };
        let verdict = self.shape.read(text.get(at..at + length).unwrap_or_default(), at, cells);
        Some(step(text, at, at + length, verdict))
    }

    /// What is wrong with the document as a whole, once all of it was read.
    pub fn problem(&self) -> Option<String> {
        let complete = matches!(self.state, State::Around) && self.grammar.is_complete();
        (!complete && !self.is_untouched()).then(|| "the file ends before the document does".to_owned())
    }

    pub fn is_untouched(&self) -> bool {
        self.grammar.is_untouched()
    }

    pub fn found(&self) -> Found {
        self.found
    }

    pub fn arrays(&self) -> &[String] {
        &self.arrays
    }
}

fn step(text: &str, from: usize, end: usize, verdict: Verdict) -> Step {
    let lines = text.as_bytes().get(from..end).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
    Step { end, content: end, lines: i64::try_from(lines).unwrap_or(i64::MAX), verdict }
}

/// Looks for the end of a value, sound or not, by its brackets and quotes.
#[derive(Debug)]
struct Extent {
    depth: usize,
    text: bool,
    escaped: bool,
    /// Neither object, array nor text: it ends before what follows.
    bare: bool,
}

impl Extent {
    fn new(first: u8) -> Self {
        Self { depth: 0, text: false, escaped: false, bare: !matches!(first, b'{' | b'[' | b'"') }
    }

    /// How far it goes into `bytes`; `None` when it goes on behind them.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.bare {
                if matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n') {
                    return Some(at);
                }
                continue;
            }
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.text => self.escaped = true,
                b'"' => self.text = !self.text,
                b'{' | b'[' if !self.text => self.depth += 1,
                b'}' | b']' if !self.text => self.depth = self.depth.saturating_sub(1),
                _ => continue,
            }
            if self.depth == 0 && !self.text {
                return Some(at + 1);
            }
        }
        None
    }
}
