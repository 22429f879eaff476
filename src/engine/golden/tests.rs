//! Which value survives, on a few records that can be read.

use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use arrow::util::display::array_value_to_string;
use indexmap::IndexMap;

use super::{cell_sql, golden_columns, golden_sql};
use crate::diag::{Place, SourceText, Span};
use crate::engine::{Engine, Limits};
use crate::names::{Layer, Name, TableName};
use crate::project::Matching;
use crate::project::matching::{EntityKeys, Facts, Survival, Survivor};

/// Entity `a` has four records of three systems, `b` has one, `c` two that say nothing of most.
const RECORDS: &str = "select * from (values
    ('crm',  '1', 'a@x.com', 'Ann Lee',     10, date '2026-01-05', date '2020-03-01', true),
    ('shop', '7', '',        'Ann Lee-Fox', 30, date '2026-02-01', date '2019-06-01', null),
    ('shop', '9', 'b@x.com', 'A. Lee',      20, date '2026-02-01', null,              false),
    ('post', '2', 'a@x.com', null,          20, null,              date '2021-01-01', null),
    ('crm',  '4', '',        'Bo',          5,  null,              null,              null),
    ('shop', '5', null,      'Cy',          null, null,            null,              null),
    ('crm',  '6', '',        'Cy',          null, null,            null,              null)
  ) as r(source_system, source_customer_id, email, name, points, updated_on, created_on, consent)";

const LINKS: &str = "select source_system, source_customer_id, customer_key, 1 as match_probability, '' as match_rule
    from (values ('crm', '1', 'a'), ('shop', '7', 'a'), ('shop', '9', 'a'), ('post', '2', 'a'), ('crm', '4', 'b'),
    ('shop', '5', 'c'), ('crm', '6', 'c')) as l(source_system, source_customer_id, customer_key)";

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn stage(default: Option<Survivor>, columns: &[(&str, Survivor)]) -> Matching {
    let source = SourceText::new(PathBuf::from("shop.yaml"), "match:");
    let columns: IndexMap<Name, Survivor> =
        columns.iter().map(|(column, survivor)| (name(column), survivor.clone())).collect();
    let survive =
        Survival { default, columns, changed: Some(name("updated_on")), made: Some(name("created_on")), place: None };
    let place = Place { source, span: Span { line: 1, column: 1, length: 1 } };
    Matching {
        name: name("customer"),
        records: TableName::new(Layer::Staging, name("record")),
        exact: Vec::new(),
        likely: None,
        never: Vec::new(),
        keys: EntityKeys::default(),
        facts: Facts::default(),
        facts_place: place.clone(),
        largest_entity: None,
        decisions: None,
        decided: None,
        survive,
        place,
        mentions: IndexMap::new(),
    }
}

/// The engine, and the columns of the records.
async fn warehouse() -> (Engine, Vec<(String, DataType)>) {
    let limits = Limits { threads: 2, memory: 64 << 20, spill: std::env::temp_dir() };
    let engine = Engine::new(&limits, &[]).expect("an engine");
    let mut columns = Vec::new();
    for (table, sql) in [("match.customer", LINKS), ("staging.record", RECORDS)] {
        let plan = engine.plan(sql).await.expect("a plan");
        columns = plan.schema().fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect();
        engine.register_view(&TableName::parse(table).expect("a table"), plan).expect("registered");
    }
    (engine, columns)
}

fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let mut lines = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let values = batch.columns().iter().map(|column| match column.is_null(row) {
                true => "∅".to_owned(),
                false => array_value_to_string(column, row).expect("a value"),
            });
            lines.push(values.collect::<Vec<_>>().join(" "));
        }
    }
    lines
}

async fn golden(stage: &Matching) -> Vec<String> {
    let (engine, columns) = warehouse().await;
    let sql = format!("select * from ({}) as g order by customer_key", golden_sql(stage, &columns));
    let plan = engine.plan(&sql).await.expect("a plan");
    let planned: Vec<_> = plan.schema().fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect();
    let said = golden_columns(stage, &columns);
    let said: Vec<_> = said.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect();
    assert_eq!(planned, said, "the declared columns are those of the query");
    lines(&engine.rows(plan, "golden").await.expect("rows"))
}

