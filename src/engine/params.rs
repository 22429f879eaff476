//! Run parameters as typed literals in a statement's syntax tree.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{CastKind, DataType, ExactNumberInfo, Expr, Value, visit_expressions_mut};

use crate::column::ColumnType;
use crate::project::{Param, ParamValue};

/// Puts each parameter's value in the place of its `$name`. A placeholder without a parameter stays: planning names it.
pub(super) fn bind(statement: &mut Statement, params: &[Param]) {
    let Statement::Statement(statement) = statement else { return };
    let _: ControlFlow<()> = visit_expressions_mut(statement.as_mut(), |expr| {
        if let Expr::Value(value) = expr
            && let Value::Placeholder(name) = &value.value
            && let Some(param) = params.iter().find(|param| Some(param.name.as_str()) == name.strip_prefix('$'))
            && let Some(literal) = literal(param)
        {
            *expr = literal;
        }
        ControlFlow::Continue(())
    });
}

fn literal(param: &Param) -> Option<Expr> {
    let text = |text: String| Expr::Value(Value::SingleQuotedString(text).into());
    let cast = |value: String, data_type: DataType| Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(text(value)),
        data_type,
        array: false,
        format: None,
    };
    Some(match (param.value.as_ref()?, param.kind) {
        (ParamValue::Text(value), _) => text(value.clone()),
        (ParamValue::Boolean(value), _) => Expr::Value(Value::Boolean(*value).into()),
        (ParamValue::Whole(value), ColumnType::Integer) => cast(value.to_string(), DataType::Int(None)),
        (ParamValue::Whole(value), _) => cast(value.to_string(), DataType::BigInt(None)),
        (ParamValue::Double(value), _) => cast(value.to_string(), DataType::Double(ExactNumberInfo::None)),
        (ParamValue::Decimal(value), ColumnType::Decimal { precision, scale }) => {
            let places = usize::try_from(scale).ok()?;
            let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            let sign = if *value < 0 { "-" } else { "" };
            let exact = ExactNumberInfo::PrecisionAndScale(u64::from(precision), i64::from(scale));
            let point = if places == 0 { "" } else { "." };
            cast(format!("{sign}{whole}{point}{fraction}"), DataType::Decimal(exact))
        }
        (ParamValue::Decimal(_), _) => return None,
        (ParamValue::Date(date), _) => cast(date.to_string(), DataType::Date),
    })
}
