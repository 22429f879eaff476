//! Canaries in data and secrets in the environment: only rows that somebody asks for, and the quarantine, may have them.

use std::fs;

use super::{CONTRACT, PIPELINE};
use crate::door::{Ran, Test, files_below};

/// Stands in every text that is planted.
const CANARY: &str = "kanari";
/// Numbers of records.
const NUMBERS: [&str; 3] = ["31415926", "27182818", "16180339"];
const SECRETS: [(&str, &str); 4] = [
    ("SEPTET_PRIVACY_KEY", "geheimer schluessel der hashes"),
    ("AWS_SECRET_ACCESS_KEY", "geheimer/schluessel+der+wolke"),
    ("AWS_ACCESS_KEY_ID", "AKIAGEHEIMNIS"),
    ("HTTPS_PROXY", "http://nutzer:geheimeswort@127.0.0.1:9"),
];

const CUSTOMERS: &str = "\
customer_id,name,email,since
c1,Kanari Karlotta (,kanari.one@example.org,2026-01-02
c2,\"Kanari, \"\"Ben\"\" 'x'\",kanari.two@example.org,2026-01-03
c3,Kanari Cyd,kanari.three@example.org,2026-02-01
c4,Kanari Dan,kanari.four@example.org,kanari-day
c5,Kanari Eve,kanari.five@example.org,2026-02-01,kanari,too,many
";

const ORDERS: &str = "\
order_id,line_no,customer_id,ordered_on,amount
kanari-1,1,c1,2026-01-05,10.00
31415926,2,c1,2026-01-05,27182818.00
kanari-3,1,c2,2026-01-31,kanari
kanari-4,1,c2,2026-01-32,16180339.00
kanari-5,1
,1,c2,2026-01-31,5.00
";

fn shop() -> Test {
    let mut test = Test::tiny();
    for (name, secret) in SECRETS {
        test = test.env(name, secret);
    }
    test.edit(
        PIPELINE,
        "{ from: [name], type: string, class: none }",
        "{ from: [name], type: string, class: pii.name }",
    );
    test.edit(PIPELINE, "clean: email, class: none }", "clean: email, class: pii.email }");
    test.edit(
        PIPELINE,
        "vars:\n",
        "privacy: { key_from: SEPTET_PRIVACY_KEY, policies: { pii.name: hmac, pii.email: hmac } }\nvars:\n",
    );
    test.edit(PIPELINE, "    on_bad_row: { fail_above: 0.2 }\n", "    on_bad_row: { fail_above: 1 }\n");
    test.edit(PIPELINE, "    key: [customer_id]\n", "    key: [customer_id]\n    on_bad_row: { fail_above: 1 }\n");
    test.write("raw/customers.csv", CUSTOMERS).write("raw/orders-2026-01.csv", ORDERS);
    test
}

/// Where a canary or a secret shows: in what a command said, in a name, or in a file that is not data.
fn leaks(test: &Test, ran: &Ran) -> Vec<String> {
    let secrets = SECRETS.iter().map(|(_, secret)| secret.to_string()).chain(["geheimeswort".to_owned()]);
    let secrets: Vec<String> = secrets.collect();
    let planted: Vec<String> = NUMBERS.iter().map(|n| (*n).to_owned()).chain([CANARY.to_owned()]).collect();
    let mut found = Vec::new();
    let mut look = |place: &str, text: &str, words: &[String]| {
        let text = text.to_lowercase();
        for word in words.iter().filter(|word| text.contains(&word.to_lowercase())) {
            let line = text.lines().find(|line| line.contains(&word.to_lowercase())).unwrap_or_default();
            found.push(format!("{place}: {word}: {line}"));
        }
    };
    for (place, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        look(place, text, &planted);
        look(place, text, &secrets);
    }
    for path in files_below(test.root()) {
        let place = path.display().to_string();
        look("name", &place, &planted);
        look("name", &place, &secrets);
        let bytes = fs::read(test.path(&place)).expect("a file");
        let text = String::from_utf8_lossy(&bytes);
        look(&place, &text, &secrets);
        // Raw files, releases, the quarantine and the cache of real rows are where data is.
        let is_data = place.starts_with("raw/") || place.contains(".parquet");
        if !is_data {
            look(&place, &text, &planted);
        }
    }
    found
}

fn tight(test: &Test, arguments: &[&str], code: i32) -> Ran {
    let ran = test.septet(arguments);
    let said = format!("septet {}\n{}\n{}", arguments.join(" "), ran.stdout, ran.stderr);
    assert_eq!(ran.code, code, "{said}");
    let leaks = leaks(test, &ran);
    assert!(leaks.is_empty(), "{}\n{said}", leaks.join("\n"));
    ran
}

/// The shop with another expression for the size of a customer.
fn with_size(expression: &str) -> Test {
    let test = shop();
    test.edit(
        "sql/marts/customer_value.sql",
        "case when totals.net_sales >= $big_order then 'big' else 'small' end as size",
        &format!("cast({expression} as varchar) as size"),
    );
    test.edit(CONTRACT, "tests: [{ one_of: [big, small] }] }", "class: none }");
    test
}

#[test]
fn good_run_tells_nothing_of_its_rows() {
    let test = shop();
    tight(&test, &["check"], 0);
    tight(&test, &["run", "--run-id", "first"], 0);
    assert_eq!(test.results()["sources"][0]["quarantined"], 2, "the rows are read, and the bad ones set aside");
    // Published texts are hashed; what is not personal by declaration is as it was.
    assert!(test.query("select customer_name, email from dim_customer").to_lowercase().matches(CANARY).count() == 0);
    assert!(test.ok(&["show", "core.customer"]).stdout.contains("kanari.one@example.org"), "rows that are asked for");
    let quarantine = fs::read(test.path("target/quarantine/first/customers.parquet")).expect("a quarantine");
    assert!(!quarantine.is_empty());
    for arguments in
        [&["runs"][..], &["ls"], &["run", "--full-refresh", "--log-format", "json"], &["run", "--output", "json"]]
    {
        tight(&test, arguments, 0);
    }
    tight(&test, &["run", "--full-refresh", "--log-level", "debug"], 0);
    tight(&test, &["run", "--full-refresh", "--log-level", "trace", "--log-format", "json"], 0);
}

#[test]
fn run_with_too_many_bad_rows() {
    let test = shop();
    test.edit(PIPELINE, "    key: [customer_id]\n    on_bad_row: { fail_above: 1 }\n", "    key: [customer_id]\n");
    let ran = tight(&test, &["run"], 1);
    assert!(ran.stderr.contains("error[S0405]"), "{}", ran.stderr);
    tight(&test, &["run", "--log-format", "json", "--log-level", "debug"], 1);
}

#[test]
fn failing_test_names_no_row() {
    let test = shop();
    test.edit(
        CONTRACT,
        "about: Order number., tests: [not_null] }",
        "about: Order number., tests: [{ one_of: [o1] }] }",
    );
    let ran = tight(&test, &["run"], 1);
    assert!(ran.stderr.contains("error[S0408]"), "{}", ran.stderr);
}

#[test]
fn repeated_grain_names_no_row() {
    let test = shop();
    test.edit(PIPELINE, "    key: [order_id, line_no]\n", "");
    test.append("raw/orders-2026-01.csv", "kanari-1,1,c1,2026-01-05,10.00\n");
    tight(&test, &["run"], 1);
}

/// All kinds of failures are in the tests of the engine's messages; these go the whole way.
#[test]
fn failing_models_name_no_value() {
    let sale = |expression: &str| format!("(select max({expression}) from core.sale as s)");
    let expressions = [
        "cast(customers.email as integer)".to_owned(),
        "to_date(customers.customer_name, '%Y')".to_owned(),
        "regexp_like(customers.email, customers.customer_name)".to_owned(),
        sale("1 / (s.net_amount - s.net_amount)"),
        sale("cast(s.net_amount as decimal(3, 2))"),
    ];
    let mut said = Vec::new();
    for expression in expressions {
        let test = with_size(&expression);
        let ran = test.septet(&["run", "--log-format", "json"]);
        let found = leaks(&test, &ran);
        assert!(found.is_empty(), "{expression}\n{}", found.join("\n"));
        let message = ran.stderr.lines().find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(format!("{} {}", line["code"].as_str()?, line["message"].as_str()?))
        });
        said.push(format!("{} {expression}: {}", ran.code, message.unwrap_or_default()));
    }
    expect_test::expect![[r#"
        1 cast(customers.email as integer): S0402 marts.customer_value failed: Arrow error: Cast error: Cannot cast string '…' to value of Int32 type
        1 to_date(customers.customer_name, '%Y'): S0402 marts.customer_value failed: Execution error: Error parsing timestamp from '…' input contains invalid characters
        1 regexp_like(customers.email, customers.customer_name): S0402 marts.customer_value failed: Arrow error: Compute error: Regular expression did not compile: '…'
        1 (select max(1 / (s.net_amount - s.net_amount)) from core.sale as s): S0402 marts.customer_value failed: Arrow error: Divide by zero error
        1 (select max(cast(s.net_amount as decimal(3, 2))) from core.sale as s): S0402 marts.customer_value failed: Arrow error: Invalid argument error: '…' is too large to store in a Decimal128 of precision '…' is '…'"#]].assert_eq(&said.join("\n"));
}

#[test]
fn broken_files_are_named_without_what_is_in_them() {
    let broken: [(&str, Vec<u8>); 4] = [
        ("undecodable", b"customer_id,name,email,since\nc1,Kanari \xff\xfe,kanari@example.org,2026-01-02\n".to_vec()),
        ("unclosed quote", b"customer_id,name,email,since\nc1,\"Kanari,kanari@example.org,2026-01-02\n".to_vec()),
        ("no rows", b"customer_id,name,email,since\n".to_vec()),
        ("NUL", b"customer_id,name,email,since\nc1,Kanari\0x,kanari@example.org,2026-01-02\n".to_vec()),
    ];
    for (what, bytes) in broken {
        let test = shop();
        test.write("raw/customers.csv", bytes);
        let ran = test.septet(&["run"]);
        let found = leaks(&test, &ran);
        assert!(found.is_empty(), "{what}\n{}\n{}", found.join("\n"), ran.stderr);
    }
}

#[test]
fn gzip_that_ends_early_and_no_gzip_at_all() {
    let test = shop();
    test.edit(PIPELINE, "    path: customers.csv\n", "    path: customers*\n");
    test.write("raw/customers-2.csv.gz", b"Kanari, this is no gzip");
    tight(&test, &["run"], 1);
}

#[test]
fn storage_with_a_password_is_not_shown() {
    for url in ["s3://nutzer:geheimeswort@eimer/raw", "https://nutzer:geheimeswort@127.0.0.1:9/raw"] {
        let test = shop();
        test.edit(PIPELINE, "  raw: raw\n", &format!("  raw: {url}\n"));
        // The project's own text may have it; what is said of it may not.
        let ran = test.septet(&["run"]);
        assert_ne!(ran.code, 0);
        assert!(!ran.stderr.contains("geheimeswort") && !ran.stdout.contains("geheimeswort"), "{}", ran.stderr);
        for path in files_below(test.root())
            .into_iter()
            .filter(|path| path.starts_with("target") || path.starts_with("marts.store"))
        {
            let text = fs::read(test.path(&path.display().to_string())).expect("a file");
            assert!(!String::from_utf8_lossy(&text).contains("geheimeswort"), "{}", path.display());
        }
    }
}
