//! Fitted models as structs: what aggregates give and scalars take.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Float64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};

use crate::lifetime::Fit;

/// The type of a fit with these parameters.
pub(super) fn fields(parameters: &[&str]) -> Fields {
    let numbers = parameters.iter().chain(&["log_likelihood"]).map(|name| Field::new(*name, DataType::Float64, true));
    numbers.chain([Field::new("customers", DataType::Int64, true)]).collect()
}

pub(super) fn scalar<const N: usize>(parameters: &[&str], fit: Option<Fit<N>>) -> Result<ScalarValue> {
    let fields = fields(parameters);
    let Some(fit) = fit else { return ScalarValue::try_from(DataType::Struct(fields)) };
    let number = |number: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![number])) };
    let mut columns: Vec<ArrayRef> = fit.parameters.into_iter().map(number).collect();
    columns.push(number(fit.log_likelihood));
    columns.push(Arc::new(Int64Array::from(vec![i64::try_from(fit.customers).ok()])));
    Ok(ScalarValue::Struct(Arc::new(StructArray::try_new(fields, columns, None)?)))
}

/// Whether an argument can be a fit with these parameters, whatever else is in it.
pub(super) fn check(function: &str, parameters: &[&str], argument: &DataType) -> Result<()> {
    let has = |fields: &Fields, name: &str| {
        fields
            .iter()
            .any(|field| field.name() == name && (field.data_type().is_numeric() || field.data_type().is_null()))
    };
    match argument {
        DataType::Null => Ok(()),
        DataType::Struct(fields) if parameters.iter().all(|name| has(fields, name)) => Ok(()),
        _ => plan_err!("{function} takes a fit first, a struct with the numbers {}", parameters.join(", ")),
    }
}

/// The parameters of every row.
pub(super) struct Parameters<const N: usize>(Option<[Float64Array; N]>);

impl<const N: usize> Parameters<N> {
    pub(super) fn new(function: &str, names: [&str; N], fits: &ArrayRef) -> Result<Self> {
        let Some(fits) = fits.as_struct_opt() else { return Ok(Self(None)) };
        let mut columns = names.map(|_| Float64Array::new_null(0));
        for (column, name) in columns.iter_mut().zip(names) {
            let Some(field) = fits.column_by_name(name) else {
                return exec_err!("{function} finds no {name} in the fit");
            };
            let numbers = cast(field, &DataType::Float64)?;
            // A fit that is NULL has no parameters, whatever stands in their place.
            let nulls = arrow::buffer::NullBuffer::union(fits.nulls(), numbers.nulls());
            *column = Float64Array::new(numbers.as_primitive::<Float64Type>().values().clone(), nulls);
        }
        Ok(Self(Some(columns)))
    }

    /// `None` unless all are there and positive.
    pub(super) fn row(&self, row: usize) -> Option<[f64; N]> {
        let columns = self.0.as_ref()?;
        let mut values = [0.0; N];
        for (value, column) in values.iter_mut().zip(columns) {
            *value =
                column.is_valid(row).then(|| column.value(row)).filter(|value| *value > 0.0 && value.is_finite())?;
        }
        Some(values)
    }
}
