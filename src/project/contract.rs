//! What a published table promises.

use super::quality::{ColumnTest, TableTest};
use crate::column::ColumnType;
use crate::diag::Place;
use crate::names::Name;
use crate::privacy::{Declared, Policy};

/// The part that core tables and marts share: how a table is published.
#[derive(Clone, Debug)]
pub struct Table {
    /// The name it is published under.
    pub name: Name,
    pub about: String,
    pub grain: Vec<Name>,
    pub partition_by: Option<Name>,
    pub columns: Vec<Column>,
    pub tests: Vec<TableTest>,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: Name,
    pub kind: ColumnType,
    pub about: String,
    pub tests: Vec<ColumnTest>,
    /// What the contract says of personal data in it, whatever it is made of.
    pub class: Option<Declared>,
    /// Instead of the policy of its class.
    pub policy: Option<Policy>,
    pub place: Place,
}

/// A table of the canonical CRM.
#[derive(Clone, Debug)]
pub struct CoreTable {
    /// Its name in `core.`; `table.name` is the published one.
    pub name: Name,
    pub table: Table,
    pub visible_on: Option<Name>,
    pub placeholder: bool,
    pub follows: Option<Name>,
    /// Column and the core table whose key it is.
    pub references: Vec<(Name, Name)>,
}

impl CoreTable {
    pub fn references(&self, core: &Name) -> bool {
        self.references.iter().any(|(_, to)| to == core)
    }
}

#[derive(Clone, Debug)]
pub struct Mart {
    pub table: Table,
    pub folder: Option<Name>,
    pub driven_by: Option<Name>,
    /// Filled by the engine; it has no model.
    pub engine: bool,
}

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.as_str() == name)
    }
}
