//! Whether a table stays as it is although one that it is made from changed.
//!
//! `a left join b` shows only those rows of `b` that `a` asks for. When every changed table of a plan is looked up in
//! that way, and nobody asks for the rows by which it differs, the plan gives what it gave before. All other ways of
//! reading a changed table count as a change: what cannot be proven here is built.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{DataFusionError, JoinConstraint, JoinType, Result};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{Expr, Join, LogicalPlan, LogicalPlanBuilder, TableScan, TableSource};

use super::session::{Engine, MODELLED, PRIVATE, SNAPSHOT_FILES};

/// Rows by which tables differ from what they were, by `schema.table`; `None` for a table of which that is not known.
pub type Differing = BTreeMap<String, Option<Vec<RecordBatch>>>;

impl Engine {
    /// Queries for the rows that are asked of changed tables: the plan's rows are what they were when none has a row.
    /// `None` when that cannot be said of this plan.
    pub fn asked(&self, plan: &LogicalPlan, differing: &Differing) -> Result<Option<Vec<LogicalPlan>>> {
        let sources = differing.iter().map(|(name, rows)| Ok((name.clone(), rows.as_deref().map(source).transpose()?)));
        let plan = self.context().state().optimize(plan)?;
        let mut questions = Questions { changed: sources.collect::<Result<_>>()?, asked: Vec::new() };
        Ok(questions.same(&plan)?.then_some(questions.asked))
    }
}

type Sources = BTreeMap<String, Option<Arc<dyn TableSource>>>;

fn source(rows: &[RecordBatch]) -> Result<Arc<dyn TableSource>> {
    let schema = rows.first().map(RecordBatch::schema);
    let schema = schema.ok_or_else(|| DataFusionError::Internal("rows without columns".to_owned()))?;
    Ok(provider_as_source(Arc::new(MemTable::try_new(schema, vec![rows.to_vec()])?)))
}

struct Questions {
    changed: Sources,
    asked: Vec<LogicalPlan>,
}

