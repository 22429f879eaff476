//! What is published under policies, and when it is published again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{CONTRACT, KEY, PIPELINE, shop};
use crate::door::Test;
use crate::run::{built_and_carried, with_march};

const CUSTOMERS: &str = "select customer_key, customer_name, email from dim_customer order by 1";
const DOMAINS: &str = "select * from mail_domain";

/// `hmac.new(b"a key for tests, of enough bytes", b"pii.email\0ada@example.org", "sha256").hexdigest()[:32]` in Python.
const ADA: &str = "2b3821cbd19475f649ee7afc130ca5c0";

#[test]
fn release_holds_what_policies_leave_and_models_know_the_rest() {
    let test = shop("pii.name: mask, pii.email: hmac");
    test.ok(&["run"]);
    let rows = test.query(CUSTOMERS);
    assert!(rows.contains(&format!("c1,A**,{ADA}\nc2,B**,")), "{rows}");
    assert_eq!(test.query(DOMAINS), "domain,customers\nexample.org,3\n");
    // What a person asks for is computed from the sources, which that person can read.
    assert!(test.ok(&["show", "core.customer"]).stdout.contains("ada@example.org"));
    let columns = &test.commit(1)["marts"]["dim_customer"]["columns"];
    assert_eq!((columns[1]["policy"].as_str(), columns[2]["policy"].as_str()), (Some("mask"), Some("hmac")));
    assert!(columns[0].get("policy").is_none());
}

#[test]
fn dropped_columns_are_null_and_still_tested() {
    let test = shop("pii.name: keep, pii.email: drop");
    test.edit(CONTRACT, "about: E-mail address. }", "about: E-mail address., tests: [not_null, unique] }");
    test.ok(&["run"]);
    assert_eq!(
        test.query("select count(*) as n, count(email) as e, min(customer_name) as m from dim_customer"),
        "n,e,m\n3,0,Ada\n"
    );
    test.append("raw/customers.csv", "c4,Dan,ada@example.org,2026-02-01\n");
    let ran = test.septet(&["run"]);
    assert!(ran.code == 1 && ran.stderr.contains("`email unique`"), "tests see real values: {}", ran.stderr);
}

#[test]
fn override_of_one_column() {
    let test = shop("pii.name: mask, pii.email: drop");
    test.edit(CONTRACT, "about: Name of the customer. }", "about: Name of the customer., policy: keep }");
    test.ok(&["run"]);
    assert_eq!(
        test.query("select customer_name, email from dim_customer order by 1 limit 1"),
        "customer_name,email\nAda,\n"
    );
}

#[test]
fn unchanged_tables_are_carried_and_read_as_they_are() {
    let test = shop("pii.name: mask, pii.email: hmac");
    test.ok(&["run"]);
    assert!(test.ok(&["run"]).stderr.contains("nothing to do"));
    // Another mart needs the real addresses of a table that is not computed again.
    test.edit("sql/marts/mail_domain.sql", "'none'", "'nowhere'");
    test.ok(&["run"]);
    let (built, carried) = built_and_carried(&test);
    assert!(
        built.contains(&"mail_domain".to_owned()) && carried.contains(&"dim_customer".to_owned()),
        "{built:?} {carried:?}"
    );
    assert_eq!(test.query(DOMAINS), "domain,customers\nexample.org,3\n");
    // Without the cache it is computed again for its readers, and not published again.
    fs::remove_dir_all(test.path("marts.store/cache")).expect("a cache");
    test.edit("sql/marts/mail_domain.sql", "'nowhere'", "'none'");
    test.ok(&["run"]);
    assert_eq!(test.query(DOMAINS), "domain,customers\nexample.org,3\n");
    assert_eq!(test.commit(3)["marts"]["dim_customer"]["built_in"], 1);
}

#[test]
fn new_orders_meet_real_customers() {
    let test = shop("pii.name: mask, pii.email: hmac");
    test.ok(&["run"]);
    let before = test.query(CUSTOMERS);
    with_march(&test);
    test.ok(&["run"]);
    assert_eq!(test.query(CUSTOMERS), before);
    assert_eq!(test.query("select count(*) as n from fct_sale"), "n\n8\n");
}

#[test]
fn changed_policy_or_key_publishes_again() {
    let test = shop("pii.name: mask, pii.email: hmac");
    test.ok(&["run"]);
    let first = test.query(CUSTOMERS);
    let test = test.env(KEY, "another key for tests, also of enough bytes");
    test.ok(&["run"]);
    let second = test.query(CUSTOMERS);
    assert!(test.release() == 2 && first != second && !second.contains(ADA), "{second}");
    test.edit(PIPELINE, "pii.email: hmac", "pii.email: keep");
    test.ok(&["run"]);
    assert!(test.query(CUSTOMERS).contains("c1,A**,ada@example.org\n"));
    test.edit(PIPELINE, "pii.email: keep", "pii.email: drop");
    test.ok(&["run"]);
    assert!(test.query(CUSTOMERS).contains("c1,A**,\n"));
}

#[test]
fn older_snapshots_under_another_policy_are_named() {
    let test = shop("pii.name: mask, pii.email: keep");
    test.edit(
        CONTRACT,
        "      orders:       { type: bigint, about: Number of orders. }",
        "      email:        { type: string, about: Address. }\n      orders:       { type: bigint, about: Number of orders. }",
    );
    test.edit(
        "sql/marts/customer_value.sql",
        "    coalesce(totals.orders, 0) as orders,",
        "    customers.email,\n    coalesce(totals.orders, 0) as orders,",
    );
    test.ok(&["run", "--logical-date", "2026-02-28"]);
    test.edit(PIPELINE, "pii.email: keep", "pii.email: drop");
    let ran = test.ok(&["run", "--logical-date", "2026-03-31"]);
    assert!(
        ran.stderr.contains("older snapshots of `customer_value` hold `email` as `keep` left it, not `drop`"),
        "{}",
        ran.stderr
    );
    test.ok(&["run", "--logical-date", "2026-02-28"]);
    assert_eq!(test.query("select count(*) as n, count(email) as e from customer_value"), "n,e\n6,0\n");
}

#[test]
fn run_without_its_key_reads_nothing() {
    for key in ["", "too short"] {
        let test = shop("pii.name: keep, pii.email: hmac").env(KEY, key);
        let ran = test.septet(&["run"]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("error[S0172]: the environment has no key of at least 16 bytes"), "{}", ran.stderr);
        assert!(!test.path("marts/current").exists());
    }
}

#[test]
fn same_inputs_give_the_same_bytes() {
    let files = |test: &Test| {
        let marts = test.commit(1)["marts"].clone();
        marts
            .as_object()
            .expect("marts")
            .iter()
            .flat_map(|(_, mart)| mart["files"].as_array().cloned().unwrap_or_default())
            .map(|file| file["sha256"].clone())
            .collect::<Vec<_>>()
    };
    let (one, two) = (shop("pii.name: mask, pii.email: hmac"), shop("pii.name: mask, pii.email: hmac"));
    one.ok(&["run", "--run-id", "same", "--threads", "1"]);
    two.ok(&["run", "--run-id", "same", "--threads", "4"]);
    assert_eq!(files(&one), files(&two));
}

#[test]
fn real_rows_are_for_this_user_alone() {
    let test = shop("pii.name: mask, pii.email: hmac");
    test.append("raw/orders-2026-02.csv", "o7,1,c1,2026-02-30,12.00\n");
    test.ok(&["run", "--run-id", "it"]);
    for folder in ["marts.store/cache", "target/quarantine/it"] {
        let mode = fs::metadata(test.path(folder)).expect(folder).permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
}
