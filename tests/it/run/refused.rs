//! Runs that must not publish: readers stay where they are, and the reason is said.

use std::fs;
use std::path::Path;

use super::{served, with_march};
use crate::door::{REPOSITORY, Ran, Test};

/// Publishes once, breaks something, runs again: that must end with `code`, leave readers alone and say why.
fn refused(code: i32, says: &[&str], breaks: impl Fn(&Test)) -> (Test, Ran) {
    let test = Test::tiny();
    test.ok(&["run"]);
    let before = served(&test);
    with_march(&test);
    breaks(&test);
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, code, "{}", ran.stderr);
    for words in says {
        assert!(ran.stderr.contains(words), "`{words}` is not said:\n{}", ran.stderr);
    }
    assert_eq!(test.release(), 1, "readers stay on the old release");
    assert_eq!(served(&test), before);
    let results = test.results();
    assert_eq!(results["status"], "failed");
    assert!(results["counts"]["error"].as_u64() > Some(0), "{results:#}");
    let last = ran.last_line();
    assert!(last.starts_with("Done. PASS=") && !last.contains("ERROR=0"), "{last}");
    let left = test.path("marts.store/work");
    assert!(!left.exists() || crate::door::files_below(&left).is_empty(), "a failed run leaves no work behind");
    (test, ran)
}

#[test]
fn failing_data_test() {
    let (test, _) = refused(
        1,
        &[
            "error[S0408]: 1 rows of `customer_value` fail the test `no_negative_sales`",
            "`septet quarantine failures` shows them (target/failures/shop/customer_value.no_negative_sales.parquet)",
        ],
        |test| {
            test.append("raw/orders-2026-03.csv", "o8,1,c1,2026-03-05,-500.00\n");
        },
    );
    test.edit("raw/orders-2026-03.csv", "-500.00", "500.00");
    test.ok(&["run"]);
    assert_eq!(test.release(), 2, "mended, it publishes");
}

#[test]
fn value_that_is_not_one_of() {
    refused(1, &["error[S0408]: 2 rows of `customer_value` fail the test `size one_of`"], |test| {
        test.edit("sql/marts/customer_value.sql", "'small'", "'tiny'");
    });
}

#[test]
fn warning_of_a_data_test_publishes() {
    let test = Test::tiny();
    test.edit("sql/contract.yaml", "expression: net_sales >= 0 }", "expression: net_sales > 100, severity: warn }");
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("2 rows of `customer_value` fail the test `no_negative_sales`"), "{}", ran.stderr);
    assert!(ran.last_line().contains("WARN=") && !ran.last_line().contains("WARN=0"), "{}", ran.last_line());
    assert_eq!(test.release(), 1);
}

#[test]
fn missing_value_in_a_column_that_has_one() {
    refused(1, &["error[S0408]: 1 rows of `monthly_sales` fail the test `month"], |test| {
        test.edit(
            "sql/marts/monthly_sales.sql",
            "to_char(ordered_on, '%Y-%m') as month",
            "nullif(to_char(ordered_on, '%Y-%m'), '2026-03') as month",
        );
    });
}

#[test]
fn two_rows_with_one_grain() {
    refused(1, &["monthly_sales", "month"], |test| {
        test.edit("sql/marts/monthly_sales.sql", "group by 1\n", "group by to_char(ordered_on, '%Y-%m'), order_id\n");
    });
}

#[test]
fn staging_model_that_drops_rows() {
    refused(1, &["fail the test `rows_reconcile`", "fail the test `amounts_reconcile`"], |test| {
        test.edit("sql/staging/order_line.sql", "from raw.orders\n", "from raw.orders\nwhere line_no = 1\n");
    });
}

#[test]
fn staging_model_that_doubles_rows() {
    refused(1, &["fail the test `rows_reconcile`", "fail the test `amounts_reconcile`"], |test| {
        test.edit("sql/staging/order_line.sql", "    line_no,\n", "    line_no + copy.value as line_no,\n");
        test.edit(
            "sql/staging/order_line.sql",
            "from raw.orders\n",
            "from raw.orders\ncross join (select 0 as value union all select 100 as value) as copy\n",
        );
        test.edit("sql/staging/order_line.sql", "line_no + copy.value", "cast(line_no + copy.value as integer)");
    });
}

#[test]
fn staging_model_that_loses_a_cent() {
    refused(1, &["error[S0408]: 1 rows of `reconciliation` fail the test `amounts_reconcile`"], |test| {
        test.edit(
            "sql/staging/order_line.sql",
            "amount as source_amount",
            "cast(case when order_id = 'o3' then amount - 0.01 else amount end as decimal(18, 2)) as source_amount",
        );
    });
}

