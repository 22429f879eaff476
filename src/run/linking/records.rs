//! The records of a match stage, in the order of their systems and ids, whatever order they came in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use foldhash::fast::FixedState;

use super::super::{Error, Run};
use super::engine_error;
use crate::diag::Diagnostic;
use crate::matching::{self, Comparison, Keys, SEPARATOR, UNKNOWN};
use crate::names::Name;
use crate::project::Matching;
use crate::project::matching::{Block, Compare};
use crate::run::error::Class;

/// What the query gives of every record.
pub struct Records {
    batches: Vec<Vec<Texts>>,
    /// Batch and row of each record.
    order: Vec<(u32, u32)>,
    /// Where each column is, by its name or its expression.
    places: HashMap<String, usize>,
    /// Rows without a system or an id.
    unnamed: usize,
}

/// A column of a batch.
enum Texts {
    One(StringArray),
    /// A list for each record.
    Many {
        starts: Vec<i32>,
        items: StringArray,
        /// What stands in the place of a NULL does not count.
        nulls: Option<NullBuffer>,
    },
}

impl Run {
    pub(super) async fn match_records(&self, stage: &Matching) -> Result<Records, Error> {
        let mut asked: Vec<(String, String)> = Vec::new();
        let mut ask = |name: &str, sql: String| {
            if !asked.iter().any(|(known, _)| known == name) {
                asked.push((name.to_owned(), sql));
            }
        };
        let quoted = |name: &Name| format!("\"{name}\"");
        for name in ["source_system", "source_customer_id"] {
            ask(name, name.to_owned());
        }
        let columns: BTreeSet<&Name> =
            stage.exact.iter().flatten().chain(&stage.never).chain(&stage.survive.made).collect();
        columns.into_iter().for_each(|name| ask(name.as_str(), quoted(name)));
        if let Some(likely) = &stage.likely {
            let compared = likely.compare.iter().flat_map(|compare| &compare.columns);
            compared.for_each(|name| ask(name.as_str(), quoted(name)));
            let rules = likely.prior.iter().flat_map(|prior| &prior.rules);
            let keys = likely.block.iter().chain(rules).flat_map(|block| &block.keys);
            keys.for_each(|key| ask(&key.sql, key.sql.clone()));
        }
        let list: Vec<String> = asked.iter().enumerate().map(|(at, (_, sql))| format!("{sql} as c{at}")).collect();
        let sql = format!("select {} from {}", list.join(", "), stage.records);
        let about = format!("the records of match `{}`", stage.name);
        let batches = self.engine_ok(self.engine.collect(&sql, &about).await)?;
        let texts: Result<Vec<Vec<Texts>>, _> =
            batches.iter().map(|batch| batch.columns().iter().map(texts).collect::<Result<Vec<_>, _>>()).collect();
        let places = asked.into_iter().enumerate().map(|(at, (name, _))| (name, at)).collect();
        let records = Records::new(texts.map_err(|error| engine_error(error.into()))?, places);
        self.known_once(stage, &records)?;
        Ok(records)
    }

    /// A record is known by its system and its id: no other has both.
    fn known_once(&self, stage: &Matching, records: &Records) -> Result<(), Error> {
        let name = |record| (records.system(record), records.id(record));
        let mut systems: BTreeMap<&str, usize> = BTreeMap::new();
        for record in (1..records.count()).filter(|record| name(record - 1) == name(*record)) {
            *systems.entry(records.system(record)).or_default() += 1;
        }
        if systems.is_empty() {
            if records.unnamed > 0 {
                self.warn(format!(
                    "match `{}`: {} rows of {} have no source_system or no source_customer_id, and are left out",
                    stage.name, records.unnamed, stage.records
                ));
            }
            return Ok(());
        }
        // The id may be anything, an e-mail address among it.
        let list: Vec<String> = systems.iter().map(|(system, rows)| format!("{rows} of system `{system}`")).collect();
        let message = format!(
            "match `{}`: {} rows of `{}` have the source_system and source_customer_id of another: {}",
            stage.name,
            systems.values().sum::<usize>(),
            stage.records,
            list.join(", ")
        );
        let help = "a record is known by the two: give the source a `key`, or keep one row for each in the model";
        let place = Some(stage.place.clone());
        Err(Error::new(Class::Data, Diagnostic::error("S0449", message).at_place(place).help(help)))
    }
}

