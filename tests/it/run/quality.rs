//! Data tests of every kind: they pass, warn, and keep a run from publishing; and how old data may be.

use crate::door::{Ran, Test};

const CONTRACT: &str = "sql/contract.yaml";
const EMAIL: &str = "email:          { type: string, about: E-mail address. }";
const SALE_COLUMNS: &str = "      net_amount:   { type: \"decimal(18,2)\", about: Amount of the line. }\nmarts:";

/// Runs the little shop with a test of a column of `dim_customer`.
fn with_email_test(written: &str, breaks: impl Fn(&Test)) -> (Test, Ran) {
    let test = Test::tiny();
    test.edit(CONTRACT, EMAIL, &EMAIL.replace(" }", &format!(", tests: [{written}] }}")));
    breaks(&test);
    let ran = test.septet(&["run"]);
    (test, ran)
}

fn with_sale_test(written: &str) -> Test {
    let test = Test::tiny();
    test.edit(
        CONTRACT,
        SALE_COLUMNS,
        &SALE_COLUMNS.replace("marts:", &format!("    tests:\n      - {written}\nmarts:")),
    );
    test
}

fn shown(test: &Test, name: &str) -> String {
    test.ok(&["quarantine", "failures", name, "--format", "csv"]).stdout
}

fn warned(ran: &Ran) -> usize {
    let last = ran.last_line();
    let number = last.split("WARN=").nth(1).and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{last}"))
}

#[test]
fn every_test_of_a_column_has_a_severity() {
    let rows = "c4,Dee,ada@example.org,2026-01-01\nc5,Eve,,2026-01-02\nc6,Fay,fay@example.net,2026-01-02\n";
    let break_emails = |test: &Test| {
        test.append("raw/customers.csv", rows);
    };
    let written = "{ not_null: { severity: warn } }, { unique: { severity: warn } }, \
        { one_of: { values: [ada@example.org, ben@example.org, cyd@example.org], severity: warn } }, \
        { matches: { pattern: '[^@]+@[^@]+\\.org', severity: warn } }";
    let (test, ran) = with_email_test(written, break_emails);
    assert_eq!((ran.code, warned(&ran)), (0, 8), "four tests, each said as a warning too: {}", ran.stderr);
    // One e-mail address too many is one failure, and two rows that have it.
    let kinds = [
        ("not_null", 1, 1, "c5,"),
        ("unique", 1, 2, "c1,ada@example.org"),
        ("one_of", 1, 1, "c6,fay@example.net"),
        ("matches", 1, 1, "c6,fay@example.net"),
    ];
    for (kind, failed, kept, first) in kinds {
        let said =
            format!("{failed} rows of `dim_customer` fail the test `email {kind}`; `septet quarantine failures`");
        assert!(ran.stderr.contains(&said), "{kind}: {}", ran.stderr);
        let rows = shown(&test, &format!("dim_customer.email.{kind}"));
        let lines: Vec<&str> = rows.lines().collect();
        assert_eq!((lines[0], lines[1], lines.len()), ("customer_key,email", first, kept + 1), "{kind}");
    }
    assert_eq!(test.commit(1)["marts"]["dim_customer"]["tests_warned"], 4);
    let (test, ran) = with_email_test(&written.replace("severity: warn", "severity: error"), break_emails);
    assert_eq!((ran.code, ran.stderr.matches("error[S0408]").count()), (1, 4), "{}", ran.stderr);
    assert!(!test.path("marts/current").exists());
}

#[test]
fn short_and_long_forms_say_the_same() {
    let written = [
        "not_null",
        "unique",
        "{ not_null: {} }",
        "{ one_of: [ada@example.org, ben@example.org, cyd@example.org] }",
        "{ one_of: { values: [ada@example.org, ben@example.org, cyd@example.org] } }",
        "{ matches: '[a-z]+@example\\.org' }",
        "{ matches: { pattern: '(?x) [a-z]+ @example\\.org # a comment' } }",
        "{ matches: { pattern: '[a-z]{3}@example.org|no' } }",
        "{ references: customer.email }",
        "{ references: { to: core.customer.email } }",
    ];
    let (test, ran) = with_email_test(&written.join(", "), |_| {});
    assert_eq!((ran.code, warned(&ran)), (0, 0), "{}", ran.stderr);
    let tables = test.results()["tables"].clone();
    let customers = tables.as_array().expect("tables").iter().find(|table| table["name"] == "dim_customer");
    let tests = customers.and_then(|table| table["tests"].as_array()).expect("tests").len();
    assert_eq!(tests, written.len() + 3, "the grain, and two of the key");
}

