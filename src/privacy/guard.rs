//! Policies applied to rows on their way out.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, Date32Array, RecordBatch, RecordBatchOptions, StringArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, FieldRef, Schema, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use chrono::{DateTime, NaiveDate, TimeDelta};

use super::{Class, Key, Policy, mask};
use crate::column::ColumnType;
use crate::names::Name;

/// A published column that is not published as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    pub column: Name,
    pub class: Class,
    pub policy: Policy,
}

impl Protected {
    /// Whether a policy can be applied to values of a type.
    pub fn fits(class: Class, policy: Policy, kind: ColumnType) -> bool {
        match (policy, kind) {
            (Policy::Keep | Policy::Drop, _) | (Policy::Mask | Policy::Hmac, ColumnType::String) => true,
            (Policy::Mask, ColumnType::Date | ColumnType::Timestamp) => class == Class::BirthDate,
            _ => false,
        }
    }
}

/// The protected columns of one table.
#[derive(Clone, Debug)]
pub struct Guard {
    columns: Vec<Protected>,
    key: Option<Key>,
}

impl Guard {
    /// `None` without the key that a column needs.
    pub fn new(columns: Vec<Protected>, key: Option<Key>) -> Option<Self> {
        let keyed = columns.iter().any(|column| column.policy == Policy::Hmac);
        (!keyed || key.is_some()).then_some(Self { columns, key })
    }

    /// Rows as they may be published.
    pub fn rows(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let schema = batch.schema();
        let mut columns = batch.columns().to_vec();
        let mut fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();
        for protected in &self.columns {
            // A column that is looked for and not there would otherwise leave under another name.
            let position = schema.index_of(protected.column.as_str())?;
            if let Some((column, field)) = columns.get_mut(position).zip(fields.get_mut(position)) {
                *column = self.column(protected, column)?;
                *field = Arc::new(field.as_ref().clone().with_nullable(true));
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
    }

    fn column(&self, protected: &Protected, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        let class = protected.class;
        match (protected.policy, array.data_type()) {
            (Policy::Keep, _) => Ok(Arc::clone(array)),
            (Policy::Drop, kind) => Ok(new_null_array(kind, array.len())),
            (Policy::Mask, DataType::Date32) => {
                let days = array.as_primitive::<Date32Type>().iter();
                Ok(Arc::new(
                    days.map(|day| first_of_year(NaiveDate::default(), i64::from(day?))).collect::<Date32Array>(),
                ))
            }
            (Policy::Mask, DataType::Timestamp(TimeUnit::Microsecond, zone)) => {
                let moments = array.as_primitive::<TimestampMicrosecondType>().iter();
                let years = moments.map(|moment| {
                    let day = DateTime::from_timestamp_micros(moment?)?.date_naive();
                    Some(mask::date(day)?.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
                });
                Ok(Arc::new(years.collect::<TimestampMicrosecondArray>().with_timezone_opt(zone.clone())))
            }
            (Policy::Mask, kind) if kind.is_string() => texts(array, |text| Some(mask::text(class, text))),
            (Policy::Hmac, kind) if kind.is_string() => {
                texts(array, |text| self.key.as_ref().map(|key| key.hash(class, text)))
            }
            (policy, kind) => {
                Err(ArrowError::NotYetImplemented(format!("`{policy}` of {} as {kind}", protected.column)))
            }
        }
    }
}

fn texts(array: &ArrayRef, of: impl Fn(&str) -> Option<String>) -> Result<ArrayRef, ArrowError> {
    let plain = cast(array, &DataType::Utf8)?;
    let out: StringArray = plain.as_string::<i32>().iter().map(|text| text.and_then(&of)).collect();
    cast(&out, array.data_type())
}

fn first_of_year(epoch: NaiveDate, days: i64) -> Option<i32> {
    let day = epoch.checked_add_signed(TimeDelta::try_days(days)?)?;
    i32::try_from(mask::date(day)?.signed_duration_since(epoch).num_days()).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Date32Array, RecordBatch, StringArray};
    use arrow::datatypes::Date32Type;

    use super::{Guard, Protected};
    use crate::names::Name;
    use crate::privacy::{Class, Key, Policy};

    fn protected(column: &str, class: Class, policy: Policy) -> Protected {
        Protected { column: Name::new(column).expect("a name"), class, policy }
    }

    fn rows() -> RecordBatch {
        let text = |values: [Option<&str>; 2]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
        let born: ArrayRef = Arc::new(Date32Array::from(vec![Some(-1), Some(366)]));
        let columns =
            [("name", text([Some("Ada"), None])), ("email", text([Some("a@b.org"), Some("c@d.org")])), ("born", born)];
        RecordBatch::try_from_iter(columns).expect("rows")
    }

    #[test]
    fn policies_change_their_columns_alone() {
        let columns =
            vec![protected("name", Class::Name, Policy::Mask), protected("born", Class::BirthDate, Policy::Mask)];
        let out = Guard::new(columns, None).expect("no key is needed").rows(&rows()).expect("rows");
        assert_eq!(out.column(0).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("A**"), None]);
        assert_eq!(out.column(1), rows().column(1));
        // 1969-12-31 and 1971-01-02.
        assert_eq!(out.column(2).as_primitive::<Date32Type>().values(), &[-365, 365]);
    }

    #[test]
    fn hashes_need_a_key() {
        let columns = vec![protected("email", Class::Email, Policy::Hmac)];
        assert!(Guard::new(columns.clone(), None).is_none());
        let key = Key::new("0123456789abcdef").expect("a key");
        let out = Guard::new(columns, Some(key.clone())).expect("a guard").rows(&rows()).expect("rows");
        assert_eq!(out.column(1).as_string::<i32>().value(0), key.hash(Class::Email, "a@b.org"));
    }

    #[test]
    fn dropped_columns_are_null_and_missing_ones_an_error() {
        let guard = Guard::new(vec![protected("born", Class::BirthDate, Policy::Drop)], None).expect("a guard");
        assert_eq!(guard.rows(&rows()).expect("rows").column(2).null_count(), 2);
        let guard = Guard::new(vec![protected("gone", Class::Name, Policy::Drop)], None).expect("a guard");
        assert!(guard.rows(&rows()).is_err());
    }
}
