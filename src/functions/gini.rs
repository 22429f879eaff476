//! `gini(x)`: how unequally a total is shared.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, ListArray};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::{Function, Udf};

pub(super) fn function() -> Function {
    Function {
        udf: Udf::aggregate(Gini { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "Gini coefficient of numbers that are not negative, an aggregate: 0 when all are the same, near 1 when one has all; Σ (2i − n − 1) x₍ᵢ₎ / (n Σ x) over the sorted numbers (Sen 1973, p. 30). NULLs are left out; NULL when the sum is not positive. A negative number is an error.",
        example: ("gini(x) from (values (0.0), (0.0), (0.0), (8.0)) as shares(x)".into(), "0.75"),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Gini {
    signature: Signature,
}

impl AggregateUDFImpl for Gini {
    fn name(&self) -> &str {
        "gini"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [number] if number.is_numeric() || number.is_null() => Ok(vec![DataType::Float64]),
            _ => plan_err!("gini takes a number"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new_list(args.name, Field::new_list_field(DataType::Float64, true), false))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Numbers::default()))
    }
}

#[derive(Debug, Default)]
struct Numbers(Vec<f64>);

impl Numbers {
    fn add(&mut self, array: &ArrayRef) {
        self.0.extend(array.as_primitive::<Float64Type>().iter().flatten());
    }
}

impl Accumulator for Numbers {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.iter().for_each(|array| self.add(array));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.0.iter().any(|x| x.is_nan() || *x < 0.0) {
            return exec_err!("gini takes no negative numbers");
        }
        // Sorted first, so that the order of rows does not change a digit.
        self.0.sort_by(f64::total_cmp);
        let total: f64 = self.0.iter().sum();
        let mut place = 1.0 - self.0.len() as f64;
        let mut weighted = 0.0;
        for x in &self.0 {
            weighted += place * x;
            place += 2.0;
        }
        Ok(ScalarValue::Float64((total > 0.0).then(|| weighted / (self.0.len() as f64 * total))))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.capacity() * size_of::<f64>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let numbers: Vec<Option<f64>> = std::mem::take(&mut self.0).into_iter().map(Some).collect();
        let list = ListArray::from_iter_primitive::<Float64Type, _, _>([Some(numbers)]);
        Ok(vec![ScalarValue::List(Arc::new(list))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states.iter().flat_map(|state| state.as_list::<i32>().iter().flatten());
        lists.for_each(|numbers| self.add(&numbers));
        Ok(())
    }
}
