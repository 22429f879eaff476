//! Duplicates as data: which records are one entity. No I/O, no engine.
//!
//! Probabilistic record linkage: Fellegi & Sunter, "A Theory for Record Linkage", JASA 64 (1969); weights by expectation
//! maximisation after Winkler (1988).
//!
//! ```text
//! records ─► values (distinct, prepared) ─┐
//!        └─► pairs (by the keys of rules) ─┴─► learn (u at random, m by EM) ─► weights ─► score ─► cluster ─► keys
//! ```

mod bridges;
mod cluster;
mod comparison;
mod date;
mod entities;
mod keys;
mod learn;
mod level;
mod name;
mod pairs;
pub mod similarity;
mod values;
mod weights;
mod word;

use cluster::Clusters;
pub use comparison::{Column, Compared, Comparison, Levels, MOST_LEVELS, MOST_PARTS, NO_EVIDENCE, Part};
pub use entities::{Cause, Constraints, Entities, Link, Refusal, entities};
pub use keys::{Change, ChangeCause, Member, keys};
pub use learn::{Learned, Learning, learn, mixed};
pub use level::{Kind, Level, Likeness};
pub use name::name_parts;
pub use pairs::{Blocking, Keys, Oversized};
pub use values::{Interner, SEPARATOR, UNKNOWN, Value, Values, hashed};
pub use weights::{PartWeights, Scorer, Weights, bits, probability};

#[cfg(test)]
mod tests;
