//! Characters that stand for themselves because of the one before them.

use super::super::super::chunk::{Cells, Span};
use super::Field;
use super::separator::Separator;

/// A field that is not quoted, in a dialect with an escape character.
pub fn escaped<S: Separator>(
    separator: S,
    escape: u8,
    text: &str,
    from: usize,
    last: bool,
    cells: &mut Cells,
) -> Field {
    let bytes = text.as_bytes();
    let (mut at, mut lines, mut verbatim) = (from, 0, true);
    while let Some(byte) = bytes.get(at) {
        if *byte == escape {
            verbatim = false;
            match (bytes.get(at + 1), bytes.get(at + 2)) {
                (None, _) | (Some(b'\r'), None) if !last => return Field::Unfinished,
                (Some(b'\r'), Some(b'\n')) => (at, lines) = (at + 3, lines + 1),
                (Some(b'\r' | b'\n'), _) => (at, lines) = (at + 2, lines + 1),
                (Some(_), _) => at += 2,
                (None, _) => at += 1,
            }
        } else if matches!(byte, b'\r' | b'\n') || separator.stands_at(bytes, at) {
            break;
        } else {
            at += 1;
        }
    }
    // What was escaped may have been the first byte of a character.
    while at < bytes.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    let content = text.get(from..at).unwrap_or_default();
    if verbatim || content.as_bytes() == [escape, b'N'] {
        return Field::Closed { span: Span::new(from, at), next: at, lines };
    }
    let start = cells.unescaped.len();
    unescape(content, None, Some(escape), &mut cells.unescaped);
    Field::Closed { span: cells.unescaped_since(start), next: at, lines }
}

/// Escaped characters, and of two quotes one.
pub fn unescape(text: &str, quote: Option<u8>, escape: Option<u8>, out: &mut String) {
    let (quote, escape) = (quote.map(char::from), escape.map(char::from));
    let mut rest = text;
    while let Some(at) = rest.find(|c| Some(c) == quote || Some(c) == escape) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = from.chars();
        let mark = chars.next();
        let meant = if mark == escape { chars.next() } else { chars.next().and(mark) };
        out.extend(meant);
        rest = chars.as_str();
    }
    out.push_str(rest);
}

pub fn find_any(bytes: &[u8], at: usize, wanted: [u8; 2]) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let found = rest.iter().position(|byte| wanted.contains(byte) || matches!(byte, b'\n' | b'\r'));
    found.map_or(bytes.len(), |found| at + found)
}
