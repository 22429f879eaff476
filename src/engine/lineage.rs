//! Where the columns of a query come from: a walk over its logical plan.
//!
//! A column *carries* an input when its values are, or are made of, the input's values: a reference, a cast, a text
//! function, the result of a branch, a minimum. It is only *influenced* where the input decides without being passed
//! on: conditions, comparisons, counts, lengths, sums. Where a plan says neither, it is taken to carry.

mod expression;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::{DFSchema, DFSchemaRef, JoinType, Result, TableReference};
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::utils::grouping_set_to_exprlist;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan};

use crate::names::{Layer, Name, TableName};

/// A column of a table that a query reads.
pub type Input = (TableName, String);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// Every column of the query, in order.
    pub columns: Vec<(String, Vec<Origin>)>,
    /// What decides which rows there are, and how many: filters, joins, groups, limits.
    pub rows: BTreeSet<Input>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub table: TableName,
    pub column: String,
    /// Whether values of the input are passed on; else they only have a say.
    pub carries: bool,
}

impl Lineage {
    /// The lineage of a plan whose scans are named `layer.table`; views are inside of it.
    pub fn of(plan: &LogicalPlan) -> Result<Self> {
        let mut walk = Walk::default();
        let fields = walk.plan(plan)?;
        let names = plan.schema().fields().iter().map(|field| field.name().clone());
        let origins = |sources: Sources| {
            let origin = |((table, column), carries)| Origin { table, column, carries };
            sources.into_iter().map(origin).collect()
        };
        Ok(Self { columns: names.zip(fields.into_iter().map(origins)).collect(), rows: walk.rows })
    }
}

/// Inputs, and whether they are carried.
type Sources = BTreeMap<Input, bool>;

/// What stands around an expression: the columns it can name.
#[derive(Clone)]
struct Scope {
    schema: DFSchemaRef,
    fields: Vec<Sources>,
}

#[derive(Default)]
struct Walk {
    rows: BTreeSet<Input>,
    /// Scopes of the queries around a correlated subquery, outermost first.
    outer: Vec<Scope>,
    /// What the rows of a recursive query come from, as far as that is known.
    recursive: BTreeMap<String, Vec<Sources>>,
}

impl Walk {
    /// The sources of each column of a plan.
    fn plan(&mut self, plan: &LogicalPlan) -> Result<Vec<Sources>> {
        Ok(match plan {
            LogicalPlan::TableScan(scan) => match self.recursive.get(scan.table_name.table()) {
                Some(fields) if scan.table_name.schema().is_none() => fields.clone(),
                _ => {
                    let table = table_name(&scan.table_name);
                    let names = scan.projected_schema.fields().iter().map(|field| field.name().clone());
                    names
                        .map(|name| table.iter().map(|table| ((table.clone(), name.clone()), true)).collect())
                        .collect()
                }
            },
            LogicalPlan::Projection(node) => {
                let scope = self.scope(&node.input)?;
                self.all(&node.expr, &scope)?
            }
            LogicalPlan::Filter(node) => {
                let scope = self.scope(&node.input)?;
                self.decides(&node.predicate, &scope)?;
                scope.fields
            }
            LogicalPlan::Sort(node) => {
                let scope = self.scope(&node.input)?;
                if node.fetch.is_some() {
                    self.decide(sort_keys(&node.expr), &scope)?;
                }
                scope.fields
            }
            LogicalPlan::Limit(node) => {
                // Which rows are kept is the order's business.
                if let LogicalPlan::Sort(sort) = node.input.as_ref() {
                    let scope = self.scope(&sort.input)?;
                    self.decide(sort_keys(&sort.expr), &scope)?;
                }
                self.plan(&node.input)?
            }
            LogicalPlan::Window(node) => {
                let mut scope = self.scope(&node.input)?;
                let windows = self.all(&node.window_expr, &scope)?;
                scope.fields.extend(windows);
                scope.fields
            }
            LogicalPlan::Aggregate(node) => {
                let scope = self.scope(&node.input)?;
                let mut fields = Vec::new();
                for group in grouping_set_to_exprlist(&node.group_expr)? {
                    self.decides(group, &scope)?;
                    fields.push(self.expr(group, &scope)?);
                }
                if matches!(node.group_expr.as_slice(), [Expr::GroupingSet(_)]) {
                    fields.push(Sources::new());
                }
                fields.extend(self.all(&node.aggr_expr, &scope)?);
                fields
            }
            LogicalPlan::Join(node) => {
                let (left, right) = (self.plan(&node.left)?, self.plan(&node.right)?);
                let both = left.iter().chain(&right).cloned().collect();
                let scope = Scope { schema: Arc::new(node.left.schema().join(node.right.schema())?), fields: both };
                for (left, right) in &node.on {
                    self.decides(left, &scope)?;
                    self.decides(right, &scope)?;
                }
                if let Some(filter) = &node.filter {
                    self.decides(filter, &scope)?;
                }
                match node.join_type {
                    JoinType::LeftSemi | JoinType::LeftAnti => left,
                    JoinType::RightSemi | JoinType::RightAnti => right,
                    JoinType::LeftMark => left.into_iter().chain([influence(merged(right))]).collect(),
                    JoinType::RightMark => right.into_iter().chain([influence(merged(left))]).collect(),
                    _ => scope.fields,
                }
            }
            LogicalPlan::Union(node) => {
                let mut fields = vec![Sources::new(); node.schema.fields().len()];
                for input in &node.inputs {
                    for (field, more) in fields.iter_mut().zip(self.plan(input)?) {
                        add(field, more);
                    }
                }
                fields
            }
            LogicalPlan::Distinct(Distinct::On(node)) => {
                let scope = self.scope(&node.input)?;
                let order = node.sort_expr.iter().flat_map(|order| sort_keys(order));
                self.decide(node.on_expr.iter().chain(order), &scope)?;
                self.all(&node.select_expr, &scope)?
            }
            LogicalPlan::Values(node) => {
                let scope = Scope { schema: Arc::clone(DFSchema::empty_ref()), fields: Vec::new() };
                let mut fields = vec![Sources::new(); node.schema.fields().len()];
                for row in &node.values {
                    for (field, more) in fields.iter_mut().zip(self.all(row, &scope)?) {
                        add(field, more);
                    }
                }
                fields
            }
            LogicalPlan::EmptyRelation(node) => vec![Sources::new(); node.schema.fields().len()],
            LogicalPlan::Unnest(node) => {
                let input = self.plan(&node.input)?;
                node.dependency_indices.iter().map(|index| input.get(*index).cloned().unwrap_or_default()).collect()
            }
            LogicalPlan::RecursiveQuery(node) => self.recursive(&node.name, &node.static_term, &node.recursive_term)?,
            // These have the columns of their only input.
            LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Subquery(_)
            | LogicalPlan::Distinct(Distinct::All(_))
            | LogicalPlan::Repartition(_) => match plan.inputs().first() {
                Some(input) => self.plan(input)?,
                None => Vec::new(),
            },
            // Nothing else is part of a query; should it be, everything may come from everywhere.
            other => {
                let mut all = Sources::new();
                for input in other.inputs() {
                    add(&mut all, merged(self.plan(input)?));
                }
                vec![all; other.schema().fields().len()]
            }
        })
    }

