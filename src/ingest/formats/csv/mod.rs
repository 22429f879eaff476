//! Comma-separated text to records.
//!
//! RFC 4180, with any of LF, CRLF and CR as line end. A quote opens a field only as its first character. A quoted
//! field that does not end properly costs the line it opens on, not the rest of the file: reading resumes on the next
//! line. With an escape character, what follows it stands for itself, in quoted fields and in others, line ends too;
//! only an unquoted `\N` stays as it is, so that `null_words` can name it.

mod escape;
mod separator;

use super::super::chunk::{Cells, Span, Step, Verdict};
use super::super::reject::Reason;
use super::super::text::is_blank;
use super::lines::{Comments, line_end};
use crate::project::source::Csv;
use escape::{escaped, find_any, unescape};
use separator::{Separator, find};

/// In bytes. A longer field is a lost quote or not a table.
pub const FIELD_LIMIT: usize = 1 << 20;

#[derive(Clone, Debug)]
pub struct Dialect {
    delimiter: Delimiter,
    quote: Option<u8>,
    escape: Option<u8>,
    comments: Comments,
}

#[derive(Clone, Debug)]
enum Delimiter {
    Byte(u8),
    Text(String),
}

/// How a field ends.
pub enum Field {
    Closed { span: Span, next: usize, lines: i64 },
    Unfinished,
    Bad(Reason),
}

impl Dialect {
    pub fn new(csv: &Csv) -> Self {
        Self {
            delimiter: match csv.delimiter.as_bytes() {
                [byte] => Delimiter::Byte(*byte),
                _ => Delimiter::Text(csv.delimiter.clone()),
            },
            quote: csv.quote,
            // A quote that is doubled says the same.
            escape: csv.escape.filter(|escape| csv.quote != Some(*escape)),
            comments: Comments::new(&csv.comment),
        }
    }

    /// Splits the record at `from`, collecting `width` cells; `None` when the text ends before the record does and
    /// more is to come.
    pub fn split(&self, text: &str, from: usize, last: bool, width: usize, cells: &mut Cells) -> Option<Step> {
        if let Some(comment) = self.comments.split(text, from, last) {
            return comment;
        }
        let before = cells.position();
        let step = match &self.delimiter {
            Delimiter::Byte(byte) => self.record(*byte, text, from, last, width, cells),
            Delimiter::Text(delimiter) => self.record(delimiter.as_str(), text, from, last, width, cells),
        };
        if !matches!(step, Some(Step { verdict: Verdict::Record, .. })) {
            cells.rewind(before);
        }
        step
    }

    fn record<S: Separator>(
        &self,
        separator: S,
        text: &str,
        from: usize,
        last: bool,
        width: usize,
        cells: &mut Cells,
    ) -> Option<Step> {
        let bytes = text.as_bytes();
        let (mut at, mut fields, mut lines, mut long) = (from, 0_usize, 1, false);
        let end = loop {
            let start = at;
            let field = if self.quote.is_some() && bytes.get(at).copied() == self.quote {
                self.quoted(separator, text, at, last, cells)
            } else if let Some(escape) = self.escape {
                escaped(separator, escape, text, at, last, cells)
            } else {
                at = separator.find(bytes, at);
                Field::Closed { span: Span::new(start, at), next: at, lines: 0 }
            };
            let span = match field {
                Field::Closed { span, next, lines: more } => {
                    lines += more;
                    at = next;
                    span
                }
                Field::Unfinished => return None,
                Field::Bad(reason) => return resume(bytes, start, lines, last, reason),
            };
            if at >= bytes.len() && !last {
                return None;
            }
            long |= at - start > FIELD_LIMIT;
            if fields < width {
                cells.spans.push(span);
            }
            fields += 1;
            if !separator.stands_at(bytes, at) {
                break line_end(bytes, at, last)?;
            }
            at += separator.length();
        };
        let verdict = if long {
            Verdict::Reject(Reason::FieldTooLong, format!("fields of at most {FIELD_LIMIT} bytes"))
        } else if self.blank(separator, text, from, at) {
            Verdict::Blank
        } else if fields != width && width != usize::MAX {
            Verdict::Reject(Reason::Ragged, format!("{width} fields, found {fields}"))
        } else {
            Verdict::Record
        };
        Some(Step { end, content: at, lines, verdict })
    }

