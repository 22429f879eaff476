//! Proof of the grain while rows pass by: sorted by partition and grain, every row must come after the one before.

use std::cmp::Ordering;

use arrow::array::{ArrayRef, DynComparator, RecordBatch, make_comparator};
use arrow::compute::SortOptions;
use arrow::error::ArrowError;

use super::Error;
use crate::names::Name;

/// Ascending, NULL last: the engine's own default order of this program.
const ORDER: SortOptions = SortOptions { descending: false, nulls_first: false };

pub(super) struct Order {
    table: Name,
    grain: Vec<Name>,
    /// Positions of the partition's column, if any, and then of the grain's.
    keys: Vec<usize>,
    partitioned: bool,
    /// The keys of the last row seen.
    last: Option<Vec<ArrayRef>>,
    pub duplicates: u64,
}

impl Order {
    pub fn new(table: &Name, columns: &[Name], partition_by: &[Name], grain: &[Name]) -> Result<Self, Error> {
        let spec = |reason| Error::Spec { table: table.clone(), reason };
        if grain.is_empty() {
            return Err(spec("it has no grain"));
        }
        if partition_by.len() > 1 {
            return Err(spec("it is partitioned by more than one column"));
        }
        let beyond = grain.iter().filter(|name| !partition_by.contains(name));
        let keys: Option<Vec<usize>> =
            partition_by.iter().chain(beyond).map(|key| columns.iter().position(|column| column == key)).collect();
        let keys = keys.ok_or_else(|| spec("its grain or partition is not among its columns"))?;
        let partitioned = !partition_by.is_empty();
        if partitioned && !grain.contains(&partition_by[0]) {
            // Uniqueness would be proven per partition only.
            return Err(spec("its partition is not part of its grain"));
        }
        Ok(Self { table: table.clone(), grain: grain.to_vec(), keys, partitioned, last: None, duplicates: 0 })
    }

    /// Compares every row with the one before it. Gives the rows at which another partition begins.
    pub fn check(&mut self, batch: &RecordBatch) -> Result<Vec<usize>, Error> {
        let rows = batch.num_rows();
        let mut starts = Vec::new();
        if rows == 0 {
            return Ok(starts);
        }
        let keys: Vec<ArrayRef> = self.keys.iter().map(|key| batch.column(*key).clone()).collect();
        match self.last.take() {
            None => starts.push(0),
            Some(last) => {
                let across = self.comparators(&last, &keys)?;
                self.step(&across, 0, 0, &mut starts)?;
            }
        }
        let within = self.comparators(&keys, &keys)?;
        for row in 1..rows {
            self.step(&within, row - 1, row, &mut starts)?;
        }
        self.last = Some(keys.iter().map(|key| key.slice(rows - 1, 1)).collect());
        Ok(starts)
    }

    fn step(&mut self, by: &[DynComparator], before: usize, row: usize, starts: &mut Vec<usize>) -> Result<(), Error> {
        for (position, compare) in by.iter().enumerate() {
            match compare(before, row) {
                Ordering::Equal => {}
                Ordering::Less => {
                    if self.partitioned && position == 0 {
                        starts.push(row);
                    }
                    return Ok(());
                }
                Ordering::Greater => {
                    return Err(Error::NotSorted { table: self.table.clone(), grain: self.grain.clone() });
                }
            }
        }
        self.duplicates += 1;
        Ok(())
    }

    fn comparators(&self, left: &[ArrayRef], right: &[ArrayRef]) -> Result<Vec<DynComparator>, Error> {
        let made: Result<Vec<DynComparator>, ArrowError> =
            left.iter().zip(right).map(|(left, right)| make_comparator(left, right, ORDER)).collect();
        made.map_err(|_| Error::Spec { table: self.table.clone(), reason: "its grain cannot be compared" })
    }

    pub fn finish(&self) -> Result<(), Error> {
        if self.duplicates == 0 {
            return Ok(());
        }
        Err(Error::GrainNotUnique { table: self.table.clone(), grain: self.grain.clone(), duplicates: self.duplicates })
    }
}
