//! `money_per(amount, n)`: an average of money, exact.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Decimal128Builder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::decimal::{divide_half_away, shift};
use super::{Function, Udf};

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(MoneyPer { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "Money (decimal) divided by a count (bigint): decimal(38,2), rounded half away from zero; NULL when the count is 0 or an argument is NULL.",
        example: ("money_per(cast(10.00 as decimal(18,2)), 3)".into(), "3.33"),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MoneyPer {
    signature: Signature,
}

impl ScalarUDFImpl for MoneyPer {
    fn name(&self) -> &str {
        "money_per"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [DataType::Decimal128(_, scale), count] if count.is_integer() || count.is_null() => {
                Ok(vec![DataType::Decimal128(38, *scale), DataType::Int64])
            }
            [amount, count] if (amount.is_integer() || amount.is_null()) && (count.is_integer() || count.is_null()) => {
                Ok(vec![DataType::Decimal128(38, 2), DataType::Int64])
            }
            _ => plan_err!("money_per takes a decimal and a whole number"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal128(38, 2))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [amount, count]: [_; 2] = ColumnarValue::values_to_arrays(&args.args)?
            .try_into()
            .map_err(|_| DataFusionError::Execution("money_per takes two arguments".to_owned()))?;
        let DataType::Decimal128(_, scale) = *amount.data_type() else { return exec_err!("money_per takes a decimal") };
        let count = cast(&count, &DataType::Int64)?;
        let (amounts, counts) = (amount.as_primitive::<Decimal128Type>(), count.as_primitive::<Int64Type>());
        // amount / 10^scale / n at two digits is amount × 10^(2 − scale) / n.
        let up = u32::try_from(2 - i32::from(scale)).unwrap_or(0);
        let down = u32::try_from(i32::from(scale) - 2).unwrap_or(0);
        let mut out = Decimal128Builder::with_capacity(amounts.len()).with_precision_and_scale(38, 2)?;
        for row in 0..amounts.len() {
            if amounts.is_null(row) || counts.is_null(row) || counts.value(row) == 0 {
                out.append_null();
                continue;
            }
            let quotient = shift(amounts.value(row), up)
                .zip(shift(i128::from(counts.value(row)), down))
                .and_then(|(numerator, denominator)| divide_half_away(numerator, denominator));
            match quotient {
                Some(quotient) => out.append_value(quotient),
                None => return exec_err!("money_per overflows 38 digits"),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
