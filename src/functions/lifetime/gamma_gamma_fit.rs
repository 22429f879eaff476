//! `gamma_gamma_fit(n, z)`: what customers spend per purchase, as a model.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::fitted;
use crate::functions::{Function, Udf};
use crate::lifetime::gamma_gamma::{PARAMETERS, Spending, fit};

pub(super) fn function() -> Function {
    Function {
        udf: Udf::aggregate(GammaGammaFit { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "The gamma-gamma model of spending (Fader & Hardie 2013) fitted to customers by maximum likelihood, an aggregate of n (bigint, purchases) and z (mean amount of one): struct p, q, gamma (in the unit of z), log_likelihood, customers (bigint). The order of rows changes no digit; rows with a NULL are left out; NULL below ten rows and where no maximum is found. A parameter that data drive to 0 or infinity stops at 1e-4 or 1e4 (gamma: times the mean z). n < 1 or z ≤ 0 is an error.",
        example: (
            "round(gamma_gamma_fit(2 + i % 3, 20.0 + i % 7)['log_likelihood'], 4) from (select unnest(range(60)) as i)"
                .into(),
            "-126.2996",
        ),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct GammaGammaFit {
    signature: Signature,
}

impl AggregateUDFImpl for GammaGammaFit {
    fn name(&self) -> &str {
        "gamma_gamma_fit"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [n, z] if (n.is_integer() || n.is_null()) && (z.is_numeric() || z.is_null()) => {
                Ok(vec![DataType::Int64, DataType::Float64])
            }
            _ => plan_err!("gamma_gamma_fit takes an integer and a number: n and z"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fitted::fields(&PARAMETERS)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = |what: &str, kind: DataType| -> FieldRef {
            Arc::new(Field::new_list(format!("{}_{what}", args.name), Field::new_list_field(kind, true), false))
        };
        Ok(vec![list("n", DataType::Int64), list("z", DataType::Float64)])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Customers::default()))
    }
}

#[derive(Debug, Default)]
struct Customers(Vec<Spending>);

impl Customers {
    fn add(&mut self, n: &ArrayRef, z: &ArrayRef) -> Result<()> {
        for (n, z) in n.as_primitive::<Int64Type>().iter().zip(z.as_primitive::<Float64Type>()) {
            let Some((n, z)) = n.zip(z) else { continue };
            let Some(spending) = Spending::new(n, z) else {
                return exec_err!("gamma_gamma_fit takes n ≥ 1 and z > 0, and found another");
            };
            self.0.push(spending);
        }
        Ok(())
    }
}

fn two(arrays: &[ArrayRef]) -> Result<[&ArrayRef; 2]> {
    let [n, z] = arrays else {
        return Err(DataFusionError::Internal(format!("{} columns of spending, not 2", arrays.len())));
    };
    Ok([n, z])
}

impl Accumulator for Customers {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [n, z] = two(values)?;
        self.add(n, z)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        fitted::scalar(&PARAMETERS, fit(std::mem::take(&mut self.0)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.capacity() * size_of::<Spending>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let spending = std::mem::take(&mut self.0);
        let n: Vec<Option<i64>> = spending.iter().map(|spending| Some(spending.n())).collect();
        let z: Vec<Option<f64>> = spending.iter().map(|spending| Some(spending.z())).collect();
        Ok(vec![
            ScalarValue::List(Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some(n)]))),
            ScalarValue::List(Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>([Some(z)]))),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [n, z] = two(states)?.map(|state| state.as_list::<i32>());
        for row in (0..n.len()).filter(|row| n.is_valid(*row)) {
            self.add(&n.value(row), &z.value(row))?;
        }
        Ok(())
    }
}
