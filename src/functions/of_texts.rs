//! What functions of texts have in common: one text gives a text, two texts give a number. NULL gives NULL.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Builder, Int64Builder, StringArray, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::Udf;
use super::cleaning::texts;

#[derive(Clone, Copy, Debug)]
pub(super) enum Gives {
    /// Of one text.
    Text(fn(&str) -> Option<Cow<'_, str>>),
    /// Of two texts.
    Share(fn(&str, &str) -> f64),
    /// Of two texts.
    Count(fn(&str, &str) -> i64),
}

pub(super) fn udf(name: &'static str, gives: Gives) -> Udf {
    Udf::scalar(OfTexts { name, gives, signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug)]
struct OfTexts {
    name: &'static str,
    gives: Gives,
    signature: Signature,
}

// The name says which function it is.
impl PartialEq for OfTexts {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OfTexts {}

impl Hash for OfTexts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for OfTexts {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match self.gives {
            Gives::Text(_) => texts(arguments, 1, self.name, "one text"),
            Gives::Share(_) | Gives::Count(_) => texts(arguments, 2, self.name, "two texts"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.gives {
            Gives::Text(_) => DataType::Utf8,
            Gives::Share(_) => DataType::Float64,
            Gives::Count(_) => DataType::Int64,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(first) = arrays.first() else { return exec_err!("{} takes a text", self.name) };
        let first = first.as_string::<i32>();
        let second = arrays.get(1).map(|array| array.as_string::<i32>());
        Ok(ColumnarValue::Array(match (self.gives, second) {
            (Gives::Text(of), _) => {
                let mut out = StringBuilder::with_capacity(first.len(), first.value_data().len());
                first.iter().for_each(|text| out.append_option(text.and_then(of)));
                Arc::new(out.finish())
            }
            (Gives::Share(of), Some(second)) => {
                let mut out = Float64Builder::with_capacity(first.len());
                pairs(first, second).for_each(|pair| out.append_option(pair.map(|(a, b)| of(a, b))));
                Arc::new(out.finish())
            }
            (Gives::Count(of), Some(second)) => {
                let mut out = Int64Builder::with_capacity(first.len());
                pairs(first, second).for_each(|pair| out.append_option(pair.map(|(a, b)| of(a, b))));
                Arc::new(out.finish())
            }
            _ => return exec_err!("{} takes two texts", self.name),
        }))
    }
}

fn pairs<'a>(first: &'a StringArray, second: &'a StringArray) -> impl Iterator<Item = Option<(&'a str, &'a str)>> {
    first.iter().zip(second).map(|(a, b)| a.zip(b))
}
