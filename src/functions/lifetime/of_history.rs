//! What a fitted model says of one customer: `…_p_alive`, `…_expected`, `…_expected_new`, `…_discounted`.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Builder, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float64Type, Int64Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::fitted::{self, Parameters};
use crate::functions::Udf;
use crate::lifetime::{History, Kind, Model};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// Of fit, x, t_x, T.
    PAlive,
    /// Of fit, x, t_x, T, weeks.
    Expected,
    /// Of fit, weeks.
    ExpectedNew,
    /// Of fit, x, t_x, T, months, rate.
    Discounted,
}

impl Gives {
    /// What comes after the fit.
    fn arguments(self) -> (&'static [DataType], &'static str) {
        use DataType::{Float64 as Number, Int64 as Count};
        match self {
            Self::PAlive => (&[Count, Number, Number], "a fit, x, t_x and T"),
            Self::Expected => (&[Count, Number, Number, Number], "a fit, x, t_x, T and weeks"),
            Self::ExpectedNew => (&[Number], "a fit and weeks"),
            Self::Discounted => (&[Count, Number, Number, Count, Number], "a fit, x, t_x, T, months and a rate"),
        }
    }
}

pub(super) fn udf(kind: Kind, gives: Gives, name: String) -> Udf {
    Udf::scalar(OfHistory { kind, gives, name, signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq)]
struct OfHistory {
    kind: Kind,
    gives: Gives,
    name: String,
    signature: Signature,
}

// The name says which function it is.
impl Hash for OfHistory {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for OfHistory {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        let (wanted, words) = self.gives.arguments();
        let Some((fit, rest)) = arguments.split_first().filter(|(_, rest)| rest.len() == wanted.len()) else {
            return plan_err!("{} takes {words}", self.name);
        };
        fitted::check(&self.name, &self.kind.parameters(), fit)?;
        let fits = |(given, wanted): (&DataType, &DataType)| {
            given.is_null() || if wanted.is_integer() { given.is_integer() } else { given.is_numeric() }
        };
        if !rest.iter().zip(wanted).all(fits) {
            return plan_err!("{} takes {words}: whole numbers x and months, numbers the others", self.name);
        }
        Ok([fit].into_iter().chain(wanted).cloned().collect())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some((fits, rest)) = arrays.split_first() else { return plan_err!("{} takes a fit", self.name) };
        let parameters = Parameters::new(&self.name, self.kind.parameters(), fits)?;
        let number = |place: usize, row: usize| value::<Float64Type>(rest.get(place)?.as_primitive(), row);
        let count = |place: usize, row: usize| value::<Int64Type>(rest.get(place)?.as_primitive(), row);
        let mut known = Known::default();
        let mut out = Float64Builder::with_capacity(fits.len());
        for row in 0..fits.len() {
            let mut given = || {
                let model = Model { kind: self.kind, parameters: parameters.row(row)? };
                if self.gives == Gives::ExpectedNew {
                    return model.expected_new(number(0, row)?);
                }
                let history = History::new(count(0, row)?, number(1, row)?, number(2, row)?)?;
                match self.gives {
                    Gives::PAlive => Some(model.p_alive(&history)),
                    Gives::Expected => known.expected(&model, &history, number(3, row)?),
                    _ => known.discounted(&model, &history, count(3, row)?, number(4, row)?),
                }
            };
            out.append_option(given().filter(|value| value.is_finite()));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

fn value<T: ArrowPrimitiveType>(column: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    column.is_valid(row).then(|| column.value(row))
}

/// What customers who are alive do depends on x and T alone, which many share.
#[derive(Default)]
struct Known(HashMap<[u64; 8], Option<f64>>);

impl Known {
    fn expected(&mut self, model: &Model, history: &History, weeks: f64) -> Option<f64> {
        let if_alive = self.get(model, history, [weeks.to_bits(), 0], || model.expected_if_alive(history, weeks))?;
        Some(model.p_alive(history) * if_alive)
    }

    fn discounted(&mut self, model: &Model, history: &History, months: i64, rate: f64) -> Option<f64> {
        let months = u32::try_from(months).ok()?;
        let terms = [u64::from(months), rate.to_bits()];
        let if_alive = self.get(model, history, terms, || model.discounted_if_alive(history, months, rate))?;
        Some(model.p_alive(history) * if_alive)
    }

    fn get(
        &mut self,
        model: &Model,
        history: &History,
        terms: [u64; 2],
        compute: impl FnOnce() -> Option<f64>,
    ) -> Option<f64> {
        let [p, q, u, v] = model.parameters.map(f64::to_bits);
        let [first, second] = terms;
        let key = [p, q, u, v, history.x().to_bits(), history.t().to_bits(), first, second];
        *self.0.entry(key).or_insert_with(compute)
    }
}