#[test]
fn staging_model_that_loses_one_row_without_an_amount() {
    // The row has no money, so that only the count can tell.
    refused(1, &["error[S0408]: 1 rows of `reconciliation` fail the test `rows_reconcile`"], |test| {
        test.append("raw/orders-2026-03.csv", "o7,1,c1,2026-03-05,0.00\n");
        test.edit("sql/staging/order_line.sql", "from raw.orders\n", "from raw.orders\nwhere order_id <> 'o7'\n");
    });
}

#[test]
fn core_model_that_gains_a_cent() {
    let (test, _) = refused(
        1,
        &["error[S0408]: 1 rows of `reconciliation` fail the test `amounts_reconcile`"],
        |test| {
            test.edit(
            "sql/core/sale.sql",
            "    net_amount\n",
            "    cast(case when order_id = 'o3' then net_amount + 0.01 else net_amount end as decimal(18, 2)) as net_amount\n",
        );
        },
    );
    let shown = test.ok(&["quarantine", "failures", "reconciliation.amounts_reconcile", "--format", "csv"]);
    assert_eq!(shown.stdout, "as_of,source,stage,difference\n2026-03-31,orders,4_core,-0.01\n");
}

#[test]
fn core_model_that_drops_rows() {
    refused(1, &["error[S0408]: 1 rows of `reconciliation` fail the test `rows_reconcile`"], |test| {
        test.edit(
            "sql/core/sale.sql",
            "from staging.order_line\n",
            "from staging.order_line\nwhere order_id <> 'o4'\n",
        );
    });
}

#[test]
fn missing_input() {
    refused(
        1,
        &["error[S0404]: source `orders` has no files: nothing matches `orders-*.csv`", "help: check the path"],
        |test| {
            for file in ["01", "02", "03"] {
                test.remove(&format!("raw/orders-2026-{file}.csv"));
            }
        },
    );
}

#[test]
fn input_without_a_required_column() {
    refused(1, &["orders-2026-03.csv", "`amount`"], |test| {
        test.write(
            "raw/orders-2026-03.csv",
            "order_id,line_no,customer_id,ordered_on,price\no5,1,c2,2026-03-03,30.00\n",
        );
    });
}

#[test]
fn query_that_fails_while_it_runs() {
    refused(1, &["error[S0402]", "sql/marts/monthly_sales.sql"], |test| {
        test.edit(
            "sql/marts/monthly_sales.sql",
            "count(*) as lines",
            "cast(1 / (count(*) - count(*)) as bigint) as lines",
        );
    });
}

#[test]
fn sum_that_does_not_fit() {
    refused(1, &["customer_value"], |test| {
        test.edit(
            "sql/work/customer_total.sql",
            "cast(sum(net_amount) as decimal(38, 2))",
            "cast(sum(cast(net_amount as decimal(38, 2)) * cast(1e34 as decimal(38, 0))) as decimal(38, 2))",
        );
    });
}

#[test]
fn marts_of_another_pipeline() {
    refused(2, &["error[S0407]", "holds the marts of pipeline `shop`"], |test| {
        test.edit("pipelines/shop.yaml", "name: shop", "name: store");
    });
}

#[test]
fn damaged_record_of_the_release() {
    refused(1, &["commits/00000001.json"], |test| {
        let record = test.read("marts.store/commits/00000001.json");
        test.write("marts.store/commits/00000001.json", &record[..record.len() / 2]);
    });
}

#[test]
fn served_file_that_is_gone() {
    let test = Test::tiny();
    test.ok(&["run"]);
    std::fs::remove_file(super::file_of(&test, 1, "fct_sale")).expect("a served file");
    with_march(&test);
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("fct_sale") && ran.stderr.contains("is missing"), "{}", ran.stderr);
}

/// The reader of Parquet panics over it; that is no news for those who reported that their file is damaged.
#[test]
fn damaged_page_is_the_error_of_its_file_alone() {
    let test = Test::tiny();
    test.edit(
        "pipelines/shop.yaml",
        "path: customers.csv\n    format: { type: csv }",
        "path: customers.parquet\n    format: { type: parquet }",
    );
    test.edit(
        "pipelines/shop.yaml",
        "customer_id:   { type: string, required: true }",
        "customer_id: { from: id, type: string, required: true }",
    );
    test.edit("pipelines/shop.yaml", "email:         { type", "email: { optional: true, type");
    test.edit("pipelines/shop.yaml", "acquired_on:   { from", "acquired_on: { optional: true, from");
    let damaged = Path::new(REPOSITORY).join("testdata/hostile/parquet_page_of_wrong_length/files/a.parquet");
    test.write("raw/customers.parquet", fs::read(damaged).expect("the file"));
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("error[S0308]: the file is not sound Parquet: a page is damaged\n"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("S0499"), "{}", ran.stderr);
}
