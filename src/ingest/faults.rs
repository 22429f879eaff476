//! What is to be said of the values of a batch: which did not fit, and which times were moved.

use std::collections::BTreeMap;

use super::currencies::Currencies;
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
    currencies: Vec<(usize, usize, &'static str)>,
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

    pub fn add_currency(&mut self, row: usize, column: usize, currency: &'static str) {
        self.currencies.push((row, column, currency));
    }

    /// What is to be said of the records without a fault.
    pub fn remarks(&self) -> Remarks {
        let mut remarks = Remarks::default();
        for (_, column, shift) in self.moved.iter().filter(|(row, _, _)| self.get(*row).is_none()) {
            *remarks.moved.entry((*column, *shift)).or_default() += 1;
        }
        let good = |(row, _, _): &&(usize, usize, &str)| self.is_empty() || self.get(*row).is_none();
        // Most often all values of a column have the same beside them.
        let mut run: Option<((usize, &'static str), u64)> = None;
        for (_, column, currency) in self.currencies.iter().filter(good) {
            match &mut run {
                Some((key, count)) if *key == (*column, *currency) => *count += 1,
                _ => {
                    remarks.currencies.add(run.replace(((*column, *currency), 1)));
                }
            }
        }
        remarks.currencies.add(run);
        remarks
    }
}

#[derive(Debug, Default)]
pub struct Remarks {
    /// How many times of each column are not what the clock showed, or one of two that it showed.
    moved: BTreeMap<(usize, Shift), u64>,
    pub currencies: Currencies,
}

impl Remarks {
    pub fn add(&mut self, other: Remarks) {
        for (key, count) in other.moved {
            *self.moved.entry(key).or_default() += count;
        }
        for counted in other.currencies.0 {
            self.currencies.add(Some(counted));
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
        self.moved.iter().filter_map(|(key, count)| warning(key, count)).collect()
    }
}
