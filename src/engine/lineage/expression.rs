//! The sources of an expression's value.

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, ExprSchemable as _, LogicalPlan, Operator};

use super::{Scope, Sources, Walk, add, influence, merged, sort_keys};

impl Walk {
    /// The sources of an expression's value.
    pub(super) fn expr(&mut self, expr: &Expr, scope: &Scope) -> Result<Sources> {
        Ok(match expr {
            Expr::Column(column) => match scope.schema.maybe_index_of_column(column) {
                Some(index) => scope.fields.get(index).cloned().unwrap_or_default(),
                None => merged(scope.fields.clone()),
            },
            Expr::OuterReferenceColumn(_, column) => {
                let found = self.outer.iter().rev().find_map(|outer| {
                    outer.schema.maybe_index_of_column(column).and_then(|index| outer.fields.get(index)).cloned()
                });
                found.unwrap_or_else(|| self.outer.iter().flat_map(|outer| outer.fields.clone()).flatten().collect())
            }
            Expr::Literal(..) | Expr::Placeholder(_) | Expr::ScalarVariable(..) | Expr::LambdaVariable(_) => {
                Sources::new()
            }
            Expr::BinaryExpr(binary) => {
                let mut sources = self.expr(&binary.left, scope)?;
                add(&mut sources, self.expr(&binary.right, scope)?);
                // Days between two dates are about them, and another date is one of them moved.
                let between = is_temporal(kind(&binary.left, scope)) && !is_temporal(kind(expr, scope));
                if between || is_condition(binary.op) { influence(sources) } else { sources }
            }
            Expr::Case(case) => {
                let mut sources = Sources::new();
                for expr in case.expr.iter().chain(case.when_then_expr.iter().map(|(when, _)| when)) {
                    add(&mut sources, influence(self.expr(expr, scope)?));
                }
                for expr in case.when_then_expr.iter().map(|(_, then)| then).chain(&case.else_expr) {
                    add(&mut sources, self.expr(expr, scope)?);
                }
                sources
            }
            Expr::ScalarFunction(function) => {
                let arguments = self.all(&function.args, scope)?;
                let mut sources = Sources::new();
                for (position, argument) in arguments.into_iter().enumerate() {
                    // `nullif(value, condition)` and `nvl2(condition, value, value)` pass only some arguments on.
                    let only_asked = matches!((function.func.name(), position), ("nullif", 1) | ("nvl2", 0));
                    add(&mut sources, if only_asked { influence(argument) } else { argument });
                }
                if PASS_NUMBERS.contains(&function.func.name()) || !measures(kind(expr, scope)) {
                    sources
                } else {
                    influence(sources)
                }
            }
            Expr::AggregateFunction(aggregate) => {
                let params = &aggregate.params;
                let passes = passes(aggregate.func.name(), kind(expr, scope));
                let asked = sort_keys(&params.order_by).chain(params.filter.as_deref());
                self.function(&params.args, passes, asked, scope)?
            }
            Expr::WindowFunction(window) => {
                let params = &window.params;
                let passes = passes(window.fun.name(), kind(expr, scope));
                let asked =
                    params.partition_by.iter().chain(sort_keys(&params.order_by)).chain(params.filter.as_deref());
                self.function(&params.args, passes, asked, scope)?
            }
            Expr::ScalarSubquery(query) => {
                let (fields, rows) = self.subquery(&query.subquery, scope)?;
                let mut sources = fields.into_iter().next().unwrap_or_default();
                add(&mut sources, rows);
                sources
            }
            Expr::Exists(exists) => self.subquery(&exists.subquery.subquery, scope)?.1,
            Expr::InSubquery(within) => self.asked(&within.expr, &within.subquery.subquery, scope)?,
            Expr::SetComparison(compared) => self.asked(&compared.expr, &compared.subquery.subquery, scope)?,
            Expr::Like(_)
            | Expr::SimilarTo(_)
            | Expr::Not(_)
            | Expr::IsNotNull(_)
            | Expr::IsNull(_)
            | Expr::IsTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNotFalse(_)
            | Expr::IsNotUnknown(_)
            | Expr::Between(_)
            | Expr::InList(_) => influence(self.children(expr, scope)?),
            // Aliases, casts, negation, unnesting; and whatever comes to be.
            _ => self.children(expr, scope)?,
        })
    }

