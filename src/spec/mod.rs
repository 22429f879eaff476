//! YAML exactly as people write it, and the places where they wrote it.
//!
//! Only this module derives `Deserialize` on what people write. Everything else reads [`crate::project`].

mod contract;
mod document;
mod matching;
mod pipeline;
mod quality;
mod reference;
mod schema;
mod tree;

pub use contract::{Contract, ContractColumn, CoreTable, Mart};
pub use document::Document;
pub use matching::{
    Comparison, Facts, Keys, KindOrComparison, Level, Match, Prior, Relearn, Survive, Survivor, Weight,
};
pub use pipeline::{
    BadRows, ClockGap, ClockOverlap, Format, Freshness, Load, NewColumn, Pipeline, Privacy, Retention, Source,
    SourceColumn, Storage, StringOrList, Target, Var,
};
pub use quality::{Ages, ColumnTest, RowCountChange, Severity, TableTest};
pub use reference::reference;
pub use schema::{contract_schema, pipeline_schema};
pub use tree::{Node, Value};