    fn quoted<S: Separator>(&self, separator: S, text: &str, open: usize, last: bool, cells: &mut Cells) -> Field {
        let bytes = text.as_bytes();
        let quote = self.quote.unwrap_or(b'"');
        let (mut at, mut lines, mut verbatim) = (open + 1, 0, true);
        loop {
            at = match self.escape {
                None => find(bytes, at, quote),
                Some(escape) => find_any(bytes, at, [quote, escape]),
            };
            if at - open > FIELD_LIMIT {
                return Field::Bad(Reason::FieldTooLong);
            }
            match (bytes.get(at), bytes.get(at + 1)) {
                (None, _) if last => return Field::Bad(Reason::UnclosedQuote),
                (None, _) => return Field::Unfinished,
                (Some(b'\n'), _) => lines += 1,
                // Of CRLF, the LF counts.
                (Some(b'\r'), next) => lines += i64::from(next != Some(&b'\n')),
                (Some(_), None) if !last => return Field::Unfinished,
                (Some(byte), next) if Some(*byte) == self.escape => {
                    verbatim = false;
                    // A line end is looked at again, to be counted.
                    at += usize::from(!matches!(next, Some(b'\r' | b'\n')));
                }
                (Some(_), Some(next)) if *next == quote => {
                    verbatim = false;
                    at += 1;
                }
                (Some(_), _) => break,
            }
            at += 1;
        }
        let mut next = at + 1;
        while matches!(bytes.get(next), Some(b' ' | b'\t')) && !separator.stands_at(bytes, next) {
            next += 1;
        }
        if !last && next + separator.length() > bytes.len() {
            return Field::Unfinished;
        }
        if !separator.stands_at(bytes, next) && !matches!(bytes.get(next), None | Some(b'\r' | b'\n')) {
            return Field::Bad(Reason::StrayQuote);
        }
        let content = text.get(open + 1..at).unwrap_or_default();
        let span = if verbatim {
            Span::new(open + 1, at)
        } else {
            let start = cells.unescaped.len();
            unescape(content, Some(quote), self.escape, &mut cells.unescaped);
            cells.unescaped_since(start)
        };
        Field::Closed { span, next, lines }
    }

    fn blank<S: Separator>(&self, separator: S, text: &str, from: usize, end: usize) -> bool {
        let quote = self.quote.map(char::from);
        let mut at = from;
        while let Some(c) = text.get(at..end).and_then(|rest| rest.chars().next()) {
            at += if separator.stands_at(text.as_bytes(), at) {
                separator.length()
            } else if Some(c) == quote || is_blank(c) {
                c.len_utf8()
            } else {
                return false;
            };
        }
        true
    }
}

/// Gives up on a record whose field at `open` does not end, up to the end of the line the field opens on.
fn resume(bytes: &[u8], open: usize, lines: i64, last: bool, reason: Reason) -> Option<Step> {
    let mut at = open;
    while !matches!(bytes.get(at), None | Some(b'\r' | b'\n')) {
        at += 1;
    }
    if at >= bytes.len() && !last {
        return None;
    }
    let expected = match reason {
        Reason::StrayQuote => "a delimiter or a line end after the closing quote".to_owned(),
        Reason::FieldTooLong => format!("fields of at most {FIELD_LIMIT} bytes"),
        _ => "a closing quote before the end of the file".to_owned(),
    };
    let end = line_end(bytes, at, last)?;
    Some(Step { end, content: at, lines, verdict: Verdict::Reject(reason, expected) })
}
