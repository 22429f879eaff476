//! Rows as the contract has them: its columns, in its order, of its types, every value one that all readers agree on.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Decimal128Type, Field, Float64Type, Schema, SchemaRef};

use super::Error;
use super::sink::SinkSpec;
use crate::column::ColumnType;
use crate::names::Name;

pub(super) struct Conform {
    table: Name,
    columns: Vec<(Name, ColumnType)>,
    /// Of all contract columns, the partition's included.
    schema: SchemaRef,
    /// Where each contract column stands in the rows of `seen`.
    positions: Vec<usize>,
    seen: Option<SchemaRef>,
}

impl Conform {
    pub fn new(spec: &SinkSpec) -> Self {
        let columns: Vec<(Name, ColumnType)> =
            spec.columns.iter().map(|(name, column_type, _)| (name.clone(), *column_type)).collect();
        let schema = Arc::new(schema_of(&columns));
        Self { table: spec.table.clone(), columns, schema, positions: Vec::new(), seen: None }
    }

    pub fn batch(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        if self.seen.as_ref().is_none_or(|seen| !Arc::ptr_eq(seen, batch.schema_ref())) {
            self.positions = self.find(batch.schema_ref())?;
            self.seen = Some(batch.schema());
        }
        let columns: Result<Vec<ArrayRef>, Error> = self
            .columns
            .iter()
            .zip(&self.positions)
            .map(|((name, column_type), position)| self.column(name, *column_type, batch.column(*position)))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns?, &options)
            .map_err(|e| Error::Write { table: self.table.clone(), reason: e.to_string() })
    }

    /// By name: the order of a select list is a matter of taste.
    fn find(&self, found: &Schema) -> Result<Vec<usize>, Error> {
        let positions: Vec<Option<usize>> =
            self.columns.iter().map(|(name, _)| found.index_of(name.as_str()).ok()).collect();
        let missing: Vec<Name> = self
            .columns
            .iter()
            .zip(&positions)
            .filter(|(_, position)| position.is_none())
            .map(|((name, _), _)| name.clone())
            .collect();
        let unexpected: Vec<String> = found
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .filter(|name| !self.columns.iter().any(|(column, _)| column.as_str() == name))
            .collect();
        if missing.is_empty() && unexpected.is_empty() {
            Ok(positions.into_iter().flatten().collect())
        } else {
            Err(Error::Columns { table: self.table.clone(), missing, unexpected })
        }
    }

    fn column(&self, name: &Name, expected: ColumnType, array: &ArrayRef) -> Result<ArrayRef, Error> {
        let target = expected.to_arrow();
        let array = if *array.data_type() == target {
            Arc::clone(array)
        } else if keeps_every_value(array.data_type(), expected) {
            let options = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(array, &target, &options).map_err(|_| self.overflow(name, expected))?
        } else {
            return Err(Error::ColumnType {
                table: self.table.clone(),
                column: name.clone(),
                expected,
                found: shown(array.data_type()),
            });
        };
        match expected {
            ColumnType::Decimal { precision, .. } => {
                // The engine's arithmetic does not hold its own results to the precision of their type.
                array
                    .as_primitive::<Decimal128Type>()
                    .validate_decimal_precision(precision)
                    .map_err(|_| self.overflow(name, expected))?;
            }
            ColumnType::Double => {
                let doubles = array.as_primitive::<Float64Type>();
                // What stands in the slot of a NULL is nobody's value: only when something is odd look closer.
                if !doubles.values().iter().all(|value| value.is_finite()) {
                    let count = doubles.iter().flatten().filter(|value| !value.is_finite()).count() as u64;
                    if count > 0 {
                        return Err(Error::NotFinite { table: self.table.clone(), column: name.clone(), count });
                    }
                }
            }
            _ => {}
        }
        Ok(array)
    }

    fn overflow(&self, name: &Name, expected: ColumnType) -> Error {
        Error::Overflow { table: self.table.clone(), column: name.clone(), expected }
    }
}

/// Every column may be NULL in the file: whether it ever is, is a test's business, and a schema that changed with the
/// tests would make old and new partitions differ.
pub(super) fn schema_of(columns: &[(Name, ColumnType)]) -> Schema {
    Schema::new(
        columns
            .iter()
            .map(|(name, column_type)| Field::new(name.as_str(), column_type.to_arrow(), true))
            .collect::<Vec<_>>(),
    )
}

/// Conversions that change how a value is held, never which value it is (a value that does not fit is an error).
fn keeps_every_value(found: &DataType, expected: ColumnType) -> bool {
    if ColumnType::of_arrow(found) == Some(expected) {
        return true;
    }
    match (found, expected) {
        (DataType::Null, _)
        | (
            DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16,
            ColumnType::Integer | ColumnType::Bigint,
        )
        | (DataType::Int32 | DataType::UInt32, ColumnType::Bigint)
        | (DataType::Float32, ColumnType::Double) => true,
        (DataType::Decimal128(_, found), ColumnType::Decimal { scale, .. }) => *found <= scale,
        _ => false,
    }
}

fn shown(found: &DataType) -> String {
    ColumnType::of_arrow(found).map_or_else(|| found.to_string(), |column_type| column_type.to_string())
}
