//! What a run builds, and what it takes over.

use super::{MARCH, built_and_carried, file_of, inode, published_by, served, with_march};
use crate::door::{Test, files_below};

#[test]
fn first_run_publishes_everything() {
    let test = Test::tiny();
    let ran = test.ok(&["run"]);
    assert_eq!(ran.stdout, "", "a run has no data to show");
    assert_eq!(ran.last_line(), "Done. PASS=25 WARN=0 ERROR=0 SKIP=0 TOTAL=25");
    assert_eq!(test.release(), 1);
    let all = ["customer_value", "dim_customer", "fct_sale", "monthly_sales", "reconciliation"];
    assert_eq!(built_and_carried(&test), (all.map(str::to_owned).to_vec(), vec![]));
    assert_eq!(
        test.query("select customer_key, orders, net_sales, size from customer_value order by customer_key"),
        "customer_key,orders,net_sales,size\nc1,2,35.75,small\nc2,1,150.00,big\nc3,1,17.74,small\n"
    );
    assert_eq!(
        test.query("select month, lines, net_sales from monthly_sales order by month"),
        "month,lines,net_sales\n2026-01,3,180.50\n2026-02,3,22.99\n"
    );
}

#[test]
fn nothing_but_live_data_lies_below_what_is_served() {
    let test = Test::tiny();
    test.ok(&["run"]);
    let entries: Vec<_> =
        std::fs::read_dir(test.path("marts")).expect("marts").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(entries, ["current"]);
    for file in files_below(&test.path("marts/current")) {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(name.starts_with("part-") && name.ends_with(".parquet"), "{}", file.display());
    }
    assert!(
        !test.path("marts.store/work").exists() || files_below(&test.path("marts.store/work")).is_empty(),
        "work is gone"
    );
}

#[test]
fn second_run_has_nothing_to_do() {
    let test = Test::tiny();
    test.ok(&["run"]);
    let before = served(&test);
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("nothing to do: release 1 is up to date"), "{}", ran.stderr);
    assert_eq!(ran.last_line(), "Done. PASS=0 WARN=0 ERROR=0 SKIP=0 TOTAL=0");
    assert_eq!(test.release(), 1);
    assert_eq!(served(&test), before);
    assert_eq!(test.results()["status"], "nothing_to_do");
}

#[test]
fn skip_exit_code_says_that_there_was_nothing_to_do() {
    let test = Test::tiny();
    assert_eq!(test.septet(&["run", "--skip-exit-code", "99"]).code, 0, "something was done");
    assert_eq!(test.septet(&["run", "--skip-exit-code", "99"]).code, 99);
    with_march(&test);
    assert_eq!(test.septet(&["run", "--skip-exit-code", "99"]).code, 0, "something was done");
}

#[test]
fn full_refresh_builds_what_is_unchanged() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.ok(&["run", "--full-refresh"]);
    assert_eq!(test.release(), 2);
    assert_eq!(built_and_carried(&test).0.len(), 5);
}

#[test]
fn touching_a_file_is_no_change() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.write("raw/orders-2026-01.csv", crate::tiny::ORDERS_JANUARY);
    assert!(test.ok(&["run"]).stderr.contains("nothing to do"), "the same bytes are the same input");
}

#[test]
fn changed_mart_is_built_alone_and_the_rest_is_carried() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.edit("sql/marts/monthly_sales.sql", "count(*) as lines", "count(distinct order_id) as lines");
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("changed code"), "{}", ran.stderr);
    assert!(ran.stderr.contains("4 more carried over unchanged"), "{}", ran.stderr);
    let (built, carried) = built_and_carried(&test);
    assert_eq!(built, ["monthly_sales"]);
    assert_eq!(carried, ["customer_value", "dim_customer", "fct_sale", "reconciliation"]);
    for folder in ["fct_sale", "dim_customer", "customer_value", "reconciliation"] {
        assert_eq!(inode(&file_of(&test, 1, folder)), inode(&file_of(&test, 2, folder)), "{folder} is a hard link");
    }
    let month = "monthly_sales/month=2026-01";
    assert_ne!(
        file_of(&test, 1, month).file_name(),
        file_of(&test, 2, month).file_name(),
        "names are never used again"
    );
    assert_eq!(test.query("select lines from monthly_sales order by month"), "lines\n2\n2\n");
}

/// What the ledger counts lies behind views, and in tables that are carried.
#[test]
fn each_mart_can_be_the_only_one_that_changed() {
    let test = Test::tiny();
    test.ok(&["run"]);
    for mart in ["customer_value", "monthly_sales", "reconciliation"] {
        test.edit(&format!("sql/marts/{mart}.sql"), "select\n", "select -- touched\n");
        test.ok(&["run"]);
        assert_eq!(built_and_carried(&test).0, [mart]);
    }
}

#[test]
fn changed_working_table_rebuilds_what_reads_it() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.edit("sql/work/customer_total.sql", "count(distinct order_id) as orders", "count(*) as orders");
    test.ok(&["run"]);
    let (built, carried) = built_and_carried(&test);
    assert_eq!(built, ["customer_value"]);
    assert_eq!(carried, ["dim_customer", "fct_sale", "monthly_sales", "reconciliation"]);
}

#[test]
fn changed_variable_rebuilds_what_reads_it() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.ok(&["run", "--var", "big_order=10.00"]);
    assert_eq!(built_and_carried(&test).0, ["customer_value"]);
    assert_eq!(test.query("select count(*) as n from customer_value where size = 'big'"), "n\n3\n");
}

#[test]
fn comment_in_yaml_rebuilds_nothing() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.append("sql/contract.yaml", "# a remark\n");
    assert!(test.ok(&["run"]).stderr.contains("nothing to do"));
}

