//! Personal data: its classes, what is published of it, and columns that look like it.

mod class;
mod guard;
mod key;
mod looks;
mod mask;

pub use class::{Class, Declared, Policy};
pub use guard::{Guard, Protected};
pub use key::Key;
pub use looks::looks_like;
