//! What stands above the first record: lines that are not read, and the header.

use super::super::chunk::{Chunk, Step, Verdict};
use super::super::error::Error;
use super::super::formats::csv::Dialect;
use super::super::formats::lines::line_end;
use super::{Records, unmarked};
use crate::project::source::Header;

impl Records<'_> {
    /// Counts lines that are not read, whatever they are.
    pub(super) fn pass_lines(&mut self, mut lines: u64) -> Result<(), Error> {
        // Whether some of the line at hand is behind already.
        let (mut at, mut begun) = (0, false);
        while lines > 0 {
            let rest = self.carry.get(at..).unwrap_or_default();
            if self.last && rest.is_empty() && !begun {
                break;
            }
            let content = rest.find(['\r', '\n']).map(|length| at + length);
            match content.and_then(|content| line_end(self.carry.as_bytes(), content, self.last)) {
                None if !self.last => {
                    // Of a line without end, nothing but its end is of interest.
                    let behind = content.unwrap_or(self.carry.len());
                    begun |= behind > at;
                    self.drop_front(behind);
                    at = 0;
                    self.last = self.text.fill(&mut self.carry, &mut self.marks)?;
                    continue;
                }
                end => at = end.unwrap_or(self.carry.len()),
            }
            begun = false;
            lines -= 1;
            self.line += 1;
            self.above.skipped += 1;
        }
        self.drop_front(at);
        Ok(())
    }

    pub(super) fn first_record(&mut self, dialect: &Dialect, header: Header) -> Result<Option<Vec<String>>, Error> {
        let path = self.text.path();
        let bad = |problem: String| Error::Header { path: path.to_owned(), problem };
        loop {
            if !self.last {
                self.last = self.text.fill(&mut self.carry, &mut self.marks)?;
            }
            let mut chunk = Chunk { text: std::mem::take(&mut self.carry), ..Chunk::default() };
            chunk.cells.base = chunk.text.len();
            let mut at = 0;
            let found = loop {
                if at >= chunk.text.len() {
                    break None;
                }
                match dialect.split(&chunk.text, at, self.last, usize::MAX, &mut chunk.cells) {
                    None => break None,
                    Some(Step { verdict: Verdict::Blank, .. }) if matches!(header, Header::Line(_)) => {
                        return Err(bad(format!("line {} is blank", self.line)));
                    }
                    Some(Step { end, lines, verdict: verdict @ (Verdict::Blank | Verdict::Skipped), .. }) => {
                        at = end;
                        self.line += lines;
                        match verdict {
                            Verdict::Blank => self.above.blank += 1,
                            _ => self.above.skipped += 1,
                        }
                    }
                    Some(step) => break Some(step),
                }
            };
            if let Some(step) = found {
                let named = header != Header::None;
                if let Verdict::Reject(_, expected) = step.verdict {
                    return Err(bad(format!("expected {expected}")));
                }
                if let Some(mark) = self.marks.iter().find(|mark| named && (at..step.end).contains(&mark.at)) {
                    return Err(bad(format!("the byte at offset {} is not text in the declared encoding", mark.byte)));
                }
                let names = chunk.cells.spans.iter().map(|span| chunk.cell(*span).unwrap_or_default().to_owned());
                let names: Vec<String> = names.collect();
                if named && names.iter().any(|name| name.contains('\0')) {
                    return Err(bad("it contains NUL bytes, as UTF-16 read as another encoding does".to_owned()));
                }
                if named {
                    self.header = chunk.text.get(at..step.content).map(|text| unmarked(text).to_owned());
                    self.line += step.lines;
                    at = step.end;
                }
                self.carry = chunk.text;
                self.drop_front(at);
                return Ok(Some(names));
            }
            // What is behind is not the record.
            self.carry = chunk.text.split_off(at);
            self.shift_marks(at);
            if self.last {
                return match header {
                    Header::Line(line) if self.line > 1 => {
                        let lines = self.line - 1;
                        Err(bad(format!("it was looked for on line {line}, and the file has {lines} lines")))
                    }
                    _ => Ok(None),
                };
            }
            if self.carry.len() > self.limit {
                return Err(bad(format!("no line end within {} bytes", self.limit)));
            }
        }
    }
}