impl Questions {
    /// Whether the rows of a plan are what they were, given that the questions collected so far have no rows.
    fn same(&mut self, plan: &LogicalPlan) -> Result<bool> {
        if !self.reads_changed(plan)? {
            return Ok(true);
        }
        if let LogicalPlan::Join(join) = plan
            && let Some((asking, looked_up, on)) = sides(join)
            && self.reads_changed(looked_up)?
        {
            let Some(difference) = self.difference(looked_up)? else { return Ok(false) };
            if !self.same(asking)? {
                return Ok(false);
            }
            let (join_type, constraint) = (JoinType::LeftSemi, JoinConstraint::On);
            let asked = Join::try_new(
                Arc::new(asking.clone()),
                Arc::new(difference),
                on,
                None,
                join_type,
                constraint,
                join.null_equality,
                false,
            )?;
            self.asked.push(LogicalPlan::Join(asked));
            return Ok(true);
        }
        // Any operator gives the same when all that it reads is the same. A query within an expression is none of its
        // inputs, and a changed table that is no input's is read by the node itself.
        if has_subquery(plan)? || plan.inputs().is_empty() {
            return Ok(false);
        }
        for input in plan.inputs() {
            if !self.same(input)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn reads_changed(&self, plan: &LogicalPlan) -> Result<bool> {
        let mut found = false;
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node
                && (self.changed.contains_key(&name(scan)) || is_obscure(scan))
            {
                found = true;
                return Ok(TreeNodeRecursion::Stop);
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(found)
    }

    /// The plan over the differing rows alone, when each of its rows is made from one row of a changed table.
    fn difference(&self, plan: &LogicalPlan) -> Result<Option<LogicalPlan>> {
        let mut one_by_one = true;
        let over = plan.clone().transform_up(|node| match &node {
            LogicalPlan::TableScan(scan) if scan.fetch.is_none() => {
                let Some(Some(rows)) = self.changed.get(&name(scan)) else {
                    one_by_one = false;
                    return Ok(Transformed::no(node));
                };
                let scan =
                    LogicalPlanBuilder::scan(scan.table_name.clone(), Arc::clone(rows), scan.projection.clone())?;
                Ok(Transformed::yes(scan.build()?))
            }
            LogicalPlan::Projection(_) | LogicalPlan::Filter(_) | LogicalPlan::SubqueryAlias(_)
                if !has_subquery(&node)? =>
            {
                Ok(Transformed::no(node))
            }
            _ => {
                one_by_one = false;
                Ok(Transformed::no(node))
            }
        })?;
        Ok(one_by_one.then_some(over.data))
    }
}

/// The side that asks, the one that it looks up in, and the pairs of keys in this order.
type Sides<'a> = (&'a LogicalPlan, &'a LogicalPlan, Vec<(Expr, Expr)>);

/// Of a join that shows of one side only what the other asks for.
fn sides(join: &Join) -> Option<Sides<'_>> {
    if join.on.is_empty() || join.null_aware {
        return None;
    }
    match join.join_type {
        JoinType::Left | JoinType::Inner | JoinType::LeftSemi => Some((&join.left, &join.right, join.on.clone())),
        JoinType::Right | JoinType::RightSemi => {
            let on = join.on.iter().map(|(left, right)| (right.clone(), left.clone()));
            Some((&join.right, &join.left, on.collect()))
        }
        _ => None,
    }
}

fn has_subquery(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_expressions(|expr| {
        expr.apply(|inner| {
            found |= matches!(
                inner,
                Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_)
            );
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}

/// What is not known to be the same as before under any name.
fn is_obscure(scan: &TableScan) -> bool {
    matches!(scan.table_name.schema(), Some(MODELLED | SNAPSHOT_FILES))
}

/// What models call the table; what it is made of counts as the table.
fn name(scan: &TableScan) -> String {
    let schema = scan.table_name.schema().unwrap_or_default();
    let layer = if PRIVATE.contains(&schema) { "raw" } else { schema };
    format!("{layer}.{}", scan.table_name.table())
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::engine::Limits;

    fn rows(pairs: &[(i64, &str)]) -> RecordBatch {
        let fields = vec![Field::new("id", DataType::Int64, true), Field::new("key", DataType::Utf8, true)];
        let ids = Int64Array::from_iter_values(pairs.iter().map(|(id, _)| *id));
        let keys = StringArray::from_iter_values(pairs.iter().map(|(_, key)| *key));
        RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![Arc::new(ids), Arc::new(keys)]).unwrap()
    }

    /// Whether a query is proven to give what it gave before `match.customer` got other rows with these ids.
    async fn same(sql: &str, other: &[i64]) -> bool {
        let limits = Limits { threads: 1, memory: 64 << 20, spill: std::env::temp_dir() };
        let engine = Engine::new(&limits, &[]).unwrap();
        engine.register_rows("work", "event", rows(&[(1, "a"), (2, "b")])).unwrap();
        engine.register_rows("match", "customer", rows(&[(1, "x"), (2, "y"), (3, "z")])).unwrap();
        let pairs: Vec<(i64, &str)> = other.iter().map(|id| (*id, "x")).collect();
        let differing = Differing::from([("match.customer".to_owned(), Some(vec![rows(&pairs)]))]);
        let plan = engine.plan(sql).await.unwrap();
        let Some(questions) = engine.asked(&plan, &differing).unwrap() else { return false };
        for question in questions {
            let found = engine.rows(question, "a question").await.unwrap();
            if found.iter().any(|batch| batch.num_rows() > 0) {
                return false;
            }
        }
        true
    }

    #[tokio::test]
    async fn rows_that_nobody_asks_for_change_nothing() {
        for sql in [
            "select event.*, link.key as k from work.event as event left join match.customer as link on event.id = link.id",
            "select event.key, link.key as k from work.event as event inner join match.customer as link on link.id = event.id",
            "select link.key from match.customer as link right join work.event as event on event.id = link.id",
            "select count(*) as n from work.event where id in (select id from match.customer where key <> 'q')",
            "with l as (select id + 1 as id from match.customer) select event.id from work.event as event inner join l on event.id = l.id - 1",
            "select a.key, count(*) as n from work.event as e left join match.customer as a on e.id = a.id \
             left join match.customer as b on a.id = b.id group by a.key \
             union all select key, id from work.event",
        ] {
            assert!(same(sql, &[3, 7]).await, "nobody asks for 3: {sql}");
            assert!(!same(sql, &[7, 2]).await, "2 is asked for: {sql}");
        }
    }

    #[tokio::test]
    async fn what_is_not_proven_counts_as_a_change() {
        for sql in [
            "select * from match.customer",
            "select event.id from work.event as event cross join match.customer as link",
            "select event.id from work.event as event left join match.customer as link on event.id < link.id",
            "select event.id from work.event as event full join match.customer as link on event.id = link.id",
            "select id from work.event where id not in (select id from match.customer)",
            "select id, (select max(id) from match.customer) as m from work.event",
            "with l as (select max(id) as id, key from match.customer group by key) \
             select event.id from work.event as event left join l on event.id = l.id",
            "select link.id from match.customer as link left join work.event as event on event.id = link.id",
            "select id from work.event union all select id from match.customer",
        ] {
            assert!(!same(sql, &[3, 7]).await, "{sql}");
        }
        assert!(same("select id from work.event", &[1, 2, 3]).await);
    }
}
