//! The cleaning of texts in SQL: the functions that `clean:` of a source's column has, under the same names.

use std::sync::Arc;

use arrow::array::{Array, AsArray, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{Function, Udf};
use crate::cleaning::{PLAIN, Plain, REGIONAL, Region, Regional};

/// DataFusion has these, with the same results.
const BUILT_IN: [&str; 2] = ["lower", "upper"];

/// Gives a date in SQL, in a file of its own.
const TYPED: [&str; 1] = ["id_card_cn_birth_date"];

pub(super) fn functions() -> Vec<Function> {
    let plain = PLAIN.iter().filter(|function| !BUILT_IN.contains(&function.name) && !TYPED.contains(&function.name));
    let plain = plain.map(|function| {
        let (text, gives) = function.example;
        documented(Cleaning::Plain(function), function.about, format!("{}({})", function.name, quoted(text)), gives)
    });
    let regional = REGIONAL.iter().map(|function| {
        let (text, region, gives) = function.example;
        let sql = format!("{}({}, '{region}')", function.name, quoted(text));
        documented(Cleaning::Regional(function), function.about, sql, gives)
    });
    plain.chain(regional).collect()
}

fn documented(cleaning: Cleaning, about: &'static str, sql: String, gives: &'static str) -> Function {
    let signature = Signature::user_defined(Volatility::Immutable);
    Function { udf: Udf::scalar(Clean { cleaning, signature }), about, example: (sql.into(), gives) }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cleaning {
    Plain(&'static Plain),
    Regional(&'static Regional),
}

impl Cleaning {
    fn name(self) -> &'static str {
        match self {
            Self::Plain(function) => function.name,
            Self::Regional(function) => function.name,
        }
    }
}

#[derive(Debug, PartialEq)]
struct Clean {
    cleaning: Cleaning,
    signature: Signature,
}

impl Eq for Clean {}

impl std::hash::Hash for Clean {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.cleaning.name().hash(state);
    }
}

impl ScalarUDFImpl for Clean {
    fn name(&self) -> &str {
        self.cleaning.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        let (count, takes) = match self.cleaning {
            Cleaning::Plain(_) => (1, "one text"),
            Cleaning::Regional(_) => (2, "a text and a region"),
        };
        texts(arguments, count, self.name(), takes)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(column) = arrays.first() else { return exec_err!("{} takes a text", self.name()) };
        let column = column.as_string::<i32>();
        let mut out = StringBuilder::with_capacity(column.len(), column.value_data().len());
        match (self.cleaning, arrays.get(1)) {
            (Cleaning::Plain(function), _) => {
                column.iter().for_each(|text| out.append_option(text.and_then(function.clean)));
            }
            (Cleaning::Regional(function), regions) => {
                let regions = Regions::new(regions, self.name())?;
                for (row, text) in column.iter().enumerate() {
                    let region = regions.get(row)?;
                    out.append_option(text.and_then(|text| (function.clean)(text, region)));
                }
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// Texts of any representation, as one.
pub(super) fn texts(arguments: &[DataType], count: usize, name: &str, takes: &str) -> Result<Vec<DataType>> {
    if arguments.len() != count || !arguments.iter().all(|kind| kind.is_string() || kind.is_null()) {
        return plan_err!("{name} takes {takes}");
    }
    Ok(vec![DataType::Utf8; count])
}

/// The regions of an argument's rows; a row without one has no region.
pub(super) struct Regions<'a> {
    codes: &'a arrow::array::StringArray,
    function: &'a str,
}

impl<'a> Regions<'a> {
    pub(super) fn new(codes: Option<&'a arrow::array::ArrayRef>, function: &'a str) -> Result<Self> {
        let missing = || DataFusionError::Execution(format!("{function} takes a region"));
        Ok(Self { codes: codes.ok_or_else(missing)?.as_string::<i32>(), function })
    }

    /// A code that is none is a mistake in the SQL: `country` gives codes or NULL.
    pub(super) fn get(&self, row: usize) -> Result<Option<Region>> {
        if self.codes.is_null(row) {
            return Ok(None);
        }
        match Region::parse(self.codes.value(row)) {
            Some(region) => Ok(Some(region)),
            None => exec_err!(
                "{} has a region that is not a code of ISO 3166-1 such as CN: write the code or country(…) of a name",
                self.function
            ),
        }
    }
}
