//! What a stage learned, kept so that a few new records need not be compared with all others again.
//!
//! ```text
//! learned/  about.json        weights, and what they were made from
//!           records.parquet   every record of that run, and what it was compared by
//!           values.parquet    how frequent each value was
//!           pairs.parquet     every score that counts
//! ```
//!
//! A run compares with the records at the last learning, not with those of the run before: its result depends on its own
//! records and on those, however many runs lie between.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float32Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Float32Type, Schema, UInt32Type, UInt64Type};
use chrono::NaiveDate;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};

use super::super::report::PriorReport;
use super::records::Records;
use super::written;
use crate::matching::{Blocking, Compared, Learned, Link, PartWeights, Weights, hashed};
use crate::project::matching::Likely;
use crate::state::{Fingerprint, Hasher};

/// Folder of the slot.
pub const LEARNED: &str = "learned";
const ABOUT: &str = "about.json";
const RECORDS: &str = "records";
const VALUES: &str = "values";
const PAIRS: &str = "pairs";

/// How a stage came to its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Of its rules and its records.
    pub own: Fingerprint,
    /// What was learned before; none the first time.
    pub from: Option<String>,
}

/// What is known of a learning without its records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct About {
    /// Which learning it is.
    pub id: String,
    pub made: Made,
    /// The rules that were learned by.
    rules: String,
    pub on: NaiveDate,
    /// Bits of the numbers, so that none is read otherwise than it was written.
    lambda: u64,
    parts: Vec<(Vec<u64>, Vec<u64>)>,
    pub rounds: usize,
    change: u64,
    pub unlearned: Vec<usize>,
    pub prior: Option<PriorReport>,
    /// Blocks that were not compared in full, by rule and key.
    large: Vec<(usize, u64)>,
    /// Of each comparison: how many records had a value.
    known: Vec<u64>,
}

impl About {
    pub fn read(slot: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(slot.join(LEARNED).join(ABOUT)).ok()?).ok()
    }

    pub fn weights(&self) -> Weights {
        let numbers = |bits: &Vec<u64>| bits.iter().map(|bits| f64::from_bits(*bits)).collect();
        let parts = self.parts.iter().map(|(m, u)| PartWeights { m: numbers(m), u: numbers(u) });
        Weights { lambda: f64::from_bits(self.lambda), parts: parts.collect() }
    }

    pub fn change(&self) -> f64 {
        f64::from_bits(self.change)
    }
}

/// A learning with its records.
pub struct State {
    pub about: About,
    /// By system and id, which they are sorted by.
    records: Vec<(String, String, u64)>,
    /// By comparison and value.
    values: HashMap<(u32, u64), u32>,
    pairs: Vec<(u32, u32, f32)>,
}

/// How the records differ from those that were learned from.
pub struct Changes {
    /// By record of now.
    pub changed: Vec<bool>,
    /// By record of then; `None` where it is gone or another.
    now: Vec<Option<u32>>,
}

impl State {
    /// What the slot has, when it was learned by the same rules.
    pub fn read(slot: &Path, likely: &Likely) -> Option<Self> {
        let about = About::read(slot).filter(|about| about.rules == likely.rules())?;
        let folder = slot.join(LEARNED);
        let mut state = Self { about, records: Vec::new(), values: HashMap::new(), pairs: Vec::new() };
        for batch in batches(&folder, RECORDS)? {
            let (systems, ids) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
            let hashes = batch.column(2).as_primitive::<UInt64Type>();
            let rows = systems.iter().zip(ids).zip(hashes.values());
            let row = |((system, id), hash): ((Option<&str>, Option<&str>), &u64)| {
                (system.unwrap_or_default().to_owned(), id.unwrap_or_default().to_owned(), *hash)
            };
            state.records.extend(rows.map(row));
        }
        for batch in batches(&folder, VALUES)? {
            let [of, count] = [0, 2].map(|column| batch.column(column).as_primitive::<UInt32Type>().values());
            let hashes = batch.column(1).as_primitive::<UInt64Type>().values();
            let rows = of.iter().zip(hashes).zip(count);
            state.values.extend(rows.map(|((of, hash), count)| ((*of, *hash), *count)));
        }
        for batch in batches(&folder, PAIRS)? {
            let [a, b] = [0, 1].map(|column| batch.column(column).as_primitive::<UInt32Type>().values());
            let bits = batch.column(2).as_primitive::<Float32Type>().values();
            state.pairs.extend(a.iter().zip(b).zip(bits).map(|((a, b), bits)| (*a, *b, *bits)));
        }
        Some(state)
    }