fn texts(column: &ArrayRef) -> Result<Texts, arrow::error::ArrowError> {
    if let DataType::List(_) = column.data_type() {
        let list = column.as_list::<i32>();
        let items = cast(list.values(), &DataType::Utf8)?.as_string::<i32>().clone();
        let (starts, nulls) = (list.value_offsets().to_vec(), list.nulls().cloned());
        return Ok(Texts::Many { starts, items, nulls });
    }
    Ok(Texts::One(cast(column, &DataType::Utf8)?.as_string::<i32>().clone()))
}

impl Texts {
    fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::One(texts) => known(texts, row),
            Self::Many { .. } => None,
        }
    }

    fn each(&self, row: usize) -> Vec<&str> {
        match self {
            Self::One(texts) => known(texts, row).into_iter().collect(),
            Self::Many { nulls: Some(nulls), .. } if nulls.is_null(row) => Vec::new(),
            Self::Many { starts, items, .. } => match (starts.get(row), starts.get(row + 1)) {
                (Some(from), Some(to)) => {
                    let at = |at: i32| usize::try_from(at).unwrap_or(0);
                    (at(*from)..at(*to)).filter_map(|item| known(items, item)).collect()
                }
                _ => Vec::new(),
            },
        }
    }
}

fn known(texts: &StringArray, row: usize) -> Option<&str> {
    (!texts.is_null(row)).then(|| texts.value(row)).filter(|text| !text.is_empty())
}

impl Records {
    fn new(batches: Vec<Vec<Texts>>, places: HashMap<String, usize>) -> Self {
        let mut records = Self { batches, order: Vec::new(), places, unnamed: 0 };
        for (at, batch) in (0u32..).zip(&records.batches) {
            let rows = match batch.first() {
                Some(Texts::One(texts)) => u32::try_from(texts.len()).unwrap_or(u32::MAX),
                _ => 0,
            };
            records.order.extend((0..rows).map(|row| (at, row)));
        }
        let mut order = std::mem::take(&mut records.order);
        let rows = order.len();
        order.retain(|at| records.at(*at, 0).is_some() && records.at(*at, 1).is_some());
        records.unnamed = rows - order.len();
        // What is left equal is one record twice, of which the other columns make no difference to the order of others.
        order.sort_by(|x, y| {
            let columns = 0..records.places.len();
            columns
                .map(|column| records.at(*x, column).cmp(&records.at(*y, column)))
                .find(|o| o.is_ne())
                .unwrap_or(x.cmp(y))
        });
        records.order = order;
        records
    }

    pub fn count(&self) -> u32 {
        u32::try_from(self.order.len()).unwrap_or(u32::MAX)
    }

    pub fn system(&self, record: u32) -> &str {
        self.text(0, record).unwrap_or_default()
    }

    pub fn id(&self, record: u32) -> &str {
        self.text(1, record).unwrap_or_default()
    }

    pub fn place(&self, column: &str) -> Option<usize> {
        self.places.get(column).copied()
    }

    pub fn text(&self, column: usize, record: u32) -> Option<&str> {
        self.at(*self.order.get(record as usize)?, column)
    }

    fn at(&self, (batch, row): (u32, u32), column: usize) -> Option<&str> {
        self.batches.get(batch as usize)?.get(column)?.get(row as usize)
    }

    pub fn items(&self, column: usize, record: u32) -> Vec<&str> {
        let batch =
            |(batch, row): &(u32, u32)| Some(self.batches.get(*batch as usize)?.get(column)?.each(*row as usize));
        self.order.get(record as usize).and_then(batch).unwrap_or_default()
    }

    /// The record of a system's id.
    pub fn find(&self, system: &str, id: &str) -> Option<u32> {
        let at = self.order.partition_point(|at| (self.at(*at, 0), self.at(*at, 1)) < (Some(system), Some(id)));
        let record = u32::try_from(at).ok()?;
        (self.order.get(at).is_some() && self.system(record) == system && self.id(record) == id).then_some(record)
    }

