//! `principal_components(features)`: what features have in common.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::lists::{Features, doubles, is_numbers, list, list_of_lists};
use super::{Function, Udf};
use crate::statistics::components::principal_components;

const NAME: &str = "principal_components";

pub(super) fn function() -> Function {
    Function {
        udf: Udf::aggregate(PrincipalComponents { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "Principal components of rows of features (lists of doubles of one length), an aggregate: a struct of eigenvalues (a list, falling) of the correlation matrix and loadings (by component a list by feature), the unit eigenvector times the root of the eigenvalue, which is the correlation of the feature with the component (Jolliffe 2002, 2.3). Features are population z-scores, one that does not vary is 0; of each component the largest absolute loading, of several the first, is positive. The order of the rows changes no digit. NULL features are left out; NULL below 2 rows; a NULL among the features or a number that is not finite is an error.",
        example: (
            "round(principal_components([x, -x])['loadings'][1][2], 9) from (values (1.0), (2.0), (3.0)) as numbers(x)"
                .into(),
            "-1.0",
        ),
    }
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("eigenvalues", doubles(), true),
        Field::new("loadings", DataType::new_list(doubles(), true), true),
    ])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct PrincipalComponents {
    signature: Signature,
}

impl AggregateUDFImpl for PrincipalComponents {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [features] if is_numbers(features) => Ok(vec![doubles()]),
            _ => plan_err!("principal_components takes a list of numbers"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![
            Arc::new(Field::new(format!("{}_features", args.name), doubles(), true)),
            Arc::new(Field::new(format!("{}_width", args.name), DataType::Int64, true)),
        ])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Rows::default()))
    }
}

#[derive(Debug, Default)]
struct Rows(Features);

impl Accumulator for Rows {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [features] = values else { return exec_err!("principal_components takes features") };
        self.0.add(NAME, features)?;
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let nothing = ScalarValue::try_from(&DataType::Struct(fields()));
        if self.0.width == 0 {
            return nothing;
        }
        let Some(found) = principal_components(self.0.points(NAME, &self.0.values)?) else { return nothing };
        let columns: Vec<ArrayRef> = vec![Arc::new(list(found.eigenvalues)), Arc::new(list_of_lists(found.loadings)?)];
        Ok(ScalarValue::Struct(Arc::new(StructArray::try_new(fields(), columns, None)?)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let Features { values, width } = std::mem::take(&mut self.0);
        Ok(vec![ScalarValue::List(Arc::new(list(values))), ScalarValue::Int64(Some(width as i64))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [features, widths] = states else { return exec_err!("principal_components has a state of two parts") };
        for (features, width) in features.as_list::<i32>().iter().zip(widths.as_primitive::<Int64Type>()) {
            let (Some(features), Some(width)) = (features, width) else { continue };
            self.0.merge(NAME, &features, width as usize)?;
        }
        Ok(())
    }
}
