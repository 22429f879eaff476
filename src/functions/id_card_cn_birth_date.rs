//! `id_card_cn_birth_date(text)`: the day of birth in a Chinese identity number, as a date.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Date32Builder};
use arrow::datatypes::{DataType, Date32Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::cleaning::texts;
use super::{Function, Udf};
use crate::cleaning::id_card_cn;

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(BirthDate { signature: Signature::user_defined(Volatility::Immutable) }),
        about: id_card_cn::BIRTH_DATE.about,
        example: ("id_card_cn_birth_date('11010519491231002X')".into(), "1949-12-31"),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct BirthDate {
    signature: Signature,
}

impl ScalarUDFImpl for BirthDate {
    fn name(&self) -> &str {
        "id_card_cn_birth_date"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        texts(arguments, 1, self.name(), "one text")
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Date32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(column) = arrays.first() else { return exec_err!("id_card_cn_birth_date takes a text") };
        let mut out = Date32Builder::with_capacity(column.len());
        for text in column.as_string::<i32>() {
            let born = text.and_then(id_card_cn::birth_date);
            out.append_option(born.map(Date32Type::from_naive_date));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
