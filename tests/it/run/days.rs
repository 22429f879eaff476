//! Days in the paths of sources.

use super::text;
use crate::door::Test;
use crate::tiny::{ORDERS_FEBRUARY, ORDERS_JANUARY};

const NET: &str = "select count(*) as n, sum(net_amount) as net from fct_sale";

/// The little shop with its orders in a folder for each day of export.
fn shop() -> Test {
    let test = Test::tiny();
    test.edit("pipelines/shop.yaml", "path: orders-*.csv", "path: orders/dt={date}/*.csv");
    for (day, orders) in [("2026-01-31", ORDERS_JANUARY), ("2026-02-28", ORDERS_FEBRUARY)] {
        test.write(&format!("raw/orders/dt={day}/orders.csv"), orders);
    }
    for file in ["raw/orders-2026-01.csv", "raw/orders-2026-02.csv"] {
        test.remove(file);
    }
    test
}

#[test]
fn a_file_of_a_later_day_is_not_read() {
    let test = shop();
    // A row whose own date is early, exported late: what the run of January could not have known.
    test.write(
        "raw/orders/dt=2026-03-31/orders.csv",
        "order_id,line_no,customer_id,ordered_on,amount\no9,1,c1,2026-01-06,7.00\n",
    );
    let ran = test.ok(&["run", "--logical-date", "2026-01-31"]);
    assert!(ran.stderr.contains("2 files of later days left out"), "{}", ran.stderr);
    assert_eq!(test.query(NET), "n,net\n3,180.50\n");
    let source =
        test.results()["sources"].as_array().and_then(|all| all.iter().find(|s| s["name"] == "orders").cloned());
    assert_eq!(source.map(|source| source["later_files"].clone()), Some(2.into()));
    let inputs = test.commit(1)["inputs"].as_array().cloned().unwrap_or_default();
    let paths: Vec<String> = inputs.iter().map(|input| text(&input["path"])).collect();
    assert_eq!(paths, ["customers.csv", "orders/dt=2026-01-31/orders.csv"]);

    let ran = test.ok(&["run", "--logical-date", "2026-03-31"]);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
    assert_eq!(test.query(NET), "n,net\n7,210.49\n");

    // The day in between, afterwards: its own snapshot is made of what it could know, and the newest stays.
    let ran = test.ok(&["run", "--logical-date", "2026-02-28"]);
    assert!(ran.stderr.contains("1 file of a later day left out"), "{}", ran.stderr);
    assert_eq!(
        test.query("select as_of, sum(net_sales) as net from customer_value group by 1 order by 1"),
        "as_of,net\n2026-01-31,180.50\n2026-02-28,203.49\n2026-03-31,210.49\n"
    );
    assert_eq!(test.query(NET), "n,net\n7,210.49\n");
    let ran = test.ok(&["run", "--logical-date", "2026-03-31"]);
    assert!(ran.stderr.contains("nothing to do"), "{}", ran.stderr);
}

#[test]
fn nothing_but_later_days_is_said() {
    let ran = shop().septet(&["run", "--logical-date", "2026-01-30"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("error[S0430]: source `orders` has no files up to 2026-01-30: all 2"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_day_that_no_calendar_has_is_a_warning() {
    let test = shop();
    test.write("raw/orders/dt=2026-02-30/orders.csv", ORDERS_FEBRUARY);
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("1 files match `orders/dt={date}/*.csv` but for their day"), "{}", ran.stderr);
}

#[test]
fn a_word_in_braces_that_is_no_part_of_a_day_is_refused() {
    for (path, said, help) in [
        ("\"orders/dt={dat}/*.csv\"", "error[S0181]", "did you mean `{date}`?"),
        ("\"orders/{dd}/*.csv\"", "error[S0182]", "write {date}"),
        ("\"orders/{a,{date}}.csv\"", "error[S0183]", "one source for each"),
    ] {
        let test = Test::tiny();
        test.edit("pipelines/shop.yaml", "path: orders-*.csv", &format!("path: {path}"));
        let ran = test.septet(&["check"]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(said) && ran.stderr.contains(help), "{}", ran.stderr);
        assert!(ran.stderr.contains("pipelines/shop.yaml:24:11"), "{}", ran.stderr);
    }
    let test = Test::tiny();
    test.edit("pipelines/shop.yaml", "path: orders-*.csv", "path: \"orders-2026-{01,03}.csv\"");
    test.ok(&["run"]);
    assert_eq!(test.query(NET), "n,net\n3,180.50\n", "alternatives are what they were");
}

#[test]
fn storage_of_no_known_kind_is_said_before_anything_is_read() {
    for (raw, quoted) in [("ftp://user:canary@host/x", false), ("s3://canary:x@lake/x", false), ("hdfs://lake/x", true)]
    {
        let test = Test::tiny();
        test.edit("pipelines/shop.yaml", "  raw: raw\n", &format!("  raw: {raw}\n"));
        let ran = test.septet(&["check"]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("error[S0184]") && !ran.stderr.contains("canary"), "{}", ran.stderr);
        assert_eq!(ran.stderr.contains(raw), quoted, "{}", ran.stderr);
    }
}
