//! The only place that makes DataFusion sessions: plans, type-checks and runs queries over declared tables.

mod check;
mod core_table;
mod expectations;
mod explain;
mod golden;
mod guard;
mod lineage;
mod lookup;
mod matched;
mod memory;
mod params;
mod personal;
mod redact;
mod session;
mod tested;

pub use check::{Checked, check, ledger_schema, supplied_schema};
pub(crate) use check::{columns, source_columns};
pub use core_table::{core_sql, placeholder_sql};
pub use expectations::{Asks, Expectation, expectations};
pub use golden::{cell_sql, golden_columns, golden_sql};
pub use lineage::{Lineage, Origin};
pub use lookup::Differing;
pub(crate) use matched::match_schema;
pub use matched::output_schema;
pub use personal::{Protection, key_missing};
pub use session::{BEFORE, Engine, Error, INGESTED, Limits, MODELLED, REPEATED, Rows, SNAPSHOT_FILES, schema};
