//! Diagnostics: what a person must mend, where, and how.
//!
//! A [`Diagnostic`] has a stable code, one sentence, a place in a text and a next step. Checking collects them all
//! before anything is said, so one look shows everything.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text that people wrote, and the path they know it by.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceText {
    pub path: PathBuf,
    pub text: String,
}

impl SourceText {
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into() })
    }

    pub fn line(&self, number: usize) -> Option<&str> {
        self.text.lines().nth(number.checked_sub(1)?)
    }
}

/// A range on one line, counted in characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub line: usize,
    pub column: usize,
    pub length: usize,
}

/// Where in a text something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub source: Arc<SourceText>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// `S0204`: stable, documented in docs/errors.md.
    pub code: &'static str,
    pub message: String,
    /// The file that is meant when there is no place in it.
    pub path: Option<PathBuf>,
    pub place: Option<Place>,
    /// Said beside the caret.
    pub label: Option<String>,
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            path: None,
            place: None,
            label: None,
            help: None,
        }
    }

    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    pub fn at(mut self, source: &Arc<SourceText>, span: Span) -> Self {
        self.place = Some(Place { source: Arc::clone(source), span });
        self
    }

    pub fn at_place(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    pub fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.path = Some(path.as_ref().to_owned());
        self
    }

    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// `file:line:column`, or the file alone.
    pub fn location(&self) -> Option<String> {
        match (&self.place, &self.path) {
            (Some(place), _) => {
                Some(format!("{}:{}:{}", place.source.path.display(), place.span.line, place.span.column))
            }
            (None, Some(path)) => Some(path.display().to_string()),
            (None, None) => None,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}[{}]: {}", self.code, self.message)?;
        if let Some(place) = &self.place {
            let number = place.span.line.to_string();
            let gutter = " ".repeat(number.len());
            write!(f, "\n{gutter}--> {}:{}:{}", place.source.path.display(), place.span.line, place.span.column)?;
            if let Some(line) = place.source.line(place.span.line) {
                // A line can be a whole minified file; an error shows the neighbourhood of its caret.
                let start = place.span.column.saturating_sub(1);
                let from = if line.chars().count() > 160 { start.saturating_sub(60) } else { 0 };
                let shown: String =
                    line.chars().skip(from).take(160).map(|c| if c == '\t' { ' ' } else { c }).collect();
                let room = shown.chars().count().saturating_sub(start - from).max(1);
                let carets = "^".repeat(place.span.length.clamp(1, room));
                let pad: usize = shown.chars().take(start - from).map(width).sum();
                write!(f, "\n{gutter} |\n{number} | {shown}\n{gutter} | {}{carets}", " ".repeat(pad))?;
                if let Some(label) = &self.label {
                    write!(f, " {label}")?;
                }
                write!(f, "\n{gutter} |")?;
            }
        } else {
            if let Some(path) = &self.path {
                write!(f, "\n --> {}", path.display())?;
            }
            if let Some(label) = &self.label {
                write!(f, "\n  = {label}")?;
            }
        }
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

/// Columns a character takes on a terminal: headers in exports are often CJK, and the caret must stand below its word.
fn width(c: char) -> usize {
    let wide = matches!(u32::from(c), 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD);
    if wide { 2 } else { 1 }
}

/// Everything found in one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.items.contains(&diagnostic) {
            self.items.push(diagnostic);
        }
    }

    pub fn extend(&mut self, other: Diagnostics) {
        for item in other.items {
            self.push(item);
        }
    }

    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|item| item.severity == Severity::Error)
    }

    pub fn errors(&self) -> usize {
        self.items.iter().filter(|item| item.severity == Severity::Error).count()
    }

    pub fn warnings(&self) -> usize {
        self.items.len() - self.errors()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter()
    }

    /// By file and line, as a reader works through them.
    pub fn sorted(mut self) -> Self {
        self.items.sort_by_key(|item| {
            let place = item.place.as_ref().map(|place| (place.source.path.clone(), place.span));
            (
                item.severity,
                place.as_ref().map_or_else(|| item.path.clone(), |(path, _)| Some(path.clone())),
                place.map(|(_, span)| span),
                item.code,
                item.message.clone(),
            )
        });
        self
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { items: vec![diagnostic] }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for item in &self.items {
            write!(text, "{item}\n\n")?;
        }
        f.write_str(text.trim_end())
    }
}

impl std::error::Error for Diagnostics {}