#[test]
fn a_pattern_matches_the_whole_value() {
    let written = "{ matches: 'example' }, { matches: 'ada|@example.org' }, { matches: '[a-z]+@example\\.or' }";
    let (test, ran) = with_email_test(written, |_| {});
    let said = "error[S0408]: 3 rows of `dim_customer` fail the test `email matches`";
    assert_eq!((ran.code, ran.stderr.matches(said).count()), (1, 3), "{}", ran.stderr);
    for number in ["", "_2", "_3"] {
        assert_eq!(shown(&test, &format!("dim_customer.email.matches{number}")).lines().count(), 4);
    }
}

#[test]
fn references_are_held_against_another_table() {
    // Tested against a mart that is built later than the table itself.
    let test = Test::tiny();
    test.edit(
        CONTRACT,
        "references: customer }",
        "references: customer, tests: [{ references: { to: marts.customer_value.customer_key, severity: warn } }] }",
    );
    let ran = test.ok(&["run"]);
    assert_eq!(warned(&ran), 0, "{}", ran.stderr);
    test.edit(
        "sql/marts/customer_value.sql",
        "from core.customer as customers\n",
        "from (select * from core.customer where customer_key <> 'c3') as customers\n",
    );
    let ran = test.ok(&["run"]);
    // Sales are carried over, and still tested: what they are held against is new.
    assert!(ran.stderr.contains("2 rows of `fct_sale` fail the test `customer_key references`"), "{}", ran.stderr);
    assert_eq!(shown(&test, "fct_sale.customer_key.references"), "order_id,line_no,customer_key\no4,1,c3\no4,2,c3\n");
    let tables = test.results()["tables"].clone();
    let sale =
        tables.as_array().expect("tables").iter().find(|table| table["name"] == "fct_sale").expect("sales").clone();
    assert_eq!((&sale["status"], &sale["tests"][0]["outcome"]), (&"carried".into(), &"warn".into()));
    test.edit(CONTRACT, "customer_key, severity: warn", "customer_key, severity: error");
    let ran = test.septet(&["run"]);
    assert!(ran.code == 1 && ran.stderr.contains("error[S0408]: 2 rows of `fct_sale`"), "{}", ran.stderr);
}

#[test]
fn query_gives_the_offenders() {
    let test = with_sale_test(
        "{ name: one_customer, sql: \"select order_id, count(distinct customer_key) as n from core.sale where ordered_on <= $as_of group by order_id having count(distinct customer_key) > 1\" }",
    );
    assert_eq!(warned(&test.ok(&["run"])), 0);
    test.append("raw/orders-2026-02.csv", "o4,3,c1,2026-02-11,1.00\no3,2,c2,2026-02-10,1.00\n");
    let ran = test.septet(&["run"]);
    assert!(
        ran.code == 1 && ran.stderr.contains("error[S0408]: 2 rows of `fct_sale` fail the test `one_customer`"),
        "{}",
        ran.stderr
    );
    assert_eq!(shown(&test, "fct_sale.one_customer"), "order_id,n\no3,2\no4,2\n");
    assert_eq!(test.release(), 1);
    let listed = test.ok(&["quarantine", "failures"]).stdout;
    assert!(listed.contains("fct_sale.one_customer") && listed.lines().count() == 2, "{listed}");
    // What is mended is not shown as failing.
    test.edit("raw/orders-2026-02.csv", "o4,3,c1,2026-02-11,1.00\no3,2,c2,2026-02-10,1.00\n", "");
    test.write("raw/orders-2026-03.csv", super::MARCH);
    test.ok(&["run"]);
    assert_eq!(test.ok(&["quarantine", "failures"]).stdout, "no row fails a data test\n");
}

