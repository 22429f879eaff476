//! `two_proportion_p_value(successes_a, n_a, successes_b, n_b)`: whether two shares differ by chance.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Builder};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{Function, Udf};
use crate::statistics::proportions::{Share, two_sided_p_value};

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(TwoProportionPValue { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "The probability (double) that two samples of one share differ at least as much as these, `successes_a` of `n_a` and `successes_b` of `n_b` (bigint): the two-sided z-test with pooled variance, without a continuity correction (Fleiss, Levin & Paik 2003, chapter 3). NULL when an argument is NULL, an n is 0, or all or none of both succeeded; more successes than n or fewer than 0 are an error.",
        example: ("round(two_proportion_p_value(30, 100, 20, 100), 6)".into(), "0.10247"),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TwoProportionPValue {
    signature: Signature,
}

impl ScalarUDFImpl for TwoProportionPValue {
    fn name(&self) -> &str {
        "two_proportion_p_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        if arguments.len() != 4 || !arguments.iter().all(|kind| kind.is_integer() || kind.is_null()) {
            return plan_err!("two_proportion_p_value takes four whole numbers: successes and n of each");
        }
        Ok(vec![DataType::Int64; 4])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays: [ArrayRef; 4] = ColumnarValue::values_to_arrays(&args.args)?
            .try_into()
            .map_err(|_| DataFusionError::Execution("two_proportion_p_value takes four arguments".to_owned()))?;
        let counts = arrays.each_ref().map(|array| array.as_primitive::<Int64Type>());
        let rows = counts.first().map_or(0, |column| column.len());
        let mut out = Float64Builder::with_capacity(rows);
        for row in 0..rows {
            let at = counts.map(|column| column.is_valid(row).then(|| column.value(row)));
            let [Some(successes_a), Some(n_a), Some(successes_b), Some(n_b)] = at else {
                out.append_null();
                continue;
            };
            let shares = Share::new(successes_a, n_a).zip(Share::new(successes_b, n_b));
            let Some((a, b)) = shares else {
                return exec_err!("two_proportion_p_value takes successes from 0 to n");
            };
            out.append_option(two_sided_p_value(a, b));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
