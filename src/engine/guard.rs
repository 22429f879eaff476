//! What a model may not do, found on its plan: the SQL dialect allows more than a warehouse should.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, Volatility};

use super::session::PRIVATE;

/// One refusal: what, and what to do instead.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Refusal {
    pub code: &'static str,
    pub message: String,
    /// The word in the SQL that it is about.
    pub word: String,
    pub help: &'static str,
}

/// Aggregates whose result depends on the order rows happen to arrive in.
const ORDERED: [&str; 5] = ["first_value", "last_value", "nth_value", "array_agg", "string_agg"];
/// Window functions whose result depends on it too. Ranks without an order are all 1, which is useless but certain.
const ORDERED_WINDOWS: [&str; 4] = ["row_number", "ntile", "lag", "lead"];

pub(super) fn refusals(plan: &LogicalPlan, declared: &BTreeSet<String>) -> BTreeSet<Refusal> {
    let mut found = BTreeSet::new();
    // A visitor that only collects never fails.
    let _ = plan.apply_with_subqueries(|node| {
        visit(node, declared, &mut found);
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

fn visit(node: &LogicalPlan, declared: &BTreeSet<String>, found: &mut BTreeSet<Refusal>) {
    match node {
        LogicalPlan::TableScan(scan) => {
            let schema = scan.table_name.schema().unwrap_or_default();
            let name = format!("{schema}.{}", scan.table_name.table());
            // Table functions scan a table without a schema.
            if !schema.is_empty() && !PRIVATE.contains(&schema) && !declared.contains(&name) {
                found.insert(Refusal {
                    code: "S0220",
                    message: format!("`{name}` is not a declared table"),
                    word: scan.table_name.table().to_owned(),
                    help: "a model reads only sources, models and contracts of its pipeline",
                });
            }
        }
        LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) | LogicalPlan::Statement(_) => {
            found.insert(Refusal {
                code: "S0210",
                message: "a model is one query: it cannot write, set or define anything".to_owned(),
                word: String::new(),
                help: "start with `select` or `with`",
            });
        }
        LogicalPlan::Distinct(Distinct::On(on)) if on.sort_expr.as_ref().is_none_or(Vec::is_empty) => {
            found.insert(by_chance("distinct on", "distinct", "write `order by`, ending in a unique key"));
        }
        LogicalPlan::Limit(limit) => {
            let mut below = limit.input.as_ref();
            while let LogicalPlan::Projection(_) | LogicalPlan::SubqueryAlias(_) = below {
                match below.inputs().first() {
                    Some(input) => below = input,
                    None => break,
                }
            }
            if !matches!(below, LogicalPlan::Sort(_)) {
                found.insert(Refusal {
                    code: "S0222",
                    message: "`limit` without `order by` keeps rows by chance".to_owned(),
                    word: "limit".to_owned(),
                    help: "order by columns that end in a unique key",
                });
            }
        }
        _ => {}
    }
    let _ = node.apply_expressions(|expr| {
        expr.apply(|inner| {
            expression(inner, found);
            Ok(TreeNodeRecursion::Continue)
        })
    });
}

fn expression(expr: &Expr, found: &mut BTreeSet<Refusal>) {
    match expr {
        Expr::ScalarFunction(function) if function.func.signature().volatility != Volatility::Immutable => {
            found.insert(Refusal {
                code: "S0221",
                message: format!("`{}` gives another result tomorrow", function.func.name()),
                word: function.func.name().to_owned(),
                help: "data depends on inputs alone: use `$as_of` for the day of the run",
            });
        }
        Expr::AggregateFunction(aggregate) => {
            let name = aggregate.func.name();
            if ORDERED.contains(&name) && aggregate.params.order_by.is_empty() {
                found.insert(by_chance(name, name, "write `order by` inside the call, ending in a unique key"));
            }
        }
        Expr::WindowFunction(window) => {
            let name = window.fun.name();
            let ordered = ORDERED.contains(&name) || ORDERED_WINDOWS.contains(&name);
            if ordered && window.params.order_by.is_empty() {
                found.insert(by_chance(name, name, "write `order by` inside `over (…)`, ending in a unique key"));
            }
        }
        _ => {}
    }
}

fn by_chance(what: &str, word: &str, help: &'static str) -> Refusal {
    let message = format!("`{what}` without `order by` picks rows by chance");
    Refusal { code: "S0223", message, word: word.to_owned(), help }
}
