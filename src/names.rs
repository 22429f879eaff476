//! Checked identifiers: a [`Name`] can stand in SQL, in a path and in a URL without quoting.

use std::fmt;

/// A lower-case identifier: `[a-z_][a-z0-9_]*`, at most 63 bytes.
///
/// Names become directories of the served tree, so nothing that a file system or SQL could read as more than a name
/// (`../`, quotes, a dot) passes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Name(String);

/// Why a text is not a [`Name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadName(pub String);

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a name: use lower-case letters, digits and `_`, at most 63, not starting with a digit",
            self.0
        )
    }
}

impl Name {
    pub fn new(text: &str) -> Result<Self, BadName> {
        let first_ok = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        let rest_ok = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if first_ok && rest_ok && text.len() <= 63 { Ok(Self(text.to_owned())) } else { Err(BadName(text.to_owned())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The schemas a model can name, in the order data flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// What arrived, typed, latest version per key.
    Raw,
    /// One model per source table: rename, normalise.
    Staging,
    /// Which records are one entity.
    Match,
    /// The canonical CRM.
    Core,
    /// Intermediate results shared by marts; not published.
    Work,
    /// The latest published snapshot before this run's logical date.
    Previous,
    /// All published snapshots but the one of this run's logical date.
    Snapshots,
    /// What the run counted while it read and built.
    Ledger,
    /// What is published.
    Marts,
}

impl Layer {
    pub const ALL: [Layer; 9] = [
        Layer::Raw,
        Layer::Staging,
        Layer::Match,
        Layer::Core,
        Layer::Work,
        Layer::Previous,
        Layer::Snapshots,
        Layer::Ledger,
        Layer::Marts,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Layer::Raw => "raw",
            Layer::Staging => "staging",
            Layer::Match => "match",
            Layer::Core => "core",
            Layer::Work => "work",
            Layer::Previous => "previous",
            Layer::Snapshots => "snapshots",
            Layer::Ledger => "ledger",
            Layer::Marts => "marts",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.as_str() == text)
    }

    /// The layers that a model of this layer may read.
    pub fn may_read(self) -> &'static [Layer] {
        match self {
            Layer::Staging => &[Layer::Raw, Layer::Staging],
            Layer::Core => &[Layer::Staging, Layer::Match, Layer::Core],
            Layer::Work => &[Layer::Core, Layer::Work, Layer::Ledger],
            Layer::Marts => &[Layer::Core, Layer::Work, Layer::Previous, Layer::Snapshots, Layer::Ledger, Layer::Marts],
            Layer::Match => &[Layer::Raw, Layer::Staging],
            Layer::Raw | Layer::Previous | Layer::Snapshots | Layer::Ledger => &[],
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A table of the warehouse, written `layer.name` in SQL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    pub layer: Layer,
    pub name: Name,
}

impl TableName {
    pub fn new(layer: Layer, name: Name) -> Self {
        Self { layer, name }
    }

    /// What the run counted about each source and stage.
    pub fn ledger_stage() -> Self {
        Self { layer: Layer::Ledger, name: Name("stage".to_owned()) }
    }

    /// Which core tables the pipeline supplies.
    pub fn ledger_supplied() -> Self {
        Self { layer: Layer::Ledger, name: Name("supplied".to_owned()) }
    }

    /// Reads `layer.name`.
    pub fn parse(text: &str) -> Option<Self> {
        let (layer, name) = text.split_once('.')?;
        Some(Self { layer: Layer::parse(layer)?, name: Name::new(name).ok()? })
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.layer, self.name)
    }
}

impl serde::Serialize for TableName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The candidate nearest to a misspelt word, when one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= limit || (word.len() > 3 && (candidate.starts_with(word) || word.starts_with(*candidate)))
        })
        .min()
        .map(|(_, candidate)| candidate)
}
