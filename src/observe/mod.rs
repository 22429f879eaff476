//! The machine and the outside world: limits, clock, artefacts for other tools.

pub mod artefacts;
pub mod machine;
mod weights;
