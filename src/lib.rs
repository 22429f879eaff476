//! septet: a CRM data warehouse in one binary.
//!
//! Text enters at the top, becomes once a value that cannot be wrong, and everything below only reads that value:
//!
//! ```text
//! pipelines/*.yaml ─ spec ─┐
//!                          ├─ project::resolve ─► Project ─► engine::check ─► run ─► RunReport
//! sql/**/*.sql ─── model ──┘    pure, all errors    types, no data     raw → staging → (match) → core → marts
//!                               at once, located    is read            audit → commit → point
//! ```

// Floor 0: checked words, column types, what to tell people.
pub mod column;
pub mod diag;
pub mod names;

// Floor 1: YAML as written, one SQL file, dates and numbers as text, texts as they are compared, paths with days in
// them, locations, duplicates as data, customers' lifetimes, personal data, what is estimated from numbers.
pub mod cleaning;
pub mod datetime;
pub mod lifetime;
pub mod location;
pub mod matching;
pub mod model;
pub mod numeric;
pub mod pattern;
pub mod privacy;
pub mod spec;
pub mod statistics;

// Floor 2: SQL functions; the pipeline as meant.
pub mod functions;
pub mod project;

// Floor 3: the engine; storage.
pub mod engine;
pub mod store;

// Floor 4: files to typed rows; releases; what runs leave for the next.
pub mod ingest;
pub mod publish;
pub mod state;

// Floor 5: where the phases meet; what a file looks like.
pub mod infer;
pub mod run;

// Floor 6: the machine and other tools; sample exports; new projects.
pub mod generate;
pub mod observe;
pub mod templates;

// Floor 7: one file per command.
pub mod cli;
