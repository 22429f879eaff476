//! `gamma_gamma_value(fit, n, z)`: the mean amount expected of a customer's purchases.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Builder};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::fitted::{self, Parameters};
use crate::functions::{Function, Udf};
use crate::lifetime::gamma_gamma::{GammaGamma, PARAMETERS};

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(GammaGammaValue { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "The mean amount expected of a customer with n purchases (bigint) of mean z, by a fit of gamma_gamma_fit: p (gamma + n z) / (p n + q − 1) (Fader & Hardie 2013, equation 5); 0 where z ≤ 0. NULL when an argument is NULL, n < 0 or the mean is infinite (p n + q ≤ 1).",
        example: (
            "round(gamma_gamma_value(named_struct('p', 6.25, 'q', 3.74, 'gamma', 15.44), 3, 20.0), 4)".into(),
            "21.9404",
        ),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct GammaGammaValue {
    signature: Signature,
}

impl ScalarUDFImpl for GammaGammaValue {
    fn name(&self) -> &str {
        "gamma_gamma_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        let [fit, n, z] = arguments else { return plan_err!("gamma_gamma_value takes a fit, n and z") };
        fitted::check("gamma_gamma_value", &PARAMETERS, fit)?;
        if !(n.is_integer() || n.is_null()) || !(z.is_numeric() || z.is_null()) {
            return plan_err!("gamma_gamma_value takes an integer n and a number z");
        }
        Ok(vec![fit.clone(), DataType::Int64, DataType::Float64])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [fits, n, z] = arrays.as_slice() else { return exec_err!("gamma_gamma_value takes a fit, n and z") };
        let parameters = Parameters::new("gamma_gamma_value", PARAMETERS, fits)?;
        let (n, z) = (n.as_primitive::<Int64Type>(), z.as_primitive::<Float64Type>());
        let mut out = Float64Builder::with_capacity(fits.len());
        for row in 0..fits.len() {
            let given = parameters.row(row).filter(|_| n.is_valid(row) && z.is_valid(row));
            let value = given.and_then(|[p, q, gamma]| GammaGamma { p, q, gamma }.value(n.value(row), z.value(row)));
            out.append_option(value);
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