    /// A function that passes its arguments on or not, and is told more by others.
    fn function<'a>(
        &mut self,
        arguments: &[Expr],
        passes: bool,
        asked: impl Iterator<Item = &'a Expr>,
        scope: &Scope,
    ) -> Result<Sources> {
        let mut sources = merged(self.all(arguments, scope)?);
        if !passes {
            sources = influence(sources);
        }
        for expr in asked {
            add(&mut sources, influence(self.expr(expr, scope)?));
        }
        Ok(sources)
    }

    fn children(&mut self, expr: &Expr, scope: &Scope) -> Result<Sources> {
        let mut sources = Sources::new();
        expr.apply_children(|child| {
            add(&mut sources, self.expr(child, scope)?);
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(sources)
    }

    /// `value in (query)` and its kin.
    fn asked(&mut self, value: &Expr, query: &LogicalPlan, scope: &Scope) -> Result<Sources> {
        let (fields, rows) = self.subquery(query, scope)?;
        let mut sources = self.expr(value, scope)?;
        add(&mut sources, merged(fields));
        add(&mut sources, rows);
        Ok(influence(sources))
    }

    /// The columns of a subquery, and what decides about its rows.
    fn subquery(&mut self, query: &LogicalPlan, scope: &Scope) -> Result<(Vec<Sources>, Sources)> {
        self.outer.push(scope.clone());
        let around = std::mem::take(&mut self.rows);
        let fields = self.plan(query);
        let rows = std::mem::replace(&mut self.rows, around);
        self.outer.pop();
        self.rows.extend(rows.iter().cloned());
        Ok((fields?, rows.into_iter().map(|input| (input, false)).collect()))
    }
}

/// Functions whose number is one of their arguments, or says as much.
const PASS_NUMBERS: [&str; 15] = [
    "coalesce",
    "nullif",
    "nvl",
    "nvl2",
    "greatest",
    "least",
    "abs",
    "round",
    "trunc",
    "ceil",
    "floor",
    "arrow_cast",
    "get_field",
    "array_element",
    "to_unixtime",
];

/// Aggregates and windows whose result is the value of one row.
const PICK: [&str; 8] = ["min", "max", "first_value", "last_value", "nth_value", "any_value", "lag", "lead"];

/// Whether an aggregate or window function passes its arguments on.
fn passes(name: &str, kind: Option<DataType>) -> bool {
    PICK.contains(&name) || !measures(kind)
}

/// Numbers and truth values are about their arguments; texts, dates and lists are made of them.
fn measures(kind: Option<DataType>) -> bool {
    kind.is_some_and(|kind| {
        kind.is_numeric() || matches!(kind, DataType::Boolean | DataType::Interval(_) | DataType::Duration(_))
    })
}

fn kind(expr: &Expr, scope: &Scope) -> Option<DataType> {
    expr.get_type(&scope.schema).ok()
}

fn is_temporal(kind: Option<DataType>) -> bool {
    matches!(kind, Some(DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)))
}

fn is_condition(op: Operator) -> bool {
    use Operator::{
        And, ArrowAt, AtArrow, Eq, Gt, GtEq, ILikeMatch, IsDistinctFrom, IsNotDistinctFrom, LikeMatch, Lt, LtEq, NotEq,
        NotILikeMatch, NotLikeMatch, Or, RegexIMatch, RegexMatch, RegexNotIMatch, RegexNotMatch,
    };
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | And | Or | IsDistinctFrom | IsNotDistinctFrom)
        || matches!(op, RegexMatch | RegexIMatch | RegexNotMatch | RegexNotIMatch | ArrowAt | AtArrow)
        || matches!(op, LikeMatch | ILikeMatch | NotLikeMatch | NotILikeMatch)
}
