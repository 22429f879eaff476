//! What is to be said of the values of a batch: which did not fit, and which times were moved.

use std::collections::BTreeMap;

use super::reject::Reason;
use super::zone::Shift;
use crate::project::source::{ClockOverlap, Source};

/// The cells of a batch that did not fit: for every record the first.
#[derive(Debug, Default)]
pub struct Faults {
    /// Column and reason by record; empty while there are none.
    first: Vec<Option<(usize, Reason)>>,
    count: usize,
    moved: Vec<(usize, usize, Shift)>,
}

impl Faults {
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn get(&self, row: usize) -> Option<(usize, Reason)> {
        self.first.get(row).copied().flatten()
    }

    #[cold]
    pub fn add(&mut self, row: usize, column: usize, reason: Reason) {
        if self.first.len() <= row {
            self.first.resize(row + 1, None);
        }
        if let Some(slot @ None) = self.first.get_mut(row) {
            *slot = Some((column, reason));
            self.count += 1;
        }
    }

    #[cold]
    pub fn add_moved(&mut self, row: usize, column: usize, shift: Shift) {
        self.moved.push((row, column, shift));
    }

    /// The moved times of records without a fault.
    pub fn moved(&self) -> Moved {
        let mut moved = Moved::default();
        for (row, column, shift) in &self.moved {
            if self.get(*row).is_none() {
                *moved.0.entry((*column, *shift)).or_default() += 1;
            }
        }
        moved
    }
}

/// How many times of each column are not what the clock showed, or one of two that it showed.
#[derive(Debug, Default)]
pub struct Moved(BTreeMap<(usize, Shift), u64>);

impl Moved {
    pub fn add(&mut self, other: Moved) {
        for (key, count) in other.0 {
            *self.0.entry(key).or_default() += count;
        }
    }

    /// Code and sentence of a warning for each.
    pub fn warnings(&self, source: &Source) -> Vec<(&'static str, String)> {
        let warning = |(at, shift): &(usize, Shift), count: &u64| {
            let column = source.columns.get(*at)?;
            let times = if *count == 1 { "time" } else { "times" };
            let are = if *count == 1 { "is" } else { "are" };
            let (name, zone) = (&column.name, column.zone);
            Some(match shift {
                Shift::Gap => (
                    "S0359",
                    format!(
                        "{count} {times} of `{name}` {are} in an hour that the clocks of {zone} skipped: taken as later"
                    ),
                ),
                Shift::Overlap => {
                    let which = if column.clock_overlap == ClockOverlap::Later { "second" } else { "first" };
                    let sentence = format!(
                        "{count} {times} of `{name}` {are} in an hour that the clocks of {zone} showed twice: taken as \
                         the {which}"
                    );
                    ("S0360", sentence)
                }
            })
        };
        self.0.iter().filter_map(|(key, count)| warning(key, count)).collect()
    }
}
