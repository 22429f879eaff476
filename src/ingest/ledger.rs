//! What was counted while a file was read: the first line of the reconciliation.

use arrow::array::{Array, ArrayRef, BooleanArray, Decimal128Array, Int32Array, Int64Array};

use super::currencies::Priced;
use super::drift::Headed;
use crate::project::source::Source;

/// `rows_in = rows_out + quarantined + blank + skipped` and `amount_in = amount_out + amount_quarantined`. Amounts are at the
/// scale of the amount column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileLedger {
    pub path: String,
    pub bytes: u64,
    pub rows_in: u64,
    pub rows_out: u64,
    pub quarantined: u64,
    pub blank: u64,
    /// Lines or rows that are declared to be no records, and headers that stand in the middle of joined files.
    pub skipped: u64,
    pub amount_in: i128,
    pub amount_out: i128,
    /// Of rejects whose amount can be read; the others' count neither here nor in `amount_in`.
    pub amount_quarantined: i128,
    /// Of the bytes as they lie there; of a member of an archive, that of the archive.
    pub sha256: String,
    /// What was found out about the file and is no cause for concern.
    pub notes: Vec<String>,
    /// What its header says; `None` when it has none.
    pub headed: Option<Headed>,
    pub currencies: Vec<Priced>,
}

/// Control totals. What comes in, what is set aside and what goes out are each summed from what is at hand there, so
/// that their balance says something.
#[derive(Default)]
pub struct Amounts {
    column: Option<usize>,
    records: i128,
    rejected: i128,
    kept: i128,
}

impl Amounts {
    pub fn new(source: &Source) -> Self {
        let column = source.amount.as_ref().and_then(|name| source.columns.iter().position(|it| it.name == *name));
        Self { column, records: 0, rejected: 0, kept: 0 }
    }

    /// Adds typed records before bad ones are taken out; `None` when a sum does not fit.
    pub fn records(&mut self, columns: &[ArrayRef], good: Option<&BooleanArray>) -> Option<()> {
        let Some(amounts) = self.column.and_then(|at| columns.get(at)) else { return Some(()) };
        self.records = sum(amounts, self.records, |_| true)?;
        if let Some(good) = good {
            self.rejected = sum(amounts, self.rejected, |row| !good.value(row))?;
        }
        Some(())
    }

    /// Adds the records that are written.
    pub fn kept(&mut self, columns: &[ArrayRef]) -> Option<()> {
        let Some(amounts) = self.column.and_then(|at| columns.get(at)) else { return Some(()) };
        self.kept = sum(amounts, self.kept, |_| true)?;
        Some(())
    }

    /// Adds what was counted of other records; `None` when a sum does not fit.
    pub fn add(&mut self, other: &Self) -> Option<()> {
        self.records = self.records.checked_add(other.records)?;
        self.rejected = self.rejected.checked_add(other.rejected)?;
        self.kept = self.kept.checked_add(other.kept)?;
        Some(())
    }

    pub fn enter(&self, ledger: &mut FileLedger) {
        ledger.amount_in = self.records;
        ledger.amount_out = self.kept;
        ledger.amount_quarantined = self.rejected;
    }
}

fn sum(array: &ArrayRef, start: i128, counts: impl Fn(usize) -> bool) -> Option<i128> {
    let rows = (0..array.len()).filter(|row| array.is_valid(*row) && counts(*row));
    let any = array.as_any();
    if let Some(values) = any.downcast_ref::<Decimal128Array>() {
        return rows.map(|row| values.value(row)).try_fold(start, i128::checked_add);
    }
    if let Some(values) = any.downcast_ref::<Int64Array>() {
        return rows.map(|row| i128::from(values.value(row))).try_fold(start, i128::checked_add);
    }
    if let Some(values) = any.downcast_ref::<Int32Array>() {
        return rows.map(|row| i128::from(values.value(row))).try_fold(start, i128::checked_add);
    }
    Some(start)
}
