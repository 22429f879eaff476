//! `kmeans_assign(centres, features)`: the cluster of a row.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Builder, ListArray};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::lists::{doubles, is_numbers};
use super::{Function, Udf};
use crate::statistics::clusters::nearest;

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(KMeansAssign { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "The number (integer, from 1) of the centre that is nearest to a row of features by Euclidean distance, a tie to the lower. NULL when an argument is NULL or there are no centres; another number of features than the centres have, a NULL among them or a number that is not finite is an error.",
        example: ("kmeans_assign([[0.0, 0.0], [4.0, 4.0]], [3.0, 2.0])".into(), "2"),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct KMeansAssign {
    signature: Signature,
}

impl ScalarUDFImpl for KMeansAssign {
    fn name(&self) -> &str {
        "kmeans_assign"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        let is_lists = |kind: &DataType| match kind {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                is_numbers(item.data_type())
            }
            kind => kind.is_null(),
        };
        match arguments {
            [centres, features] if is_lists(centres) && is_numbers(features) => {
                Ok(vec![DataType::new_list(doubles(), true), doubles()])
            }
            _ => plan_err!("kmeans_assign takes a list of centres and a list of features"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [centres, features]: [ArrayRef; 2] = ColumnarValue::values_to_arrays(&args.args)?
            .try_into()
            .map_err(|_| DataFusionError::Execution("kmeans_assign takes two arguments".to_owned()))?;
        let (centres, features) = (centres.as_list::<i32>(), features.as_list::<i32>());
        let rows = centres.values().as_list::<i32>();
        let mut out = Int32Builder::with_capacity(features.len());
        for place in 0..features.len() {
            if centres.is_null(place) || features.is_null(place) {
                out.append_null();
                continue;
            }
            let row = numbers(features, place)?;
            let centres = range(centres, place).map(|centre| numbers(rows, centre)).collect::<Result<Vec<_>>>()?;
            if centres.iter().any(|centre| centre.len() != row.len()) {
                return exec_err!("kmeans_assign takes as many features as the centres have");
            }
            out.append_option(nearest(centres, row).map(|place| place as i32 + 1));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// Where in the values of all lists those of one are.
fn range(lists: &ListArray, place: usize) -> Range<usize> {
    let at = |place: usize| lists.value_offsets().get(place).map_or(0, |offset| *offset as usize);
    at(place)..at(place + 1)
}

fn numbers(lists: &ListArray, place: usize) -> Result<&[f64]> {
    let all = lists.values().as_primitive::<Float64Type>();
    let range = range(lists, place);
    let valid = lists.is_valid(place) && (all.null_count() == 0 || range.clone().all(|at| all.is_valid(at)));
    match all.values().get(range) {
        Some(numbers) if valid && numbers.iter().all(|number| number.is_finite()) => Ok(numbers),
        _ => exec_err!("kmeans_assign takes finite numbers"),
    }
}