#[test]
fn failing_rows_are_the_first_of_the_grain() {
    let test = with_sale_test("{ name: small, expression: net_amount < 0.5, severity: warn }");
    let lines: String = (0..1500).rev().map(|n| format!("x{n:04},1,c1,2026-02-28,1.00\n")).collect();
    test.append("raw/orders-2026-02.csv", &lines);
    let ran = test.ok(&["run", "--threads", "2"]);
    assert!(ran.stderr.contains("1506 rows of `fct_sale` fail the test `small`"), "{}", ran.stderr);
    let rows = test.ok(&["quarantine", "failures", "fct_sale.small", "--limit", "5000", "--format", "csv"]).stdout;
    let rows: Vec<&str> = rows.lines().collect();
    assert_eq!((rows.len(), rows[0], rows[1]), (1001, "order_id,line_no,net_amount", "o1,1,10.00"));
    assert_eq!(rows[1000], "x0993,1,1.00");
}

#[test]
fn failing_rows_of_another_pipeline_stay() {
    let test = with_sale_test("{ name: small, expression: net_amount < 0.5, severity: warn }");
    let other = test.read("pipelines/shop.yaml").replace("name: shop", "name: other").replace(":-marts", ":-other");
    test.write("pipelines/other.yaml", other);
    test.ok(&["run", "shop"]);
    assert!(shown(&test, "fct_sale.small").starts_with("order_id,"));
    test.ok(&["run", "other"]);
    let listed = || test.ok(&["quarantine", "failures"]).stdout;
    assert!(listed().contains("other/fct_sale.small") && listed().contains("shop/fct_sale.small"), "{}", listed());
    assert_eq!(shown(&test, "shop/fct_sale.small"), shown(&test, "other/fct_sale.small"));
    // What one of them does again is its own business.
    test.edit("pipelines/other.yaml", "    amount: amount\n", "    amount: amount\n    keep_when: amount < 0.5\n");
    test.write("raw/orders-2026-03.csv", "order_id,line_no,customer_id,ordered_on,amount\no9,1,c1,2026-03-05,0.25\n");
    test.ok(&["run", "other"]);
    assert!(listed().contains("fct_sale.small") && listed().lines().count() == 2, "{}", listed());
    assert!(test.path("target/failures/shop/fct_sale.small.parquet").is_file());
    assert!(!test.path("target/failures/other/fct_sale.small.parquet").exists());
}

/// What is carried over is as it was when it was built, tests and all.
#[test]
fn etl_status_is_of_the_last_build() {
    let test = Test::tiny();
    let status = "  etl_status:\n    folder: scorecard\n    about: State of every mart.\n    engine: true\n    grain: [mart]\n    \
                  columns:\n      mart: { type: string, about: Mart. }\n      release: { type: bigint, about: Release. }\n      \
                  as_of: { type: date, about: Day. }\n      rows: { type: bigint, about: Rows. }\n      \
                  tests_passed: { type: bigint, about: Passed. }\n      tests_warned: { type: bigint, about: Warned. }\n";
    test.append(CONTRACT, status);
    let agrees =
        "{ name: agrees, sql: \"select 1 as n from marts.customer_value having count(*) > 3\", severity: warn }";
    test.edit(CONTRACT, "driven_by: sale\n", &format!("driven_by: sale\n    tests:\n      - {agrees}\n"));
    test.ok(&["run"]);
    let lines = |mart: &str| {
        let sql = "select release, rows, tests_passed, tests_warned from etl_status where mart = ";
        test.query(&format!("{sql}'{mart}'")).lines().nth(1).unwrap_or_default().to_owned()
    };
    let (sales, customers) = (lines("monthly_sales"), lines("customer_value"));
    assert!(sales.starts_with("1,") && sales.ends_with(",0") && customers.starts_with("1,"), "{sales} {customers}");
    test.append("raw/customers.csv", "c8,Gil,gil@example.org,2026-01-02\n");
    let ran = test.ok(&["run"]);
    // The test of the table that was carried over warns, and yet its line is that of its build.
    assert!(ran.stderr.contains("`monthly_sales` fail the test `agrees`"), "{}", ran.stderr);
    assert_eq!(lines("monthly_sales"), sales);
    assert!(lines("customer_value").starts_with("2,"), "{}", lines("customer_value"));
}

