//! The pipeline as it is meant: every default filled in, every name checked, every reference resolved.
//!
//! [`resolve`] makes a [`Project`] from texts, or says everything that is wrong with them. Nothing below reads YAML.

mod age;
mod contract;
mod graph;
pub mod matching;
pub mod notation;
mod privacy;
mod quality;
mod resolve;
pub mod source;
mod vars;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use chrono_tz::Tz;
use indexmap::IndexMap;

use crate::diag::Place;
use crate::model::Model;
use crate::names::{Layer, Name, TableName};

pub use age::{Age, Ages, Verdict};
pub use contract::{Column, CoreTable, Mart, Table};
pub use matching::{Matching, Output};
pub use privacy::{Privacy, Suspects};
pub use quality::{Change, ColumnRule, ColumnTest, TableRule, TableTest};
pub use resolve::{Mappings, Overrides, Texts, mapped_file, resolve};
pub use source::{Freshness, Key, Source};
pub use vars::{Param, ParamValue};

#[derive(Clone, Debug)]
pub struct Project {
    pub name: Name,
    pub about: Option<String>,
    /// Where the pipeline's YAML is, as people know it.
    pub path: PathBuf,
    pub timezone: Tz,
    pub currency: String,
    pub logical_date: Option<NaiveDate>,
    /// Storage that raw exports are read from.
    pub raw: String,
    /// Storage that marts are published to.
    pub marts_root: String,
    pub sources: IndexMap<Name, Source>,
    /// Where the pipeline says what of each source: apart from the source, so that moving a line changes nothing.
    pub source_places: IndexMap<Name, SourcePlaces>,
    /// What must hold of each source's records: apart from the source too.
    pub source_tests: IndexMap<Name, Table>,
    pub matching: IndexMap<Name, Matching>,
    pub core: IndexMap<Name, CoreTable>,
    pub marts: IndexMap<Name, Mart>,
    pub models: BTreeMap<TableName, Model>,
    /// Declared run parameters; `as_of`, `timezone` and `currency` are always there.
    pub params: Vec<Param>,
    /// Every model and supplied core table, in an order in which each reads only what stands before it.
    pub order: Vec<TableName>,
    pub keep_releases: usize,
    pub keep_hours: u64,
    pub privacy: Privacy,
}

/// Places of a source's keys; of the source itself where a key is not said.
#[derive(Clone, Debug)]
pub struct SourcePlaces {
    pub path: Place,
    pub order_by: Place,
    pub deleted_when: Place,
    pub keep_when: Place,
    pub feeds: Place,
    pub freshness: Place,
}

impl Project {
    /// The core table or mart that is published under a name.
    pub fn published(&self, name: &str) -> Option<&Table> {
        self.marts
            .get(name)
            .map(|mart| &mart.table)
            .or_else(|| self.core.values().find(|core| core.table.name.as_str() == name).map(|core| &core.table))
    }

    /// Core tables and marts, by the names that models know them by.
    pub fn tables(&self) -> impl Iterator<Item = (TableName, &Table)> {
        let core = self.core.values().map(|core| (TableName::new(Layer::Core, core.name.clone()), &core.table));
        core.chain(self.marts.values().map(|mart| (TableName::new(Layer::Marts, mart.table.name.clone()), &mart.table)))
    }

    /// The contract of a core table or mart.
    pub fn table(&self, table: &TableName) -> Option<&Table> {
        match table.layer {
            Layer::Core => self.core.get(&table.name).map(|core| &core.table),
            Layer::Marts => self.marts.get(&table.name).map(|mart| &mart.table),
            _ => None,
        }
    }

    /// Whether a pipeline supplies a core table: it has a model, or rows of a table that has one name its keys.
    pub fn supplies(&self, core: &Name) -> bool {
        let modelled = |name: &Name| self.models.contains_key(&TableName::new(Layer::Core, name.clone()));
        modelled(core)
            || self.core.get(core).is_some_and(|table| {
                table.placeholder && self.core.values().any(|other| other.references(core) && modelled(&other.name))
            })
    }

    /// The visible event tables that name rows of a core table, with the naming column.
    pub fn namers<'a>(&'a self, core: &CoreTable) -> Vec<(&'a Name, &'a Name)> {
        let events = self.core.values().filter(|other| other.follows.is_none() && self.supplies(&other.name));
        events
            .flat_map(|other| {
                other.references.iter().filter(|(_, to)| *to == core.name).map(move |(column, _)| (&other.name, column))
            })
            .collect()
    }

    /// What a core table waits for beside what its model reads: who names its rows, and whom it follows.
    pub fn implied(&self, core: &CoreTable) -> Vec<TableName> {
        let namers = self.namers(core).into_iter().map(|(table, _)| table);
        namers.chain(&core.follows).map(|name| TableName::new(Layer::Core, name.clone())).collect()
    }
}
