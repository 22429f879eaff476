//! Match stages: which records are one entity, and what is kept of each.

use indexmap::IndexMap;

use crate::diag::Place;
use crate::matching::{Kind, Level};
use crate::names::{Name, TableName};

#[derive(Clone, Debug)]
pub struct Matching {
    pub name: Name,
    /// The staging model whose rows are matched.
    pub records: TableName,
    /// Records that agree in all columns of one list are one entity, transitively.
    pub exact: Vec<Vec<Name>>,
    /// Records that are probably one entity, by likeness.
    pub likely: Option<Likely>,
    /// Two records with different values in one of these columns are never one entity.
    pub never: Vec<Name>,
    pub keys: EntityKeys,
    /// Entities of more records are split at their weakest links.
    pub largest_entity: Option<u32>,
    /// CSV of the project with decided pairs, relative to the pipeline's file.
    pub decisions: Option<String>,
    pub survive: Survival,
    pub place: Place,
}

/// Probabilistic record linkage (Fellegi & Sunter 1969).
#[derive(Clone, Debug)]
pub struct Likely {
    pub block: Vec<Block>,
    pub compare: Vec<Compare>,
    /// Pairs of at least this probability are one entity.
    pub threshold: f64,
    /// Pairs from this probability up to the threshold are shown to people.
    pub review: Option<f64>,
    /// Records of a larger block are compared with as many neighbours only.
    pub largest_block: u32,
    pub seed: u64,
    /// CSV of the project with pairs of known truth.
    pub labels: Option<String>,
}

/// Records that agree in all keys of a block are compared.
#[derive(Clone, Debug)]
pub struct Block {
    pub keys: Vec<BlockKey>,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub struct BlockKey {
    /// An SQL expression over the columns of the records; a list gives a key for each of its items.
    pub sql: String,
    /// What it reads.
    pub columns: Vec<Name>,
}

#[derive(Clone, Debug)]
pub struct Compare {
    pub name: Name,
    pub kind: Kind,
    /// One, or as many as the kind has: given and family name, latitude and longitude.
    pub columns: Vec<Name>,
    pub levels: Vec<Level>,
    pub term_frequency: bool,
    /// m and u of each level, `else` last, where they are not to be learned.
    pub weights: Option<Vec<(f64, f64)>>,
    pub place: Place,
}

/// How entities are named over runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntityKeys {
    /// By the oldest of their records, whatever was before: the same records give the same keys.
    Records,
    /// An entity keeps the key that most of its records had.
    #[default]
    Kept,
}

/// Which record's value an entity has.
#[derive(Clone, Debug, Default)]
pub struct Survival {
    /// Without it there is no golden record.
    pub default: Option<Survivor>,
    pub columns: IndexMap<Name, Survivor>,
    /// When a record was last changed and first made: what `latest` and `earliest` go by.
    pub changed: Option<Name>,
    pub made: Option<Name>,
    pub place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Survivor {
    Latest,
    Earliest,
    MostFrequent,
    Longest,
    /// The first of these systems that has a value; the latest within one.
    Priority(Vec<String>),
    /// An SQL expression over the columns: the record with the greatest value.
    Greatest(String),
}