    /// `None` when more than this share of the records is new, gone or another: it is time to learn again.
    pub fn changes(&self, records: &Records, likely: &Likely, share: f64) -> Option<Changes> {
        let hashes = record_hashes(records, likely);
        let mut changes = Changes { changed: vec![true; hashes.len()], now: vec![None; self.records.len()] };
        let mut record = 0u32;
        let mut different = 0usize;
        for ((system, id, hash), slot) in self.records.iter().zip(&mut changes.now) {
            let then = (system.as_str(), id.as_str());
            while record < records.count() && (records.system(record), records.id(record)) < then {
                record += 1;
            }
            let here = record < records.count() && (records.system(record), records.id(record)) == then;
            match (hashes.get(record as usize), changes.changed.get_mut(record as usize)) {
                (Some(now), Some(changed)) if here && now == hash => {
                    *changed = false;
                    *slot = Some(record);
                }
                // One that is another counts among those of now.
                _ if here => {}
                _ => different += 1,
            }
        }
        different += changes.changed.iter().filter(|changed| **changed).count();
        (different as f64 <= share * self.records.len() as f64).then_some(changes)
    }

    /// Values count as often as they did.
    pub fn count_values(&self, compared: &mut Compared) {
        for ((at, comparison), known) in (0u32..).zip(&mut compared.comparisons).zip(&self.about.known) {
            for part in &mut comparison.parts {
                part.count_as(*known, |hash| self.values.get(&(at, hash)).copied());
            }
        }
    }

    /// Blocks of now that were not compared in full.
    pub fn was_large(&self, records: &Records, likely: &Likely) -> HashSet<(usize, u32)> {
        let mut found = HashSet::new();
        for rule in self.about.large.iter().map(|(rule, _)| *rule).collect::<BTreeSet<_>>() {
            let Some(block) = likely.block.get(rule) else { continue };
            let is = |hash: u64| self.about.large.contains(&(rule, hash));
            let numbers = records.key_numbers(block).into_iter();
            found.extend(numbers.filter(|(text, _)| is(hashed(0, text))).map(|(_, number)| (rule, number)));
        }
        found
    }

    /// Scores of pairs of which neither record changed, that are still compared.
    pub fn kept(&self, changes: &Changes, blocking: &Blocking) -> Vec<Link> {
        let now = |record: u32| changes.now.get(record as usize).copied().flatten();
        let pairs = self.pairs.iter().filter_map(|(a, b, bits)| Some((now(*a)?, now(*b)?, *bits)));
        let pairs = pairs.filter(|(a, b, _)| blocking.brings_up(*a, *b));
        let link = |(a, b, bits)| Link { a, b, cause: crate::matching::Cause::Likely, bits };
        pairs.map(link).collect()
    }
}

/// What a learning is to leave behind.
pub struct Fresh<'a> {
    pub records: &'a Records,
    pub likely: &'a Likely,
    pub compared: &'a Compared,
    pub blocking: &'a Blocking,
    pub learned: &'a Learned,
    pub prior: Option<&'a PriorReport>,
    pub links: &'a [Link],
    pub on: NaiveDate,
}

impl Fresh<'_> {
    /// What is written; `made` says of which step.
    pub fn state(&self, made: Made) -> State {
        let names = 0..self.records.count();
        let hashes = record_hashes(self.records, self.likely);
        let text = |text: &str| text.to_owned();
        let records: Vec<(String, String, u64)> = names
            .zip(hashes)
            .map(|(record, hash)| (text(self.records.system(record)), text(self.records.id(record)), hash))
            .collect();
        let mut values = HashMap::new();
        for (at, comparison) in (0u32..).zip(&self.compared.comparisons).filter(|(_, one)| one.term_frequency) {
            if let Some(part) = comparison.parts.first() {
                for (value, count) in part.distinct.iter().zip(part.counts.iter()) {
                    *values.entry((at, value.hashed())).or_insert(0) += *count;
                }
            }
        }
        let mut pairs: Vec<(u32, u32, f32)> = self.links.iter().map(|link| (link.a, link.b, link.bits)).collect();
        pairs.sort_unstable_by_key(|(a, b, _)| (*a, *b));
        let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect();
        let Learned { weights, rounds, change, unlearned } = self.learned;
        let mut about = About {
            id: String::new(),
            made,
            rules: self.likely.rules(),
            on: self.on,
            lambda: weights.lambda.to_bits(),
            parts: weights.parts.iter().map(|part| (bits(&part.m), bits(&part.u))).collect(),
            rounds: *rounds,
            change: change.to_bits(),
            unlearned: unlearned.clone(),
            prior: self.prior.cloned(),
            large: self.large(),
            known: self.compared.comparisons.iter().map(|one| one.parts.first().map_or(0, |part| part.known)).collect(),
        };
        about.id = id(&about, &records);
        State { about, records, values, pairs }
    }

    fn large(&self) -> Vec<(usize, u64)> {
        let mut found = Vec::new();
        let rules: BTreeSet<usize> = self.blocking.oversized.iter().map(|group| group.rule).collect();
        for rule in rules {
            let Some(block) = self.likely.block.get(rule) else { continue };
            let large: HashSet<u32> =
                self.blocking.oversized.iter().filter(|group| group.rule == rule).map(|group| group.key).collect();
            let numbers = self.records.key_numbers(block).into_iter().filter(|(_, number)| large.contains(number));
            found.extend(numbers.map(|(text, _)| (rule, hashed(0, &text))));
        }
        found.sort_unstable();
        found
    }
}

