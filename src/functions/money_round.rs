//! `money_round(x)`: a decimal of any scale as money.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Decimal128Builder};
use arrow::datatypes::{DataType, Decimal128Type};
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::decimal::{divide_half_away, shift};
use super::{Function, Udf};

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(MoneyRound { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "A decimal of any scale as decimal(38,2), rounded half away from zero; NULL stays NULL.",
        example: ("money_round(cast(2.345 as decimal(18,3)))".into(), "2.35"),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MoneyRound {
    signature: Signature,
}

impl ScalarUDFImpl for MoneyRound {
    fn name(&self) -> &str {
        "money_round"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [DataType::Decimal128(_, scale)] => Ok(vec![DataType::Decimal128(38, *scale)]),
            [whole] if whole.is_integer() || whole.is_null() => Ok(vec![DataType::Decimal128(38, 0)]),
            _ => plan_err!("money_round takes a decimal"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal128(38, 2))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [amount]: [_; 1] = ColumnarValue::values_to_arrays(&args.args)?
            .try_into()
            .map_err(|_| DataFusionError::Execution("money_round takes one argument".to_owned()))?;
        let DataType::Decimal128(_, scale) = *amount.data_type() else {
            return exec_err!("money_round takes a decimal");
        };
        let amounts = amount.as_primitive::<Decimal128Type>();
        let up = u32::try_from(2 - i32::from(scale)).unwrap_or(0);
        let unit = shift(1, u32::try_from(i32::from(scale) - 2).unwrap_or(0)).unwrap_or(1);
        let mut out = Decimal128Builder::with_capacity(amounts.len()).with_precision_and_scale(38, 2)?;
        for amount in amounts {
            match amount.map(|amount| shift(amount, up).and_then(|amount| divide_half_away(amount, unit))) {
                None => out.append_null(),
                Some(Some(rounded)) => out.append_value(rounded),
                Some(None) => return exec_err!("money_round overflows 38 digits"),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