    /// The number of each record's value, of several columns together.
    pub fn numbers(&self, columns: &[&str]) -> Vec<u32> {
        match self.keys(columns) {
            Keys::One(numbers) => numbers,
            Keys::Many { .. } => vec![UNKNOWN; self.order.len()],
        }
    }

    /// The keys of a rule; a record without a value in one of the columns has none.
    fn keys(&self, columns: &[&str]) -> Keys {
        self.numbered(columns).0
    }

    /// The number of each key of a block, by what it is made of.
    pub fn key_numbers(&self, block: &Block) -> HashMap<String, u32, FixedState> {
        self.numbered(&block.keys.iter().map(|key| key.sql.as_str()).collect::<Vec<_>>()).1
    }

    fn numbered(&self, columns: &[&str]) -> (Keys, HashMap<String, u32, FixedState>) {
        let places: Vec<usize> = columns.iter().filter_map(|column| self.place(column)).collect();
        let mut numbers: HashMap<String, u32, FixedState> = HashMap::default();
        let mut number = |text: String| {
            let next = u32::try_from(numbers.len()).unwrap_or(UNKNOWN - 1);
            *numbers.entry(text).or_insert(next)
        };
        let many =
            |place: &usize| self.batches.iter().any(|batch| matches!(batch.get(*place), Some(Texts::Many { .. })));
        if !places.iter().any(many) {
            let key = |record| {
                let parts: Option<Vec<&str>> = places.iter().map(|place| self.text(*place, record)).collect();
                parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("\u{1f}"))
            };
            let keys = (0..self.count()).map(|record| key(record).map_or(UNKNOWN, &mut number)).collect();
            return (Keys::One(keys), numbers);
        }
        let (mut starts, mut keys) = (vec![0], Vec::new());
        for record in 0..self.count() {
            let mut found: Vec<String> = vec![String::new()];
            for place in &places {
                let items = self.items(*place, record);
                found = found
                    .iter()
                    .flat_map(|key| items.iter().map(move |item| format!("{key}{SEPARATOR}{item}")))
                    .collect();
            }
            let mut these: Vec<u32> = found.into_iter().map(&mut number).collect();
            these.sort_unstable();
            these.dedup();
            keys.extend(these);
            starts.push(u32::try_from(keys.len()).unwrap_or(u32::MAX));
        }
        (Keys::Many { starts, keys }, numbers)
    }

    fn comparison(&self, compare: &Compare) -> Comparison {
        let places: Vec<usize> = compare.columns.iter().filter_map(|column| self.place(column.as_str())).collect();
        let columns: Vec<_> = places.iter().map(|place| move |record| self.text(*place, record)).collect();
        let columns: Vec<matching::Column<'_>> = columns.iter().map(|column| column as matching::Column<'_>).collect();
        let parts = Comparison::parts_of(compare.kind, self.count(), &columns);
        Comparison {
            name: compare.name.to_string(),
            kind: compare.kind,
            levels: compare.levels.clone(),
            term_frequency: compare.term_frequency,
            parts,
        }
    }

    /// Everything that is compared, and the keys of every block.
    pub fn prepare(&self, compare: &[Compare], blocks: &[Block], threads: usize) -> (matching::Compared, Vec<Keys>) {
        let (comparisons, keys) = (slots(compare.len()), slots(blocks.len()));
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if let (Some(compare), Some(slot)) = (compare.get(at), comparisons.get(at)) {
                    set(slot, self.comparison(compare));
                } else if let Some(at) = at.checked_sub(compare.len())
                    && let (Some(block), Some(slot)) = (blocks.get(at), keys.get(at))
                {
                    set(slot, self.keys(&block.keys.iter().map(|key| key.sql.as_str()).collect::<Vec<_>>()));
                } else {
                    break;
                }
            }
        };
        thread::scope(|scope| (0..threads.max(1)).for_each(|_| drop(scope.spawn(work))));
        (matching::Compared { comparisons: taken(comparisons), records: self.count() }, taken(keys))
    }
}

fn slots<T>(count: usize) -> Vec<Mutex<Option<T>>> {
    (0..count).map(|_| Mutex::new(None)).collect()
}

fn set<T>(slot: &Mutex<Option<T>>, value: T) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

fn taken<T>(slots: Vec<Mutex<Option<T>>>) -> Vec<T> {
    slots.into_iter().filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}