async fn cells(stage: &Matching, entity: &str) -> Vec<String> {
    let (engine, columns) = warehouse().await;
    let sql = format!(
        "select column_name, value, source_system, source_customer_id from ({}) as c where customer_key = '{entity}' \
         order by column_name",
        cell_sql(stage, &columns)
    );
    lines(&engine.collect(&sql, "cells").await.expect("rows"))
}

#[tokio::test]
async fn the_latest_value_survives_and_none_survives_against_it() {
    let stage = stage(Some(Survivor::Latest), &[]);
    // Of the two latest, the first by system and id; what it lacks comes from the next.
    assert_eq!(
        golden(&stage).await,
        ["a b@x.com Ann Lee-Fox 30 2026-02-01 2019-06-01 false 4", "b ∅ Bo 5 ∅ ∅ ∅ 1", "c ∅ Cy ∅ ∅ ∅ ∅ 2",]
    );
}

#[tokio::test]
async fn every_cell_names_the_record_that_its_value_is_from() {
    let stage = stage(Some(Survivor::Latest), &[("email", Survivor::MostFrequent), ("created_on", Survivor::Earliest)]);
    assert_eq!(
        cells(&stage, "a").await,
        [
            "consent false shop 9",
            "created_on 2019-06-01 shop 7",
            "email a@x.com crm 1",
            "name Ann Lee-Fox shop 7",
            "points 30 shop 7",
            "updated_on 2026-02-01 shop 7",
        ]
    );
    assert_eq!(cells(&stage, "b").await, ["name Bo crm 4", "points 5 crm 4"], "an entity of one record");
    // Nothing says which is later: the first by system and id.
    assert_eq!(cells(&stage, "c").await, ["name Cy crm 6"], "NULL and empty text are no cells");
}

#[tokio::test]
async fn each_column_has_the_survivor_that_it_names() {
    let stage = stage(
        None,
        &[
            ("email", Survivor::MostFrequent),
            ("name", Survivor::Longest),
            ("points", Survivor::Priority(vec!["post".to_owned(), "crm".to_owned()])),
            ("created_on", Survivor::Earliest),
            ("consent", Survivor::Greatest("points * 2".to_owned())),
        ],
    );
    assert_eq!(
        golden(&stage).await,
        ["a a@x.com Ann Lee-Fox 20 2019-06-01 false 4", "b ∅ Bo 5 ∅ ∅ 1", "c ∅ Cy ∅ ∅ ∅ 2"],
        "columns that nothing is said of are left out; consent is of the record with the most points that has one"
    );
}

#[tokio::test]
async fn ties_go_to_the_latest() {
    let systems = vec!["shop".to_owned(), "o'neil".to_owned()];
    let stage = stage(
        Some(Survivor::Priority(systems)),
        &[("points", Survivor::MostFrequent), ("name", Survivor::Greatest("1".to_owned()))],
    );
    // 20 points twice; both shop records of one day: the smaller id. Its empty e-mail is none.
    assert_eq!(golden(&stage).await[0], "a b@x.com Ann Lee-Fox 20 2026-02-01 2019-06-01 false 4");
    assert_eq!(cells(&stage, "a").await[4], "points 20 shop 9", "of the records with 20, the latest");
}

#[tokio::test]
async fn orders_of_one_name_are_two() {
    let greatest = Survivor::Greatest("name".to_owned());
    let stage = stage(None, &[("name", Survivor::Longest), ("email", greatest), ("points", Survivor::MostFrequent)]);
    // The greatest name is Ann Lee-Fox's, who has no e-mail address; then Ann Lee's.
    assert_eq!(golden(&stage).await, ["a a@x.com Ann Lee-Fox 20 4", "b ∅ Bo 5 1", "c ∅ Cy ∅ 2"]);
}

#[tokio::test]
async fn columns_may_be_called_anything() {
    let (engine, _) = warehouse().await;
    let plan = engine
        .plan("select source_system, source_customer_id, name as \"Name \"\"x\", updated_on, created_on, points as position from staging.record")
        .await
        .expect("a plan");
    let columns: Vec<_> = plan.schema().fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect();
    engine.register_view(&TableName::parse("staging.record").expect("a table"), plan).expect("registered");
    let stage = stage(Some(Survivor::Latest), &[("position", Survivor::Longest)]);
    let sql = format!("select * from ({}) as g order by customer_key", golden_sql(&stage, &columns));
    let rows = lines(&engine.collect(&sql, "golden").await.expect("rows"));
    assert_eq!(rows[0], "a Ann Lee-Fox 2026-02-01 2019-06-01 30 4");
}
