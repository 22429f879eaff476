//! One JSON object to the ranges of the values that are read.
//!
//! A scanner of its own, because numbers must keep the digits they were written with and only the mapped values are
//! of interest.

use super::super::super::chunk::{Cells, Span};
use super::shape::Node;

/// Nesting beyond this is not data.
pub const DEPTH: usize = 64;

struct Scanner<'s> {
    text: &'s str,
    at: usize,
    /// Of the text in the chunk.
    offset: usize,
    found: &'s mut [Span],
    cells: &'s mut Cells,
    nul: bool,
    unread: &'s mut Unread,
}

/// Keys of records that no column is read from, as far as the first records have them.
#[derive(Debug, Default)]
pub struct Unread {
    pub names: Vec<String>,
    records: usize,
}

impl Unread {
    /// Later records and more names say nothing new of a table.
    const RECORDS: usize = 1_000;
    const NAMES: usize = 200;

    fn add(&mut self, name: &str) {
        if self.records <= Self::RECORDS && self.names.len() < Self::NAMES && !self.names.iter().any(|it| it == name) {
            self.names.push(name.to_owned());
        }
    }
}

/// What an object is.
pub enum Found {
    Object,
    NotJson,
    /// A value that is read has a NUL character.
    Nul,
}

/// Reads the object that is all of `text`, which stands at `offset` in its chunk.
pub fn read(
    text: &str,
    offset: usize,
    root: &Node,
    found: &mut [Span],
    cells: &mut Cells,
    unread: &mut Unread,
) -> Found {
    unread.records += 1;
    let mut scanner = Scanner { text, at: 0, offset, found, cells, nul: false, unread };
    if scanner.object(Some(root), 0).is_none() || !scanner.at_end() {
        return Found::NotJson;
    }
    if scanner.nul { Found::Nul } else { Found::Object }
}

/// All return `None` for what is not JSON.
impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn at_end(&mut self) -> bool {
        self.blanks();
        self.at == self.text.len()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.blanks();
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn object(&mut self, node: Option<&Node>, depth: usize) -> Option<()> {
        self.expect(b'{')?;
        if depth >= DEPTH {
            return None;
        }
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Some(());
        }
        loop {
            self.blanks();
            let child = self.key(node, depth)?;
            self.expect(b':')?;
            self.value(child, depth + 1)?;
            self.blanks();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    fn key<'n>(&mut self, node: Option<&'n Node>, depth: usize) -> Option<Option<&'n Node>> {
        let (start, end, escaped) = self.string()?;
        let raw = self.text.get(start..end)?;
        let mut plain = String::new();
        if escaped {
            unescape(raw, &mut plain)?;
        }
        let key = if escaped { plain.as_str() } else { raw };
        let child = node.and_then(|node| node.key(key));
        if depth == 0 && child.is_none() {
            self.unread.add(key);
        }
        Some(child)
    }

    fn value(&mut self, node: Option<&Node>, depth: usize) -> Option<()> {
        self.blanks();
        let start = self.at;
        if let Some(node) = node.filter(|node| node.has_children()) {
            // Of a repeated key the last value counts, with all that is in it.
            node.forget(self.found);
        }
        let span = match self.peek()? {
            b'"' => {
                let (start, end, escaped) = self.string()?;
                self.string_span(node, start, end, escaped)?
            }
            b'{' => {
                self.object(node, depth)?;
                Span::new(self.offset + start, self.offset + self.at)
            }
            b'[' => {
                self.array(node, depth)?;
                Span::new(self.offset + start, self.offset + self.at)
            }
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => {
                self.word("null")?;
                Span::NULL
            }
            _ => {
                self.number()?;
                Span::new(self.offset + start, self.offset + self.at)
            }
        };
        for slot in node.into_iter().flat_map(Node::slots) {
            if let Some(found) = self.found.get_mut(*slot) {
                *found = span;
            }
        }
        Some(())
    }

    fn string_span(&mut self, node: Option<&Node>, start: usize, end: usize, escaped: bool) -> Option<Span> {
        if !escaped {
            return Some(Span::new(self.offset + start, self.offset + end));
        }
        let before = self.cells.unescaped.len();
        unescape(self.text.get(start..end)?, &mut self.cells.unescaped)?;
        if node.is_none_or(|node| node.slots().is_empty()) {
            self.cells.unescaped.truncate(before);
            return Some(Span::ABSENT);
        }
        self.nul |= self.cells.unescaped.get(before..)?.contains('\0');
        Some(self.cells.unescaped_since(before))
    }

    fn array(&mut self, node: Option<&Node>, depth: usize) -> Option<()> {
        self.expect(b'[')?;
        if depth >= DEPTH {
            return None;
        }
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Some(());
        }
        for index in 0.. {
            self.value(node.and_then(|node| node.item(index)), depth + 1)?;
            self.blanks();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
        None
    }

    fn word(&mut self, word: &str) -> Option<Span> {
        let end = self.at + word.len();
        if self.text.get(self.at..end)? != word {
            return None;
        }
        let span = Span::new(self.offset + self.at, self.offset + end);
        self.at = end;
        Some(span)
    }

    /// The range between the quotes, and whether it has escapes.
    fn string(&mut self) -> Option<(usize, usize, bool)> {
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some((start, self.at - 1, escaped));
                }
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }
}

/// Half a surrogate pair is not a character, and is not made into a replacement for one.
pub fn unescape(raw: &str, out: &mut String) -> Option<()> {
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut chars = escape.chars();
        let c = match chars.next()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (c, after) = unicode_escape(chars.as_str())?;
                out.push(c);
                rest = after;
                continue;
            }
            _ => return None,
        };
        out.push(c);
        rest = chars.as_str();
    }
    out.push_str(rest);
    Some(())
}

fn unicode_escape(text: &str) -> Option<(char, &str)> {
    let (first, rest) = hex(text)?;
    if !(0xD800..0xE000).contains(&first) {
        return Some((char::from_u32(first)?, rest));
    }
    let (second, rest) = hex(rest.strip_prefix("\\u")?)?;
    if first >= 0xDC00 || !(0xDC00..0xE000).contains(&second) {
        return None;
    }
    Some((char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))?, rest))
}

fn hex(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}
