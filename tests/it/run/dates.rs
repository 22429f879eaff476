//! Logical dates: snapshots stand beside each other, and a day can be run again.

use std::collections::BTreeSet;

use super::{file_of, inode, published_by, with_march};
use crate::door::Test;

fn snapshots(test: &Test) -> String {
    test.query(
        "select as_of, count(*) as customers, sum(net_sales) as net_sales from customer_value group by 1 order by 1",
    )
}

fn three_months() -> Test {
    let test = Test::tiny();
    with_march(&test);
    for day in ["2026-01-31", "2026-02-28", "2026-03-31"] {
        test.ok(&["run", "--logical-date", day]);
    }
    assert_eq!(test.release(), 3);
    test
}

const THREE_MONTHS: &str = "\
as_of,customers,net_sales
2026-01-31,2,180.50
2026-02-28,3,203.49
2026-03-31,3,273.49
";

#[test]
fn three_days_stand_beside_each_other() {
    let test = three_months();
    assert_eq!(snapshots(&test), THREE_MONTHS);
    assert_eq!(test.query("select count(*) as n from fct_sale"), "n\n8\n");
}

#[test]
fn a_day_shows_nothing_that_came_later() {
    let test = Test::tiny();
    test.ok(&["run", "--logical-date", "2026-01-10"]);
    assert_eq!(test.query("select count(*) as n, max(ordered_on) as last from fct_sale"), "n,last\n2,2026-01-05\n");
    assert_eq!(test.query("select customer_key from dim_customer order by 1"), "customer_key\nc1\nc2\n");
}

#[test]
fn middle_day_again_has_nothing_to_do() {
    let test = three_months();
    let ran = test.ok(&["run", "--logical-date", "2026-02-28"]);
    assert!(ran.stderr.contains("nothing to do"), "{}", ran.stderr);
    assert_eq!(test.release(), 3);
}

#[test]
fn middle_day_again_with_late_data_writes_only_its_snapshot() {
    let test = three_months();
    test.append("raw/orders-2026-02.csv", "o7,1,c1,2026-02-20,100.00\n");
    test.ok(&["run", "--logical-date", "2026-02-28"]);
    assert_eq!(test.release(), 4);
    let published = published_by(&test, 4);
    assert_eq!(published, ["customer_value", "reconciliation"], "tables that are no snapshots stay at the newest day");
    assert_eq!(test.query("select count(*) as n from fct_sale"), "n\n8\n");
    assert_eq!(snapshots(&test), THREE_MONTHS.replace("203.49", "303.49"));
    for day in ["2026-01-31", "2026-03-31"] {
        let folder = format!("customer_value/as_of={day}");
        assert_eq!(inode(&file_of(&test, 3, &folder)), inode(&file_of(&test, 4, &folder)), "{day} is untouched");
    }
    assert_eq!(test.commit(4)["latest_as_of"], "2026-03-31");
    // The newest day has not seen the late row yet: it is still owed.
    test.ok(&["run", "--logical-date", "2026-03-31"]);
    assert_eq!(snapshots(&test), THREE_MONTHS.replace("203.49", "303.49").replace("273.49", "373.49"));
}

#[test]
fn newest_day_again_with_late_data_leaves_older_days() {
    let test = three_months();
    test.append("raw/orders-2026-02.csv", "o7,1,c1,2026-02-20,100.00\n");
    test.ok(&["run", "--logical-date", "2026-03-31"]);
    assert_eq!(snapshots(&test), THREE_MONTHS.replace("273.49", "373.49"));
}

#[test]
fn order_of_days_does_not_matter_to_snapshots() {
    let forwards = three_months();
    let backwards = Test::tiny();
    with_march(&backwards);
    for day in ["2026-03-31", "2026-02-28", "2026-01-31"] {
        backwards.ok(&["run", "--logical-date", day]);
    }
    assert_eq!(snapshots(&backwards), snapshots(&forwards));
    for table in ["fct_sale", "dim_customer", "monthly_sales"] {
        let rows = format!("select * from {table} order by 1, 2, 3");
        assert_eq!(backwards.query(&rows), forwards.query(&rows), "{table}");
    }
}

#[test]
fn start_and_end_run_every_month_end() {
    let test = Test::tiny();
    with_march(&test);
    test.ok(&["run", "--start", "2026-01-01", "--end", "2026-03-31"]);
    assert_eq!(snapshots(&test), THREE_MONTHS);
    assert_eq!(test.release(), 3);
}

#[test]
fn end_within_a_month_is_a_day_of_its_own() {
    let test = Test::tiny();
    test.ok(&["run", "--start", "2026-01-15", "--end", "2026-02-10"]);
    let days = test.query("select distinct as_of from customer_value order by 1");
    assert_eq!(days, "as_of\n2026-01-31\n2026-02-10\n");
}

#[test]
fn months_of_one_run_id_never_use_a_file_name_again() {
    let test = Test::tiny();
    with_march(&test);
    test.ok(&["run", "--start", "2026-01-01", "--end", "2026-03-31", "--run-id", "backfill"]);
    let names: Vec<_> =
        (1..=3).map(|release| file_of(&test, release, "fct_sale").file_name().map(ToOwned::to_owned)).collect();
    let different: BTreeSet<_> = names.iter().collect();
    assert_eq!(different.len(), 3, "{names:?}");
}

#[test]
fn failing_month_ends_a_backfill() {
    let test = Test::tiny();
    // In debt at the end of January, made good in March.
    test.append("raw/orders-2026-01.csv", "o8,1,c3,2026-01-20,-500.00\n");
    test.append("raw/orders-2026-02.csv", "o9,1,c3,2026-03-20,900.00\n");
    let ran = test.septet(&["run", "--start", "2026-01-01", "--end", "2026-03-31"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(!test.path("marts/current").exists(), "nothing is published after a month that failed");
}

#[test]
fn start_alone_is_a_mistake() {
    let ran = Test::tiny().septet(&["run", "--start", "2026-01-01"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

#[test]
fn end_before_start_is_a_mistake() {
    let ran = Test::tiny().septet(&["run", "--start", "2026-03-01", "--end", "2026-01-31"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}