#[test]
fn new_file_rebuilds_what_is_made_from_its_source() {
    let test = Test::tiny();
    test.ok(&["run"]);
    with_march(&test);
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("new input: orders"), "{}", ran.stderr);
    assert!(ran.stderr.contains("unchanged"), "customers are not read again: {}", ran.stderr);
    assert_eq!(test.release(), 2);
    assert_eq!(test.query("select sum(net_amount) as net from fct_sale"), "net\n273.49\n");
    assert_eq!(test.query("select month from monthly_sales order by month"), "month\n2026-01\n2026-02\n2026-03\n");
}

#[test]
fn unchanged_source_rebuilds_nothing_else() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.append("raw/customers.csv", "c4,Dee,dee@example.org,2026-02-02\n");
    test.ok(&["run"]);
    let (built, carried) = built_and_carried(&test);
    assert_eq!(built, ["customer_value", "dim_customer", "reconciliation"]);
    assert_eq!(carried, ["fct_sale", "monthly_sales"]);
}

#[test]
fn file_that_is_gone_takes_its_rows_with_it() {
    let test = Test::tiny();
    with_march(&test);
    test.ok(&["run"]);
    test.remove("raw/orders-2026-03.csv");
    test.ok(&["run"]);
    assert_eq!(test.query("select count(*) as n from fct_sale"), "n\n6\n");
    assert_eq!(test.query("select month from monthly_sales order by month"), "month\n2026-01\n2026-02\n");
}

#[test]
fn latest_version_of_a_record_wins() {
    let test = Test::tiny();
    test.write("raw/orders-2026-02b.csv", "order_id,line_no,customer_id,ordered_on,amount\no3,1,c1,2026-02-10,6.25\n");
    test.ok(&["run"]);
    assert_eq!(test.query("select net_amount from fct_sale where order_id = 'o3'"), "net_amount\n6.25\n");
    assert_eq!(test.query("select count(*) as n from reconciliation where missing <> 0 or difference <> 0"), "n\n0\n");
}

#[test]
fn gzip_is_recognised_by_name() {
    use std::io::Write as _;
    let test = Test::tiny();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(MARCH.as_bytes()).expect("memory takes all");
    test.edit("pipelines/shop.yaml", "path: orders-*.csv", "path: orders-*.csv*");
    test.write("raw/orders-2026-03.csv.gz", packed.finish().expect("memory takes all"));
    test.ok(&["run"]);
    assert_eq!(test.query("select count(*) as n from fct_sale"), "n\n8\n");
}

#[test]
fn selected_tables_alone_are_published() {
    let test = Test::tiny();
    test.ok(&["run"]);
    with_march(&test);
    test.ok(&["run", "--select", "monthly_sales"]);
    assert_eq!(published_by(&test, 2), ["monthly_sales"]);
    assert_eq!(test.query("select count(*) as n from monthly_sales"), "n\n3\n");
    test.ok(&["run"]);
    assert_eq!(
        published_by(&test, 3),
        ["customer_value", "dim_customer", "fct_sale", "reconciliation"],
        "the rest is still owed"
    );
}

#[test]
fn report_tells_what_is_published_from_what_is_only_read() {
    let test = Test::tiny();
    test.ok(&["run"]);
    with_march(&test);
    test.ok(&["run", "--select", "monthly_sales"]);
    let (built, carried) = built_and_carried(&test);
    assert_eq!(built, ["monthly_sales"]);
    assert_eq!(carried, ["customer_value", "dim_customer", "fct_sale", "reconciliation"]);
}

#[test]
fn event_of_an_unknown_customer_makes_a_placeholder() {
    let test = Test::tiny();
    test.append("raw/orders-2026-02.csv", "o7,1,c9,2026-02-20,1.00\n");
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("1 rows of `dim_customer` are placeholders"), "{}", ran.stderr);
    assert_eq!(
        test.query("select customer_key, customer_name, source_records from dim_customer where source_records = 0"),
        "customer_key,customer_name,source_records\nc9,,0\n"
    );
    assert_eq!(ran.last_line(), "Done. PASS=25 WARN=1 ERROR=0 SKIP=0 TOTAL=26");
}

#[test]
fn empty_mart_is_a_file_with_its_columns() {
    let test = Test::tiny();
    test.write("raw/orders-2026-01.csv", "order_id,line_no,customer_id,ordered_on,amount\n");
    test.remove("raw/orders-2026-02.csv");
    test.ok(&["run"]);
    assert_eq!(test.query("select count(*) as n from fct_sale"), "n\n0\n");
    assert_eq!(test.query("select count(month) as n, count(net_sales) as m from monthly_sales"), "n,m\n0,0\n");
}

#[test]
fn same_run_id_twice_never_uses_a_file_name_again() {
    let test = Test::tiny();
    test.ok(&["run", "--run-id", "nightly"]);
    let before: std::collections::BTreeMap<_, _> = served(&test).into_iter().collect();
    with_march(&test);
    let again = test.septet(&["run", "--run-id", "nightly"]);
    if again.code != 0 {
        assert_eq!(again.code, 2, "refused as a mistake of the caller: {}", again.stderr);
        return;
    }
    for (file, bytes) in served(&test) {
        let same = before.get(&file).is_none_or(|old| *old == bytes);
        assert!(same, "a reader that listed release 1 must not find other bytes under {file}");
    }
}

#[test]
fn unchanged_partition_of_a_rebuilt_mart_is_carried() {
    let test = Test::tiny();
    test.ok(&["run"]);
    with_march(&test);
    test.ok(&["run"]);
    let month = "monthly_sales/month=2026-01";
    assert_eq!(inode(&file_of(&test, 1, month)), inode(&file_of(&test, 2, month)), "January is what it was");
}
