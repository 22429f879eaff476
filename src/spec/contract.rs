//! Contract files: what core tables and marts promise.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::quality::{ColumnTest, TableTest};

/// Core tables and marts with their columns, types and tests. A pipeline includes one or more such files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Version of this format; 1.
    pub version: u32,
    /// Run parameters that the models of these tables read; a pipeline can give them other defaults.
    #[serde(default)]
    pub vars: IndexMap<String, super::Var>,
    /// The canonical CRM.
    #[serde(default)]
    pub core: IndexMap<String, CoreTable>,
    /// What is published.
    #[serde(default)]
    pub marts: IndexMap<String, Mart>,
}

/// A table of the canonical CRM.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoreTable {
    /// One sentence for people.
    pub about: String,
    /// The name it is published under.
    pub publish: String,
    /// Columns that identify a row; rows are sorted by them.
    pub grain: Vec<String>,
    /// Date or time stamp column: rows of a later day than the logical date are not visible.
    pub visible_on: Option<String>,
    /// Whether a row that a visible event names but no model supplies is added, with NULLs.
    #[serde(default)]
    pub placeholder: bool,
    /// Rows whose key is not a row of this core table are left out.
    pub follows: Option<String>,
    /// Columns in published order.
    pub columns: IndexMap<String, ContractColumn>,
    /// Tests of the table.
    #[serde(default)]
    pub tests: Vec<TableTest>,
}

/// A published table.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mart {
    /// One sentence for people.
    pub about: String,
    /// The P it belongs to: the folder of its model.
    pub folder: Option<String>,
    /// Columns that identify a row; rows are sorted by them.
    pub grain: Vec<String>,
    /// `month` or `as_of`; the first column of the grain.
    #[serde(default)]
    pub partition_by: Vec<String>,
    /// Core table without which the mart is skipped.
    pub driven_by: Option<String>,
    /// Whether the engine fills it, so that it has no model.
    #[serde(default)]
    pub engine: bool,
    /// Columns in published order.
    pub columns: IndexMap<String, ContractColumn>,
    /// Tests of the table.
    #[serde(default)]
    pub tests: Vec<TableTest>,
}

/// A published column.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractColumn {
    /// string, boolean, integer, bigint, double, decimal(p,s), date or timestamp.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence: the dictionary, the docs and the Parquet metadata show it.
    pub about: String,
    /// Core table whose key this is: a visible row here keeps or makes that row.
    pub references: Option<String>,
    /// Class of personal data, instead of those of the columns it is made of; `none` where it says nothing of a person.
    pub class: Option<String>,
    /// keep, mask, hmac or drop, instead of the policy of the class.
    pub policy: Option<String>,
    /// Tests of the column.
    #[serde(default)]
    pub tests: Vec<ColumnTest>,
}