#[test]
fn change_of_the_number_of_rows() {
    let test =
        with_sale_test("{ name: steady, row_count_change: { warn_drop: 0.1, error_drop: 0.5, error_growth: 1 } }");
    test.ok(&["run"]);
    let january = test.read("raw/orders-2026-01.csv");
    test.edit("raw/orders-2026-01.csv", "o1,2,c1,2026-01-05,20.50\n", "");
    let ran = test.ok(&["run"]);
    let said = "`fct_sale` has 5 rows, the last release has 6: a change of more than the share of 0.1 (test `steady`)";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    test.write("raw/orders-2026-01.csv", "order_id,line_no,customer_id,ordered_on,amount\n");
    test.edit("raw/orders-2026-02.csv", "o4,2,c3,2026-02-11,9.99\n", "");
    let ran = test.septet(&["run"]);
    let said = "error[S0408]: `fct_sale` has 2 rows, the last release has 5: a change of more than the share of 0.5";
    assert!(ran.code == 1 && ran.stderr.contains(said), "{}", ran.stderr);
    test.write("raw/orders-2026-01.csv", &january);
    let many: String = (0..10).map(|n| format!("y{n},1,c1,2026-02-28,1.00\n")).collect();
    test.append("raw/orders-2026-02.csv", &many);
    let ran = test.septet(&["run"]);
    assert!(ran.code == 1 && ran.stderr.contains("a change of more than the share of 1"), "{}", ran.stderr);
    assert_eq!(test.release(), 2);
}

#[test]
fn freshness_of_a_published_column() {
    let column = "ordered_on:   { type: date, about: Day of the order., tests: [not_null] }";
    for (ages, code, said) in [
        ("warn_after: 48d", 0, ""),
        (
            "warn_after: 47d",
            0,
            "the newest `ordered_on` of `fct_sale` is 48d old at the end of 2026-03-31, `warn_after` is 47d (test `ordered_on freshness`)",
        ),
        (
            "warn_after: 1w, error_after: 6w",
            1,
            "error[S0408]: the newest `ordered_on` of `fct_sale` is 48d old at the end of 2026-03-31, `error_after` is 42d",
        ),
    ] {
        let test = Test::tiny();
        test.edit(
            CONTRACT,
            column,
            &column.replace("[not_null]", &format!("[not_null, {{ freshness: {{ {ages} }} }}]")),
        );
        let ran = test.septet(&["run"]);
        assert_eq!(ran.code, code, "{ages}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{ages}: {}", ran.stderr);
        assert_eq!(warned(&ran) > 0, code == 0 && !said.is_empty(), "{ages}");
    }
}

#[test]
fn freshness_of_a_source_by_a_column() {
    let limits = "    on_bad_row: { fail_above: 0.2 }\n";
    for (ages, code, said) in [
        ("error_after: 48d", 0, ""),
        (
            "warn_after: 36h",
            0,
            "source `orders` is stale: its newest `ordered_on` is 48d old at the end of 2026-03-31, `warn_after` is 36h",
        ),
        (
            "error_after: 47d",
            1,
            "error[S0415]: source `orders` is stale: its newest `ordered_on` is 48d old at the end of 2026-03-31, `error_after` is 47d",
        ),
    ] {
        let test = Test::tiny();
        test.edit("pipelines/shop.yaml", limits, &format!("{limits}    freshness: {{ {ages}, column: ordered_on }}\n"));
        let ran = test.septet(&["run"]);
        assert_eq!(ran.code, code, "{ages}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{ages}: {}", ran.stderr);
        assert_eq!(test.path("marts/current").exists(), code == 0, "nothing is published of a stale source");
    }
}