    /// The recursive term is walked until it adds nothing: each time it knows more of what its own rows come from.
    fn recursive(&mut self, name: &str, first: &LogicalPlan, again: &LogicalPlan) -> Result<Vec<Sources>> {
        let mut fields = self.plan(first)?;
        let hidden = self.recursive.remove(name);
        loop {
            self.recursive.insert(name.to_owned(), fields.clone());
            let mut more = fields.clone();
            for (field, found) in more.iter_mut().zip(self.plan(again)?) {
                add(field, found);
            }
            if more == fields {
                break;
            }
            fields = more;
        }
        self.recursive.remove(name);
        self.recursive.extend(hidden.map(|hidden| (name.to_owned(), hidden)));
        Ok(fields)
    }

    fn scope(&mut self, plan: &LogicalPlan) -> Result<Scope> {
        Ok(Scope { fields: self.plan(plan)?, schema: Arc::clone(plan.schema()) })
    }

    fn all(&mut self, list: &[Expr], scope: &Scope) -> Result<Vec<Sources>> {
        list.iter().map(|expr| self.expr(expr, scope)).collect()
    }

    fn decide<'a>(&mut self, list: impl IntoIterator<Item = &'a Expr>, scope: &Scope) -> Result<()> {
        list.into_iter().try_for_each(|expr| self.decides(expr, scope))
    }

    fn decides(&mut self, expr: &Expr, scope: &Scope) -> Result<()> {
        let sources = self.expr(expr, scope)?;
        self.rows.extend(sources.into_keys());
        Ok(())
    }
}

fn sort_keys(list: &[Sort]) -> impl Iterator<Item = &Expr> {
    list.iter().map(|key| &key.expr)
}

fn add(to: &mut Sources, more: Sources) {
    for (input, carries) in more {
        *to.entry(input).or_insert(false) |= carries;
    }
}

fn merged(fields: Vec<Sources>) -> Sources {
    let mut all = Sources::new();
    fields.into_iter().for_each(|field| add(&mut all, field));
    all
}

fn influence(mut sources: Sources) -> Sources {
    sources.values_mut().for_each(|carries| *carries = false);
    sources
}

fn table_name(table: &TableReference) -> Option<TableName> {
    Some(TableName::new(Layer::parse(table.schema()?)?, Name::new(table.table()).ok()?))
}

#[cfg(test)]
mod tests;
