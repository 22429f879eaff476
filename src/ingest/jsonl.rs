//! JSON lines to records: one object a line.
//!
//! A scanner of its own, because numbers must keep the digits they were written with and only the mapped values are
//! of interest. Of a repeated key the last value counts. An object or array where a value is expected is its JSON text.

use super::chunk::{Cells, Span, Step, Verdict};
use super::csv::line_end;
use super::reject::Reason;
use super::text::is_blank;
use crate::project::source::SourceColumn;

/// Nesting beyond this is not data.
const DEPTH: usize = 64;

/// Which values of an object are read.
#[derive(Debug)]
pub struct Shape {
    root: Node,
    /// For every column, its slots in order of preference.
    columns: Vec<Vec<usize>>,
    found: Vec<Span>,
    /// Columns that some record had.
    pub seen: Vec<bool>,
}

#[derive(Debug, Default)]
struct Node {
    slots: Vec<usize>,
    children: Vec<(String, Node)>,
}

impl Node {
    fn add<'p>(&mut self, mut path: impl Iterator<Item = &'p str>, slot: usize) {
        let Some(key) = path.next() else { return self.slots.push(slot) };
        if let Some((_, child)) = self.children.iter_mut().find(|(name, _)| name == key) {
            return child.add(path, slot);
        }
        let mut child = Node::default();
        child.add(path, slot);
        self.children.push((key.to_owned(), child));
    }

    fn child(&self, key: &str) -> Option<&Node> {
        self.children.iter().find(|(name, _)| name == key).map(|(_, child)| child)
    }
}

impl Shape {
    pub fn new(columns: &[SourceColumn]) -> Self {
        let mut root = Node::default();
        let mut slots = 0;
        let mut by_column = Vec::new();
        for column in columns {
            let mut own = Vec::new();
            for from in &column.from {
                root.add(from.split('.'), slots);
                if from.contains('.') {
                    // A key may itself contain a dot.
                    root.add(std::iter::once(from.as_str()), slots);
                }
                own.push(slots);
                slots += 1;
            }
            by_column.push(own);
        }
        Self { root, seen: vec![false; columns.len()], columns: by_column, found: vec![Span::ABSENT; slots] }
    }

    pub fn split(&mut self, text: &str, from: usize, last: bool, cells: &mut Cells) -> Option<Step> {
        let bytes = text.as_bytes();
        let content = match text.get(from..).and_then(|rest| rest.find('\n')) {
            Some(length) => from + length,
            None if last => bytes.len(),
            None => return None,
        };
        let end = line_end(bytes, content, last)?;
        let line = text.get(from..content).unwrap_or_default();
        let step = |verdict| Some(Step { end, content, lines: 1, verdict });
        if line.chars().all(is_blank) {
            return step(Verdict::Blank);
        }
        let before = cells.position();
        self.found.fill(Span::ABSENT);
        let mut scanner = Scanner { text: line, at: 0, offset: from, found: &mut self.found, cells, nul: false };
        let sound = scanner.object(Some(&self.root), 0).is_some() && scanner.at_end();
        let nul = scanner.nul;
        if !sound || nul {
            cells.rewind(before);
        }
        if !sound {
            return step(Verdict::Reject(Reason::NotJson, "one JSON object on the line".to_owned()));
        }
        if nul {
            return step(Verdict::Reject(Reason::NulByte, "text without NUL characters".to_owned()));
        }
        for (slots, seen) in self.columns.iter().zip(&mut self.seen) {
            let span = slots.iter().filter_map(|slot| self.found.get(*slot)).find(|span| **span != Span::ABSENT);
            *seen |= span.is_some();
            cells.spans.push(span.copied().unwrap_or(Span::ABSENT));
        }
        step(Verdict::Record)
    }
}

struct Scanner<'s> {
    text: &'s str,
    at: usize,
    /// Of the line in the chunk.
    offset: usize,
    found: &'s mut [Span],
    cells: &'s mut Cells,
    nul: bool,
}

/// All return `None` for what is not JSON.
impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
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
            let child = self.key(node)?;
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

    fn key<'n>(&mut self, node: Option<&'n Node>) -> Option<Option<&'n Node>> {
        let (start, end, escaped) = self.string()?;
        let raw = self.text.get(start..end)?;
        if !escaped {
            return Some(node.and_then(|node| node.child(raw)));
        }
        let mut key = String::new();
        unescape(raw, &mut key)?;
        Some(node.and_then(|node| node.child(&key)))
    }

    fn value(&mut self, node: Option<&Node>, depth: usize) -> Option<()> {
        self.blanks();
        let start = self.at;
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
                self.array(depth)?;
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
        for slot in node.into_iter().flat_map(|node| &node.slots) {
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
        if node.is_none_or(|node| node.slots.is_empty()) {
            self.cells.unescaped.truncate(before);
            return Some(Span::ABSENT);
        }
        self.nul |= self.cells.unescaped.get(before..)?.contains('\0');
        Some(self.cells.unescaped_since(before))
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.expect(b'[')?;
        if depth >= DEPTH {
            return None;
        }
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Some(());
        }
        loop {
            self.value(None, depth + 1)?;
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
fn unescape(raw: &str, out: &mut String) -> Option<()> {
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
