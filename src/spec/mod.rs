//! YAML exactly as people write it, and the places where they wrote it.
//!
//! Only this module derives `Deserialize` on what people write. Everything else reads [`crate::project`].

mod contract;
mod document;
mod pipeline;
mod reference;
mod schema;
mod tree;

pub use contract::{ColumnTest, Contract, ContractColumn, CoreTable, Mart, Severity, TableTest};
pub use document::Document;
pub use pipeline::{
    BadRows, ClockGap, ClockOverlap, Format, Load, Match, NewColumn, Pipeline, Retention, Source, SourceColumn,
    Storage, StringOrList, Target, Var,
};
pub use reference::reference;
pub use schema::{contract_schema, pipeline_schema};
pub use tree::{Node, Value};
