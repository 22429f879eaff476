//! `forecast(y, method, horizon)`: the next months of a series.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Builder, ListArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::lists::{doubles, is_numbers};
use super::{Function, Udf};
use crate::statistics::forecast::{MOST_STEPS, Method, Step, forecast};

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(Forecast { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "The next `horizon` months of a monthly series (a list of doubles, the oldest first): a list of structs of mean, lower_80, upper_80, lower_95 and upper_95, not clipped. Methods: `seasonal_naive`, the value of a year before, ± z × root mean square of the changes from year to year (from 12 values, bounds from 13); `ets`, exponential smoothing with additive or multiplicative errors and no, a linear or a damped trend by AICc (Hyndman, Koehler, Ord & Snyder 2008), and `theta` (Assimakopoulos & Nikolopoulos 2000; Hyndman & Billah 2003), both from 24 values and on the series without its season: classical decomposition, by factors where all values are above 0 and else by summands, where more than 24 values have a significant autocorrelation at 12 months. NULL when the series is NULL, has a NULL or a number that is not finite, or is too short.",
        example: (
            "round(forecast([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2], 'seasonal_naive', 1)[1]['upper_95'], 6)".into(),
            "3.959964",
        ),
    }
}

const FIELDS: [&str; 5] = ["mean", "lower_80", "upper_80", "lower_95", "upper_95"];

fn fields() -> Fields {
    FIELDS.iter().map(|name| Field::new(*name, DataType::Float64, true)).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Forecast {
    signature: Signature,
}

impl ScalarUDFImpl for Forecast {
    fn name(&self) -> &str {
        "forecast"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [series, method, horizon]
                if is_numbers(series)
                    && (method.is_string() || method.is_null())
                    && (horizon.is_integer() || horizon.is_null()) =>
            {
                Ok(vec![doubles(), DataType::Utf8, DataType::Int64])
            }
            _ => plan_err!("forecast takes a list of numbers, the name of a method and a number of months"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(DataType::Struct(fields()), true))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [series, methods, horizons]: [ArrayRef; 3] = ColumnarValue::values_to_arrays(&args.args)?
            .try_into()
            .map_err(|_| DataFusionError::Execution("forecast takes three arguments".to_owned()))?;
        let horizons = horizons.as_primitive::<Int64Type>().iter();
        let rows = series.as_list::<i32>().iter().zip(methods.as_string::<i32>()).zip(horizons);
        let mut out = Steps::default();
        for ((series, method), horizon) in rows {
            let (Some(method), Some(horizon)) = (method, horizon) else {
                out.append(None);
                continue;
            };
            let Some(method) = Method::named(method) else {
                let known = Method::ALL.map(|(name, _)| name).join(", ");
                return exec_err!("forecast knows no other methods than {known}");
            };
            let horizon = match usize::try_from(horizon) {
                Ok(horizon) if horizon <= MOST_STEPS => horizon,
                _ => return exec_err!("forecast looks 0 to {MOST_STEPS} months ahead"),
            };
            out.append(series.and_then(|series| ahead(&series, method, horizon)));
        }
        out.finish()
    }
}

fn ahead(series: &ArrayRef, method: Method, horizon: usize) -> Option<Vec<Step>> {
    let y = series.as_primitive::<Float64Type>();
    (y.null_count() == 0).then(|| forecast(y.values(), method, horizon)).flatten()
}

#[derive(Default)]
struct Steps {
    columns: [Float64Builder; 5],
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl Steps {
    fn append(&mut self, steps: Option<Vec<Step>>) {
        self.valid.push(steps.is_some());
        let steps = steps.unwrap_or_default();
        self.lengths.push(steps.len());
        for step in steps {
            let bound = |of: fn(crate::statistics::forecast::Bounds) -> f64| step.bounds.map(of);
            let numbers = [
                Some(step.mean),
                bound(|b| b.lower_80),
                bound(|b| b.upper_80),
                bound(|b| b.lower_95),
                bound(|b| b.upper_95),
            ];
            self.columns.iter_mut().zip(numbers).for_each(|(column, number)| column.append_option(number));
        }
    }

    fn finish(self) -> Result<ColumnarValue> {
        let columns = self.columns.map(|mut column| Arc::new(column.finish()) as ArrayRef).to_vec();
        let steps = StructArray::try_new(fields(), columns, None)?;
        let field = Arc::new(Field::new_list_field(steps.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        let lists = ListArray::try_new(field, offsets, Arc::new(steps), Some(NullBuffer::from(self.valid)))?;
        Ok(ColumnarValue::Array(Arc::new(lists)))
    }
}
