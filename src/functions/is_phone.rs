//! `is_phone(text, region)`: whether a telephone number can be in use.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::cleaning::{Regions, texts};
use super::{Function, Udf};
use crate::cleaning::phone;

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(IsPhone { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "Whether a text is a telephone number of a range that its country uses, by the tables of libphonenumber; one without a calling code is read as in the region. NULL stays NULL.",
        example: ("is_phone('12345678901', 'CN')".into(), "false"),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IsPhone {
    signature: Signature,
}

impl ScalarUDFImpl for IsPhone {
    fn name(&self) -> &str {
        "is_phone"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        texts(arguments, 2, self.name(), "a text and a region")
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(column) = arrays.first() else { return exec_err!("is_phone takes a text") };
        let regions = Regions::new(arrays.get(1), self.name())?;
        let mut out = BooleanBuilder::with_capacity(column.len());
        for (row, text) in column.as_string::<i32>().iter().enumerate() {
            let region = regions.get(row)?;
            out.append_option(text.map(|text| phone::is_phone(text, region)));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
