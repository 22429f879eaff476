//! What functions of lists of numbers have in common.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::common::{Result, exec_err};

use crate::statistics::points::Points;

/// A list of doubles.
pub(super) fn doubles() -> DataType {
    DataType::new_list(DataType::Float64, true)
}

/// What a list of numbers may be written as.
pub(super) fn is_numbers(kind: &DataType) -> bool {
    match kind {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            item.data_type().is_numeric() || item.data_type().is_null()
        }
        kind => kind.is_null(),
    }
}

/// One list of doubles as an array.
pub(super) fn list(numbers: Vec<f64>) -> ListArray {
    ListArray::from_iter_primitive::<Float64Type, _, _>([Some(numbers.into_iter().map(Some))])
}

/// One list of lists of doubles as an array.
pub(super) fn list_of_lists(rows: impl IntoIterator<Item = Vec<f64>>) -> Result<ListArray> {
    let rows = rows.into_iter().map(|row| Some(row.into_iter().map(Some).collect::<Vec<_>>()));
    let inner = ListArray::from_iter_primitive::<Float64Type, _, _>(rows);
    let offsets = arrow::buffer::OffsetBuffer::from_lengths([inner.len()]);
    let field = Arc::new(Field::new_list_field(inner.data_type().clone(), true));
    Ok(ListArray::try_new(field, offsets, Arc::new(inner), None)?)
}

/// Rows of features, one after the other.
#[derive(Debug, Default)]
pub(super) struct Features {
    pub(super) values: Vec<f64>,
    /// Of a row; 0 before the first.
    pub(super) width: usize,
}

/// More features than anybody has of a customer.
const MOST: usize = 1_000;

impl Features {
    /// Adds the rows that are not NULL; which they are.
    pub(super) fn add(&mut self, function: &str, rows: &ArrayRef) -> Result<Vec<usize>> {
        let rows = rows.as_list::<i32>();
        let mut kept = Vec::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            let Some(row) = row else { continue };
            if row.null_count() > 0 {
                return exec_err!("{function} takes features without NULL");
            }
            if self.width == 0 {
                self.width = row.len();
            }
            if row.len() != self.width || row.is_empty() || row.len() > MOST {
                return exec_err!("{function} takes 1 to {MOST} features, the same number in every row");
            }
            self.values.extend_from_slice(row.as_primitive::<Float64Type>().values());
            kept.push(place);
        }
        Ok(kept)
    }

    /// Adds rows that another one had.
    pub(super) fn merge(&mut self, function: &str, values: &ArrayRef, width: usize) -> Result<()> {
        if width > 0 {
            if self.width == 0 {
                self.width = width;
            }
            if self.width != width {
                return exec_err!("{function} takes the same number of features in every row");
            }
            self.values.extend_from_slice(values.as_primitive::<Float64Type>().values());
        }
        Ok(())
    }

    pub(super) fn points<'a>(&self, function: &str, values: &'a [f64]) -> Result<Points<'a>> {
        match Points::new(values, self.width) {
            Some(points) => Ok(points),
            None => exec_err!("{function} takes finite numbers below 1e150"),
        }
    }

    pub(super) fn size(&self) -> usize {
        self.values.capacity() * size_of::<f64>()
    }
}
