//! Comma-separated text to records.
//!
//! RFC 4180, with any of LF, CRLF and CR as line end. A quote opens a field only as its first character. A quoted
//! field that does not end properly costs the line it opens on, not the rest of the file: reading resumes on the next
//! line.

use super::chunk::{Cells, Span, Step, Verdict};
use super::reject::Reason;
use super::text::is_blank;

/// In bytes. A longer field is a lost quote or not a table.
pub const FIELD_LIMIT: usize = 1 << 20;

#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: Option<u8>,
}

/// How a quoted field ends.
enum Quoted {
    Closed { span: Span, next: usize, lines: i64 },
    Unfinished,
    Bad(Reason),
}

impl Dialect {
    /// Splits the record at `from`, collecting `width` cells; `None` when the text ends before the record does and
    /// more is to come.
    pub fn split(&self, text: &str, from: usize, last: bool, width: usize, cells: &mut Cells) -> Option<Step> {
        let before = cells.position();
        let step = self.try_split(text, from, last, width, cells);
        if !matches!(step, Some(Step { verdict: Verdict::Record, .. })) {
            cells.rewind(before);
        }
        step
    }

    fn try_split(&self, text: &str, from: usize, last: bool, width: usize, cells: &mut Cells) -> Option<Step> {
        let bytes = text.as_bytes();
        let (mut at, mut fields, mut lines, mut long) = (from, 0_usize, 1, false);
        let end = loop {
            let start = at;
            let span = if self.quote.is_some() && bytes.get(at).copied() == self.quote {
                match self.quoted(text, at, last, cells) {
                    Quoted::Closed { span, next, lines: more } => {
                        lines += more;
                        at = next;
                        span
                    }
                    Quoted::Unfinished => return None,
                    Quoted::Bad(reason) => return Self::resume(bytes, from, start, lines, last, reason),
                }
            } else {
                at = find(bytes, at, self.delimiter);
                Span::new(start, at)
            };
            if at >= bytes.len() && !last {
                return None;
            }
            long |= at - start > FIELD_LIMIT;
            if fields < width {
                cells.spans.push(span);
            }
            fields += 1;
            if bytes.get(at) != Some(&self.delimiter) {
                break line_end(bytes, at, last)?;
            }
            at += 1;
        };
        let verdict = if long {
            Verdict::Reject(Reason::FieldTooLong, format!("fields of at most {FIELD_LIMIT} bytes"))
        } else if self.blank(text, from, at) {
            Verdict::Blank
        } else if fields != width && width != usize::MAX {
            Verdict::Reject(Reason::Ragged, format!("{width} fields, found {fields}"))
        } else {
            Verdict::Record
        };
        Some(Step { end, content: at, lines, verdict })
    }

    fn quoted(&self, text: &str, open: usize, last: bool, cells: &mut Cells) -> Quoted {
        let bytes = text.as_bytes();
        let quote = self.quote.unwrap_or(b'"');
        let (mut at, mut lines, mut doubled) = (open + 1, 0, false);
        loop {
            at = find(bytes, at, quote);
            if at - open > FIELD_LIMIT {
                return Quoted::Bad(Reason::FieldTooLong);
            }
            match (bytes.get(at), bytes.get(at + 1)) {
                (None, _) if last => return Quoted::Bad(Reason::UnclosedQuote),
                (None, _) => return Quoted::Unfinished,
                (Some(b'\n'), _) => lines += 1,
                // Of CRLF, the LF counts.
                (Some(b'\r'), next) => lines += i64::from(next != Some(&b'\n')),
                (Some(_), Some(next)) if *next == quote => {
                    doubled = true;
                    at += 1;
                }
                (Some(_), None) if !last => return Quoted::Unfinished,
                (Some(_), _) => break,
            }
            at += 1;
        }
        let mut next = at + 1;
        while matches!(bytes.get(next), Some(b' ' | b'\t')) && bytes.get(next) != Some(&self.delimiter) {
            next += 1;
        }
        match bytes.get(next) {
            Some(byte) if *byte == self.delimiter || matches!(byte, b'\r' | b'\n') => {}
            None => {}
            Some(_) => return Quoted::Bad(Reason::StrayQuote),
        }
        let span = if doubled {
            let start = cells.unescaped.len();
            unescape(text.get(open + 1..at).unwrap_or_default(), char::from(quote), &mut cells.unescaped);
            cells.unescaped_since(start)
        } else {
            Span::new(open + 1, at)
        };
        Quoted::Closed { span, next, lines }
    }

    /// Gives up on a record whose field at `open` does not end, up to the end of the line the field opens on.
    fn resume(bytes: &[u8], from: usize, open: usize, lines: i64, last: bool, reason: Reason) -> Option<Step> {
        let mut at = open.max(from);
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

    fn blank(&self, text: &str, from: usize, end: usize) -> bool {
        let quote = self.quote.map(char::from);
        text.get(from..end)
            .unwrap_or_default()
            .chars()
            .all(|c| c == char::from(self.delimiter) || Some(c) == quote || is_blank(c))
    }
}

/// After the line end at `at`; `None` when a CR ends the text and an LF may follow.
pub fn line_end(bytes: &[u8], at: usize, last: bool) -> Option<usize> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (None, _) => Some(at),
        (Some(b'\r'), Some(b'\n')) => Some(at + 2),
        (Some(b'\r'), None) if !last => None,
        (Some(_), _) => Some(at + 1),
    }
}

fn unescape(text: &str, quote: char, out: &mut String) {
    let mut parts = text.split(quote);
    if let Some(first) = parts.next() {
        out.push_str(first);
    }
    // Quotes come in pairs: between the two of a pair lies an empty part.
    let mut inside_pair = false;
    for part in parts {
        if inside_pair {
            out.push_str(part);
        } else {
            out.push(quote);
        }
        inside_pair = !inside_pair;
    }
}

/// The first `byte`, LF or CR from `at` on, or the end. Eight bytes at a time: fields are short, so a call per field
/// into a vectorised search would cost more than it saves.
#[inline]
fn find(bytes: &[u8], mut at: usize, byte: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let wanted = ONES.wrapping_mul(u64::from(byte));
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*word);
        let hits = zero_bytes(word ^ wanted)
            | zero_bytes(word ^ (ONES * (b'\n' as u64)))
            | zero_bytes(word ^ (ONES * (b'\r' as u64)));
        if hits != 0 {
            // The lowest hit is exact; borrows reach only the bytes above it.
            return at + (hits.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(found) = bytes.get(at) {
        if *found == byte || matches!(found, b'\n' | b'\r') {
            return at;
        }
        at += 1;
    }
    bytes.len()
}
