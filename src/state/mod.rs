//! What a run leaves for the next one beside releases: typed inputs and working tables by fingerprint, and its history.

mod cache;
mod fingerprint;

pub use cache::{Cache, Slot};
pub use fingerprint::{Fingerprint, Hasher};
