//! What people read when a project is wrong: the exact text, with its place, its caret and its way out.

mod cleaning;
mod learning;
mod matching;
mod parameters;
mod quality;
mod schema;
mod sql;
mod values;
mod yaml;

use expect_test::{Expect, expect};

use crate::door::Test;

const PIPELINE: &str = "pipelines/shop.yaml";
const CONTRACT: &str = "sql/contract.yaml";
const SALE: &str = "sql/core/sale.sql";
const MONTHLY: &str = "sql/marts/monthly_sales.sql";
const VALUE: &str = "sql/marts/customer_value.sql";

/// Breaks the little shop in some places and compares what `check` says of it.
fn check(edits: &[(&str, &str, &str)], expected: Expect) {
    let test = Test::tiny();
    for (path, from, to) in edits {
        test.edit(path, from, to);
    }
    refused(&test, &[], expected);
}

fn refused(test: &Test, arguments: &[&str], expected: Expect) {
    let ran = test.septet(&[&["check"], arguments].concat());
    expected.assert_eq(&ran.stderr);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "a project that is wrong ends with 2 and says so on stderr");
}

#[test]
fn the_little_shop_is_right() {
    let ran = Test::tiny().ok(&["check"]);
    let (said, _) = ran.stderr.split_once(" in ").expect("a sentence");
    assert_eq!(said, "ok: 8 models, 2 sources, 3 marts, checked without reading data");
    assert_eq!(ran.stdout, "");
}

#[test]
fn problems_in_two_files_are_said_together() {
    check(
        &[
            (MONTHLY, "sum(net_amount)", "sum(net_amont)"),
            (VALUE, "customers.customer_key,", "customers.customer_kee,"),
        ],
        expect![[r#"
        error[S0204]: model `customer_value` reads an unknown column
         --> sql/marts/customer_value.sql:5:5
          |
        5 |     customers.customer_kee,
          |     ^^^^^^^^^^^^^^^^^^^^^^ `customers` has no column `customer_kee`
          |
        help: did you mean `customer_key`?

        error[S0204]: model `monthly_sales` reads an unknown column
         --> sql/marts/monthly_sales.sql:6:14
          |
        6 |     cast(sum(net_amont) as decimal(38, 2)) as net_sales
          |              ^^^^^^^^^ no column `net_amont`
          |
        help: did you mean `net_amount`?

        2 errors, 0 warnings
    "#]],
    );
}

#[test]
fn problems_in_yaml_of_two_files_are_said_together() {
    check(
        &[(PIPELINE, "currency: EUR", "currency: euro"), (CONTRACT, "grain: [month]", "grain: [mont]")],
        expect![[r#"
            error[S0109]: `euro` is not a currency code
             --> pipelines/shop.yaml:4:11
              |
            4 | currency: euro
              |           ^^^^
              |
            help: use three capital letters of ISO 4217, such as CNY

            error[S0130]: `monthly_sales` has no column `mont`, which its grain names
              --> sql/contract.yaml:45:13
               |
            45 |     grain: [mont]
               |             ^^^^
               |
            help: did you mean `month`?

            2 errors, 0 warnings
        "#]],
    );
}

#[test]
fn check_as_json_is_one_document() {
    let test = Test::tiny();
    test.edit(MONTHLY, "sum(net_amount)", "sum(net_amont)");
    let ran = test.septet(&["check", "--output", "json"]);
    assert_eq!(ran.code, 2);
    expect![[r#"
        {"version":1,"diagnostics":[{"severity":"error","code":"S0204","message":"model `monthly_sales` reads an unknown column","path":"sql/marts/monthly_sales.sql","line":6,"column":14,"label":"no column `net_amont`","help":"did you mean `net_amount`?"}],"errors":1,"warnings":0}
    "#]].assert_eq(&ran.stdout);
    assert!(serde_json::from_str::<serde_json::Value>(&ran.stdout).is_ok());
}

#[test]
fn a_run_of_a_wrong_project_ends_with_2_and_the_last_line() {
    let test = Test::tiny();
    test.edit(MONTHLY, "sum(net_amount)", "sum(net_amont)");
    let ran = test.septet(&["run"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert_eq!(ran.last_line(), "Done. PASS=0 WARN=0 ERROR=1 SKIP=0 TOTAL=1");
    assert!(!test.path("marts").exists() && !test.path("marts.store").exists(), "a wrong project leaves nothing");
}
