//! What all formats of lines share: where a line ends, and which lines are no records.

use super::super::chunk::{Step, Verdict};

/// After the line end at `at`; `None` when a CR ends the text and an LF may follow.
pub fn line_end(bytes: &[u8], at: usize, last: bool) -> Option<usize> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (None, _) => Some(at),
        (Some(b'\r'), Some(b'\n')) => Some(at + 2),
        (Some(b'\r'), None) if !last => None,
        (Some(_), _) => Some(at + 1),
    }
}

/// The content's end and the line's, of the line at `from`; `None` when more of it is to come.
pub fn line(text: &str, from: usize, last: bool) -> Option<(usize, usize)> {
    let content = match text.get(from..).and_then(|rest| rest.find(['\r', '\n'])) {
        Some(length) => from + length,
        None if last => text.len(),
        None => return None,
    };
    line_end(text.as_bytes(), content, last).map(|end| (content, end))
}

/// Beginnings of lines that are no records.
#[derive(Clone, Debug, Default)]
pub struct Comments(Vec<String>);

impl Comments {
    pub fn new(beginnings: &[String]) -> Self {
        Self(beginnings.iter().filter(|text| !text.is_empty()).cloned().collect())
    }

    pub fn begin(&self, text: &str) -> bool {
        self.0.iter().any(|beginning| text.starts_with(beginning.as_str()))
    }

    /// A step over the line at `from` when it is a comment. The inner `None` says that the text ends too soon to tell.
    #[inline]
    pub fn split(&self, text: &str, from: usize, last: bool) -> Option<Option<Step>> {
        if self.0.is_empty() { None } else { self.step(text, from, last) }
    }

    fn step(&self, text: &str, from: usize, last: bool) -> Option<Option<Step>> {
        let rest = text.get(from..).unwrap_or_default();
        if self.begin(rest) {
            let step = |(content, end)| Step { end, content, lines: 1, verdict: Verdict::Skipped };
            return Some(line(text, from, last).map(step));
        }
        let cut = !last && self.0.iter().any(|beginning| beginning.starts_with(rest));
        cut.then_some(None)
    }
}
