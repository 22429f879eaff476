//! What a model may not do: each is refused by name before anything is read or written.

use expect_test::{Expect, expect};

use crate::door::Test;

const MONTHLY: &str = "sql/marts/monthly_sales.sql";

/// Puts a statement in the place of a mart's model. `run` must refuse it and leave nothing behind.
fn refused(sql: &str, expected: Expect) {
    let test = Test::tiny();
    test.write(MONTHLY, sql);
    let ran = test.septet(&["run"]);
    // A statement that is no mart also misses its contract; that is not what these tests are about.
    let also = ["S0212", "S0217", "S0218", "S0219"].map(|code| format!("error[{code}]"));
    let mut said: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error[")).collect();
    said.retain(|line| !also.iter().any(|also| line.starts_with(also)));
    expected.assert_eq(&said.join("\n"));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(!test.path("marts").exists() && !test.path("marts.store").exists(), "nothing was run");
    assert!(!test.path("stolen").exists() && !test.path("stolen.csv").exists(), "nothing was written");
}

/// A mart that is right but for one expression over `core.sale`.
fn lines(expression: &str) -> String {
    format!(
        "-- One row per month with a sale.\n\nselect\n    to_char(ordered_on, '%Y-%m') as month,\n    \
         cast({expression} as bigint) as lines,\n    cast(sum(net_amount) as decimal(38, 2)) as net_sales\n\
         from core.sale\ngroup by 1\n"
    )
}

#[test]
fn the_frame_of_these_tests_is_right() {
    let test = Test::tiny();
    test.write(MONTHLY, lines("count(*)"));
    test.ok(&["check"]);
}

// ── Statements that are no query ────────────────────────────────────────────────────────────────────────────────────

#[test]
fn write() {
    refused(
        "insert into core.sale select * from core.sale",
        expect!["error[S0210]: a model is one query: it cannot write, set or define anything"],
    );
}

#[test]
fn update() {
    refused(
        "update core.sale set net_amount = 0",
        expect!["error[S0210]: a model is one query: it cannot write, set or define anything"],
    );
}

#[test]
fn delete() {
    refused(
        "delete from core.sale",
        expect!["error[S0210]: a model is one query: it cannot write, set or define anything"],
    );
}

#[test]
fn copy_to_a_file() {
    refused(
        "copy (select * from core.sale) to 'stolen.csv' stored as csv",
        expect!["error[S0210]: a model is one query: it cannot write, set or define anything"],
    );
}

#[test]
fn set_an_option() {
    refused(
        "set datafusion.execution.target_partitions = 64",
        expect!["error[S0210]: a model is one query: it cannot write, set or define anything"],
    );
}

#[test]
fn create_an_external_table() {
    refused(
        "create external table stolen stored as csv location '/etc/passwd'",
        expect!["error[S0210]: a model is one query: it cannot write, set or define anything"],
    );
}

#[test]
fn create_a_table() {
    refused(
        "create table core.stolen as select * from core.sale",
        expect!["error[S0210]: a model is one query: it cannot write, set or define anything"],
    );
}

#[test]
fn drop_a_table() {
    refused(
        "drop table core.sale",
        expect!["error[S0210]: a model is one query: it cannot write, set or define anything"],
    );
}

#[test]
fn explain() {
    refused(
        "explain select * from core.sale",
        expect!["error[S0210]: a model is one query: it cannot write, set or define anything"],
    );
}

#[test]
fn two_statements() {
    refused(
        "select 1 as month; drop table core.sale",
        expect!["error[S0210]: a model is one query, this file has several statements"],
    );
}

#[test]
fn no_statement() {
    refused("-- One row per month.\n", expect!["error[S0210]: this model is empty"]);
}

#[test]
fn insert_within_a_query() {
    refused(
        "with stolen as (insert into core.sale select * from core.sale) select * from stolen",
        expect![
            "error[S0214]: model `monthly_sales` cannot be planned: Query INSERT INTO core.sale SELECT * FROM core.sale not implemented yet"
        ],
    );
}

#[test]
fn select_into() {
    refused(
        "select * into core.stolen from core.sale",
        expect!["error[S0214]: model `monthly_sales` cannot be planned: DDL not supported: CreateMemoryTable"],
    );
}

// ── Tables that are none of the pipeline's ──────────────────────────────────────────────────────────────────────────

#[test]
fn file_as_a_table() {
    refused("select * from '/etc/passwd'", expect!["error[S0203]: table `/etc/passwd` has no layer"]);
}

#[test]
fn file_as_a_table_in_double_quotes() {
    refused("select * from \"/etc/passwd\"", expect!["error[S0203]: table `/etc/passwd` has no layer"]);
}

#[test]
fn url_as_a_table() {
    refused(
        "select * from 'https://example.org/x.parquet'",
        expect!["error[S0203]: table `https://example.org/x.parquet` has no layer"],
    );
}

#[test]
fn function_that_reads_a_file() {
    refused("select * from read_csv('/etc/passwd')", expect!["error[S0203]: table `read_csv` has no layer"]);
}

#[test]
fn function_that_reads_metadata() {
    refused(
        "select * from parquet_metadata('marts/x.parquet')",
        expect!["error[S0203]: table `parquet_metadata` has no layer"],
    );
}

#[test]
fn catalogue_of_the_engine() {
    refused(
        "select * from information_schema.tables",
        expect!["error[S0203]: `information_schema.tables` is not a table that a model can read"],
    );
}

#[test]
fn tables_that_only_the_engine_has() {
    refused(
        "select * from modelled.sale",
        expect!["error[S0203]: `modelled.sale` is not a table that a model can read"],
    );
}

#[test]
fn tables_that_only_the_engine_has_by_full_name() {
    refused(
        "select * from septet.modelled.sale",
        expect!["error[S0203]: `septet.modelled.sale` is not a table that a model can read"],
    );
}

#[test]
fn file_in_a_subquery() {
    refused(&lines("(select count(*) from '/etc/passwd')"), expect!["error[S0203]: table `/etc/passwd` has no layer"]);
}

#[test]
fn unknown_table_in_a_subquery() {
    refused(&lines("(select count(*) from core.nothing)"), expect!["error[S0208]: there is no table `core.nothing`"]);
}

// ── Results that depend on chance or on the clock ───────────────────────────────────────────────────────────────────

#[test]
fn now() {
    refused(&lines("date_part('day', now())"), expect!["error[S0221]: `now` gives another result tomorrow"]);
}

#[test]
fn current_date() {
    refused(
        &lines("date_part('day', current_date)"),
        expect!["error[S0221]: `current_date` gives another result tomorrow"],
    );
}

#[test]
fn today() {
    refused(&lines("date_part('day', today())"), expect!["error[S0221]: `current_date` gives another result tomorrow"]);
}

#[test]
fn random() {
    refused(&lines("10 * random()"), expect!["error[S0221]: `random` gives another result tomorrow"]);
}

#[test]
fn random_within_an_aggregate() {
    refused(&lines("sum(10 * random())"), expect!["error[S0221]: `random` gives another result tomorrow"]);
}

#[test]
fn uuid() {
    refused(&lines("character_length(uuid())"), expect!["error[S0221]: `uuid` gives another result tomorrow"]);
}

#[test]
fn now_in_a_condition() {
    refused(
        "select 1 as month from core.sale where ordered_on < now()",
        expect!["error[S0221]: `now` gives another result tomorrow"],
    );
}

#[test]
fn now_in_a_join() {
    refused(
        "select 1 as month from core.sale as a inner join core.sale as b on a.ordered_on < now()",
        expect!["error[S0221]: `now` gives another result tomorrow"],
    );
}

#[test]
fn now_in_a_subquery() {
    refused(&lines("(select date_part('day', now()))"), expect!["error[S0221]: `now` gives another result tomorrow"]);
}

#[test]
fn limit_without_order() {
    refused(
        "select order_id as month from core.sale limit 3",
        expect!["error[S0222]: `limit` without `order by` keeps rows by chance"],
    );
}

#[test]
fn limit_without_order_in_a_cte() {
    refused(
        "with few as (select order_id as month from core.sale limit 3) select month from few order by month",
        expect!["error[S0222]: `limit` without `order by` keeps rows by chance"],
    );
}

#[test]
fn offset_without_order() {
    refused(
        "select order_id as month from core.sale offset 3",
        expect!["error[S0222]: `limit` without `order by` keeps rows by chance"],
    );
}

#[test]
fn first_value_without_order() {
    refused(
        &lines("first_value(line_no)"),
        expect!["error[S0223]: `first_value` without `order by` picks rows by chance"],
    );
}

#[test]
fn last_value_without_order() {
    refused(
        &lines("last_value(line_no)"),
        expect!["error[S0223]: `last_value` without `order by` picks rows by chance"],
    );
}

#[test]
fn array_agg_without_order() {
    refused(
        &lines("array_length(array_agg(line_no))"),
        expect!["error[S0223]: `array_agg` without `order by` picks rows by chance"],
    );
}

#[test]
fn string_agg_without_order() {
    refused(
        &lines("character_length(string_agg(order_id, ','))"),
        expect!["error[S0223]: `string_agg` without `order by` picks rows by chance"],
    );
}

#[test]
fn distinct_on_without_order() {
    refused(
        "select distinct on (customer_key) order_id as month from core.sale",
        expect!["error[S0223]: `distinct on` without `order by` picks rows by chance"],
    );
}

#[test]
fn row_number_without_order() {
    refused(
        "select row_number() over () as month from core.sale",
        expect!["error[S0223]: `row_number` without `order by` picks rows by chance"],
    );
}

#[test]
fn first_value_window_without_order() {
    refused(
        "select first_value(order_id) over (partition by customer_key) as month from core.sale",
        expect!["error[S0223]: `first_value` without `order by` picks rows by chance"],
    );
}

#[test]
fn limit_with_order_is_fine() {
    let test = Test::tiny();
    test.edit(
        "sql/work/customer_total.sql",
        "group by customer_key\n",
        "group by customer_key\norder by customer_key\nlimit 2\n",
    );
    test.ok(&["check"]);
}

#[test]
fn first_value_with_order_is_fine() {
    let test = Test::tiny();
    test.write(MONTHLY, lines("first_value(line_no order by order_id, line_no)"));
    test.ok(&["check"]);
}

// ── A query of a person ─────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn query_reads_nothing_but_the_release() {
    let test = Test::tiny();
    test.ok(&["run"]);
    for sql in [
        "select * from '/etc/passwd'",
        "create external table stolen stored as csv location '/etc/passwd'",
        "copy (select * from fct_sale) to 'stolen.csv'",
        "drop table fct_sale",
        "insert into fct_sale select * from fct_sale",
        "set datafusion.execution.batch_size = 1",
    ] {
        let ran = test.septet(&["query", sql]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{sql}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("error[S0153]"), "{sql}: {}", ran.stderr);
    }
    assert!(!test.path("stolen.csv").exists());
}