impl State {
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let folder = folder.join(LEARNED);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(ABOUT), serde_json::to_vec(&self.about)?)?;
        let failed = |error: arrow::error::ArrowError| io::Error::other(error);
        let text = |of: &dyn Fn(&(String, String, u64)) -> &String| -> ArrayRef {
            Arc::new(self.records.iter().map(of).map(Some).collect::<StringArray>())
        };
        let hashes: ArrayRef = Arc::new(UInt64Array::from_iter_values(self.records.iter().map(|record| record.2)));
        let records = vec![text(&|record| &record.0), text(&|record| &record.1), hashes];
        write(&folder, RECORDS, &["system", "id", "hash"], records).map_err(failed)??;
        let mut values: Vec<(u32, u64, u32)> =
            self.values.iter().map(|((of, hash), count)| (*of, *hash, *count)).collect();
        values.sort_unstable();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from_iter_values(values.iter().map(|value| value.0))),
            Arc::new(UInt64Array::from_iter_values(values.iter().map(|value| value.1))),
            Arc::new(UInt32Array::from_iter_values(values.iter().map(|value| value.2))),
        ];
        write(&folder, VALUES, &["comparison", "hash", "count"], columns).map_err(failed)??;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from_iter_values(self.pairs.iter().map(|pair| pair.0))),
            Arc::new(UInt32Array::from_iter_values(self.pairs.iter().map(|pair| pair.1))),
            Arc::new(Float32Array::from_iter_values(self.pairs.iter().map(|pair| pair.2))),
        ];
        write(&folder, PAIRS, &["a", "b", "bits"], columns).map_err(failed)?
    }
}

/// The learning of a slot goes on in another, which was made in another way.
pub fn carry(from: &Path, folder: &Path, about: &About, made: Made) -> io::Result<()> {
    let (from, folder) = (from.join(LEARNED), folder.join(LEARNED));
    fs::create_dir_all(&folder)?;
    for name in [RECORDS, VALUES, PAIRS] {
        let to = folder.join(name);
        fs::create_dir_all(&to)?;
        let (from, to) = (from.join(name).join("0.parquet"), to.join("0.parquet"));
        fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop))?;
    }
    fs::write(folder.join(ABOUT), serde_json::to_vec(&About { made, ..about.clone() })?)
}

/// Of everything that the scores of later runs depend on.
fn id(about: &About, records: &[(String, String, u64)]) -> String {
    let told = serde_json::to_vec(&(&about.rules, about.lambda, &about.parts, &about.large, &about.known));
    let all = records.iter().fold(0, |all, (system, id, hash)| hashed(hashed(all ^ hash, system), id));
    let hasher = Hasher::new("learned").part("told", told.unwrap_or_default());
    hasher.part("records", all.to_le_bytes()).finish().to_string()
}

/// Of everything that a record is compared by.
fn record_hashes(records: &Records, likely: &Likely) -> Vec<u64> {
    let compared = likely.compare.iter().flat_map(|compare| &compare.columns).map(|name| name.as_str());
    let keys = likely.block.iter().flat_map(|block| &block.keys).map(|key| key.sql.as_str());
    let places: Vec<usize> = compared.chain(keys).filter_map(|name| records.place(name)).collect();
    let of = |record| {
        places.iter().fold(0u64, |hash, place| {
            // A list is not the text of its items.
            let items = records.items(*place, record);
            items.iter().fold(hashed(hash, &items.len().to_string()), |hash, item| hashed(hash, item))
        })
    };
    (0..records.count()).map(of).collect()
}

fn write(
    folder: &Path,
    name: &str,
    columns: &[&str],
    arrays: Vec<ArrayRef>,
) -> Result<io::Result<()>, arrow::error::ArrowError> {
    let fields = columns.iter().zip(&arrays).map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    Ok(written::write(folder, name, &[batch], schema))
}

fn batches(folder: &Path, name: &str) -> Option<Vec<RecordBatch>> {
    let file = File::open(folder.join(name).join("0.parquet")).ok()?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).ok()?.build().ok()?;
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().ok()?;
    let fits = |batch: &RecordBatch| {
        let kinds = batch.columns().iter().map(|column| column.data_type());
        match name {
            RECORDS => kinds.eq([&DataType::Utf8, &DataType::Utf8, &DataType::UInt64]),
            VALUES => kinds.eq([&DataType::UInt32, &DataType::UInt64, &DataType::UInt32]),
            _ => kinds.eq([&DataType::UInt32, &DataType::UInt32, &DataType::Float32]),
        }
    };
    batches.iter().all(fits).then_some(batches)
}