#[test]
fn freshness_of_a_source_by_its_delivery() {
    let test = Test::tiny();
    let limits = "    on_bad_row: { fail_above: 0.2 }\n";
    test.edit(
        "pipelines/shop.yaml",
        limits,
        &format!("{limits}    freshness: {{ warn_after: 1d, error_after: 3d }}\n"),
    );
    // The day of the run is the day of the clock, or delivery says nothing about it.
    test.edit("pipelines/shop.yaml", "timezone: Europe/Berlin", "timezone: UTC");
    let now = std::time::SystemTime::now();
    let delivered = |hours: u64| {
        for file in ["raw/orders-2026-01.csv", "raw/orders-2026-02.csv"] {
            let file = std::fs::File::options().write(true).open(test.path(file)).expect("an order file");
            file.set_modified(now - std::time::Duration::from_secs(hours * 3600)).expect("its time can be set");
        }
    };
    let seconds = now.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let today = chrono::DateTime::from_timestamp(seconds as i64, 0).expect("a time").date_naive().to_string();
    let on = |day: &str| test.septet(&["run", "--logical-date", day]);
    delivered(2);
    let ran = on(&today);
    assert!(ran.code == 0 && warned(&ran) == 0, "{}", ran.stderr);
    delivered(30);
    let ran = on(&today);
    assert!(
        ran.code == 0
            && ran.stderr.contains("source `orders` is stale: its newest file came 30h ago, `warn_after` is 1d"),
        "{}",
        ran.stderr
    );
    delivered(100);
    let ran = on(&today);
    assert!(
        ran.code == 1
            && ran
                .stderr
                .contains("error[S0415]: source `orders` is stale: its newest file came 4d ago, `error_after` is 3d"),
        "{}",
        ran.stderr
    );
    let ran = on("2026-03-31");
    assert!(
        ran.code == 0 && !ran.stderr.contains("stale"),
        "an earlier day was not about today's files: {}",
        ran.stderr
    );
}

#[test]
fn tests_of_a_source() {
    let test = Test::tiny();
    test.edit("pipelines/shop.yaml", "      email:         { type: string, clean: email, class: none }\n", "      email:         { type: string, clean: email, tests: [{ matches: { pattern: '.+@example[.]org', severity: warn } }] }\n");
    let limits = "    on_bad_row: { fail_above: 0.2 }\n";
    test.edit(
        "pipelines/shop.yaml",
        limits,
        &format!("{limits}    tests:\n      - {{ name: sold, expression: amount > 0 }}\n"),
    );
    // An older version of the record is not looked at.
    test.append("raw/orders-2026-01.csv", "o9,1,c1,2026-01-05,-1.00\n");
    test.append("raw/orders-2026-02.csv", "o9,1,c1,2026-01-05,1.00\n");
    test.append("raw/customers.csv", "c4,Dee,dee@example.net,2026-01-02\n");
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("1 rows of `raw.customers` fail the test `email matches`"), "{}", ran.stderr);
    assert_eq!(shown(&test, "raw.customers.email.matches"), "customer_id,email\nc4,dee@example.net\n");
    test.append("raw/orders-2026-02.csv", "o9,2,c1,2026-01-05,0.00\n");
    let ran = test.septet(&["run"]);
    assert!(
        ran.code == 1 && ran.stderr.contains("error[S0408]: 1 rows of `raw.orders` fail the test `sold`"),
        "{}",
        ran.stderr
    );
    assert_eq!(shown(&test, "raw.orders.sold"), "order_id,line_no,amount\no9,2,0.00\n");
    assert_eq!(test.release(), 1);
}

#[test]
fn every_file_is_accounted_for() {
    let test = Test::tiny();
    test.edit("pipelines/shop.yaml", "    amount: amount\n", "    amount: amount\n    keep_when: amount < 100\n");
    // A later version of a line of January, a bad line, an empty one.
    test.append("raw/orders-2026-02.csv", "o1,1,c1,2026-01-05,11.00\no7,1,c1,2026-02-30,12.00\n\n");
    test.ok(&["run"]);
    let sources = test.results()["sources"].clone();
    let orders = sources.as_array().expect("sources").iter().find(|source| source["name"] == "orders").expect("orders");
    let expected = serde_json::json!([
        { "path": "orders-2026-01.csv", "rows_in": 3, "rows_out": 3, "quarantined": 0, "blank": 0, "skipped": 0, "duplicates_removed": 1,
            "filtered": 1, "amount_in": "180.50", "amount_out": "180.50", "amount_quarantined": "0.00" },
        { "path": "orders-2026-02.csv", "rows_in": 6, "rows_out": 4, "quarantined": 1, "blank": 1, "skipped": 0, "duplicates_removed": 0,
            "filtered": 0, "amount_in": "45.99", "amount_out": "33.99", "amount_quarantined": "12.00" },
    ]);
    assert_eq!(orders["inputs"], expected);
}
