//! What is known of personal data, and what is to be published of it.

use std::collections::BTreeMap;

use crate::diag::Place;
use crate::names::Name;
use crate::privacy::{Class, Key, Policy};

#[derive(Clone, Debug)]
pub struct Privacy {
    /// The environment variable of the key.
    pub key_from: Option<String>,
    /// What it holds; `None` where it is not set, or too short for a key.
    pub key: Option<Key>,
    pub policies: BTreeMap<Class, Policy>,
    /// Source and column: apart from the sources, so that a class changes nothing about how a file is read.
    pub classes: BTreeMap<(Name, Name), Class>,
    /// Columns that look like personal data and of which nothing is said.
    pub suspects: Vec<Suspects>,
    /// Where policies are, or would be.
    pub place: Place,
}

/// Columns of one source.
#[derive(Clone, Debug)]
pub struct Suspects {
    pub source: Name,
    pub columns: Vec<(Name, Class)>,
    pub place: Place,
}
