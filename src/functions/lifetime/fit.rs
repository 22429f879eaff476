//! `bg_nbd_fit`, `mbg_nbd_fit` and `pareto_nbd_fit` of (x, t_x, T): a model fitted to customers.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::fitted;
use crate::lifetime::{History, Kind};

pub(super) fn udf(kind: Kind, name: String) -> impl AggregateUDFImpl + 'static {
    Fit { kind, name, signature: Signature::user_defined(Volatility::Immutable) }
}

#[derive(Debug, PartialEq, Eq)]
struct Fit {
    kind: Kind,
    name: String,
    signature: Signature,
}

// The name says which function it is.
impl Hash for Fit {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for Fit {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [x, t_x, t]
                if (x.is_integer() || x.is_null())
                    && [t_x, t].iter().all(|kind| kind.is_numeric() || kind.is_null()) =>
            {
                Ok(vec![DataType::Int64, DataType::Float64, DataType::Float64])
            }
            _ => plan_err!("{} takes an integer and two numbers: x, t_x and T", self.name),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fitted::fields(&self.kind.parameters())))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = |what: &str, kind: DataType| -> FieldRef {
            Arc::new(Field::new_list(format!("{}_{what}", args.name), Field::new_list_field(kind, true), false))
        };
        Ok(vec![list("x", DataType::Int64), list("t_x", DataType::Float64), list("t", DataType::Float64)])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Histories { kind: self.kind, name: self.name.clone(), histories: Vec::new() }))
    }
}

#[derive(Debug)]
struct Histories {
    kind: Kind,
    name: String,
    histories: Vec<History>,
}

impl Histories {
    fn add(&mut self, columns: [&ArrayRef; 3]) -> Result<()> {
        let [x, t_x, t] = columns;
        let weeks = t_x.as_primitive::<Float64Type>().iter().zip(t.as_primitive::<Float64Type>());
        for (x, (t_x, t)) in x.as_primitive::<Int64Type>().iter().zip(weeks) {
            let (Some(x), Some(t_x), Some(t)) = (x, t_x, t) else { continue };
            let Some(history) = History::new(x, t_x, t) else {
                return exec_err!(
                    "{} takes histories with x from 0 to 100,000 and 0 ≤ t_x ≤ T, and found another",
                    self.name
                );
            };
            self.histories.push(history);
        }
        Ok(())
    }
}

fn three(arrays: &[ArrayRef]) -> Result<[&ArrayRef; 3]> {
    let [x, t_x, t] = arrays else {
        return Err(DataFusionError::Internal(format!("{} columns of histories, not 3", arrays.len())));
    };
    Ok([x, t_x, t])
}

impl Accumulator for Histories {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(three(values)?)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        fitted::scalar(&self.kind.parameters(), self.kind.fit(std::mem::take(&mut self.histories)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.histories.capacity() * size_of::<History>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let histories = std::mem::take(&mut self.histories);
        let list = |of: fn(&History) -> f64| {
            let numbers: Vec<Option<f64>> = histories.iter().map(|history| Some(of(history))).collect();
            ScalarValue::List(Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>([Some(numbers)])))
        };
        let purchases: Vec<Option<i64>> = histories.iter().map(|history| Some(history.purchases())).collect();
        let purchases = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(purchases)]);
        Ok(vec![ScalarValue::List(Arc::new(purchases)), list(History::t_x), list(History::t)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [x, t_x, t] = three(states)?.map(|state| state.as_list::<i32>());
        for row in (0..x.len()).filter(|row| x.is_valid(*row)) {
            self.add([&x.value(row), &t_x.value(row), &t.value(row)])?;
        }
        Ok(())
    }
}
