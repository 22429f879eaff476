//! What programs read: documents on stdout, lines on stderr, files in `target/`.

use serde_json::Value;

use super::with_march;
use crate::door::Test;

#[test]
fn output_json_is_one_document() {
    let test = Test::tiny();
    for (status, change) in [("published", false), ("nothing_to_do", false), ("published", true)] {
        if change {
            with_march(&test);
        }
        let ran = test.ok(&["run", "--output", "json"]);
        let document: Value = serde_json::from_str(&ran.stdout).expect("one document on stdout");
        assert_eq!(document["version"], 1);
        assert_eq!(document["status"], status);
        assert_eq!(document, test.results(), "the file says the same");
    }
}

#[test]
fn output_json_of_a_failing_run_is_one_document() {
    let test = Test::tiny();
    test.edit("sql/core/sale.sql", "from staging.order_line\n", "from staging.order_line\nwhere order_id <> 'o4'\n");
    let ran = test.septet(&["run", "--output", "json"]);
    assert_eq!(ran.code, 1);
    let document: Value = serde_json::from_str(&ran.stdout).expect("one document on stdout");
    assert_eq!(document["status"], "failed");
    let errors = document["errors"].as_array().expect("errors");
    assert!(
        errors.iter().any(|error| error.as_str().is_some_and(|error| error.contains("rows_reconcile"))),
        "{errors:?}"
    );
}

#[test]
fn output_json_of_a_project_that_is_wrong_is_one_document() {
    let test = Test::tiny();
    test.edit("sql/core/sale.sql", "net_amount", "net_amont");
    let ran = test.septet(&["run", "--output", "json"]);
    assert_eq!(ran.code, 2);
    let document: Result<Value, _> = serde_json::from_str(&ran.stdout);
    assert!(document.is_ok(), "a program that reads stdout gets a document: `{}`", ran.stdout);
}

fn log_lines(stderr: &str) -> Vec<Value> {
    stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn log_format_json_is_one_object_a_line() {
    let test = Test::tiny();
    let ran = test.ok(&["run", "--log-format", "json", "--run-id", "monday"]);
    let lines = log_lines(&ran.stderr);
    for line in &lines {
        for key in ["ts", "level", "run_id", "event"] {
            assert!(line[key].is_string(), "{key} of {line}");
        }
        assert_eq!(line["run_id"], "monday");
    }
    assert_eq!(lines.last().map(|line| &line["event"]), Some(&"done".into()));
    let events: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    for event in ["checked", "ingested", "built", "audited", "published"] {
        assert!(events.contains(&event), "{event} of {events:?}");
    }
}

#[test]
fn log_format_json_of_a_failing_run_is_one_object_a_line() {
    let test = Test::tiny();
    test.edit("sql/core/sale.sql", "from staging.order_line\n", "from staging.order_line\nwhere order_id <> 'o4'\n");
    let ran = test.septet(&["run", "--log-format", "json"]);
    assert_eq!(ran.code, 1);
    let lines = log_lines(&ran.stderr);
    assert!(lines.iter().any(|line| line["level"] == "error" && line["code"] == "S0408"), "{}", ran.stderr);
    test.edit("sql/core/sale.sql", "net_amount", "net_amont");
    let ran = test.septet(&["run", "--log-format", "json"]);
    assert_eq!(ran.code, 2);
    assert!(log_lines(&ran.stderr).iter().any(|line| line["code"] == "S0204"), "{}", ran.stderr);
}

#[test]
fn log_format_json_says_how_it_ended() {
    let test = Test::tiny();
    for status in ["published", "nothing_to_do"] {
        let ran = test.ok(&["run", "--log-format", "json", "--run-id", status]);
        let lines = log_lines(&ran.stderr);
        let last = lines.last().expect("a line");
        assert_eq!((&last["run_id"], &last["status"]), (&status.into(), &status.into()), "{last}");
    }
}

#[test]
fn run_results_say_what_happened_to_every_table() {
    let test = Test::tiny();
    test.ok(&["run"]);
    let results = test.results();
    assert_eq!(results["pipeline"], "shop");
    assert_eq!(results["as_of"], "2026-03-31");
    assert_eq!(results["release"], 1);
    assert_eq!(results["counts"]["error"], 0);
    let sources: Vec<(&str, u64)> = results["sources"]
        .as_array()
        .expect("sources")
        .iter()
        .filter_map(|source| source["name"].as_str().zip(source["rows"].as_u64()))
        .collect();
    assert_eq!(sources, [("customers", 3), ("orders", 6)]);
    let tables = results["tables"].as_array().expect("tables");
    let value = tables.iter().find(|table| table["name"] == "customer_value").expect("customer_value");
    assert_eq!(value["rows"], 3);
    let tests: Vec<&str> =
        value["tests"].as_array().expect("tests").iter().filter_map(|test| test["name"].as_str()).collect();
    assert!(tests.contains(&"no_negative_sales") && tests.contains(&"grain (as_of, customer_key)"), "{tests:?}");
}

#[test]
fn run_results_of_a_refused_run_are_its_own() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.edit("pipelines/shop.yaml", "timezone: Europe/Berlin", "timezone: Europe/Berlim");
    assert_eq!(test.septet(&["run"]).code, 2);
    let results = test.results();
    assert_eq!(results["status"], "failed");
    assert!(results["errors"][0].as_str().expect("an error").contains("Berlim"), "{results}");
}

#[test]
fn manifest_has_the_graph() {
    let test = Test::tiny();
    test.ok(&["run"]);
    let manifest: Value = serde_json::from_str(&test.read("target/manifest.json")).expect("JSON");
    let node = &manifest["nodes"]["model.shop.marts.customer_value"];
    assert_eq!(node["resource_type"], "model");
    assert_eq!(node["path"], "sql/marts/customer_value.sql");
    let on: Vec<&str> =
        node["depends_on"]["nodes"].as_array().expect("nodes").iter().filter_map(Value::as_str).collect();
    assert_eq!(on, ["model.shop.core.customer", "model.shop.work.customer_total"]);
    assert_eq!(manifest["sources"]["source.shop.orders"]["path"], "orders-*.csv");
}

#[test]
fn manifest_names_only_nodes_that_it_has() {
    let test = Test::tiny();
    test.ok(&["run"]);
    let manifest: Value = serde_json::from_str(&test.read("target/manifest.json")).expect("JSON");
    for node in manifest["nodes"].as_object().expect("nodes").values() {
        for on in node["depends_on"]["nodes"].as_array().expect("nodes") {
            let on = on.as_str().expect("an id");
            let known = manifest["nodes"].get(on).is_some() || manifest["sources"].get(on).is_some();
            assert!(known, "{} depends on {on}, which is neither node nor source", node["unique_id"]);
        }
    }
}

#[test]
fn quiet_says_only_the_last_line() {
    let test = Test::tiny();
    let ran = test.ok(&["run", "--quiet"]);
    assert_eq!(ran.stderr, "Done. PASS=25 WARN=0 ERROR=0 SKIP=0 TOTAL=25\n");
}

#[test]
fn stderr_that_is_no_terminal_has_no_colours() {
    let test = Test::tiny();
    assert!(!test.ok(&["run"]).stderr.contains('\u{1b}'));
    test.edit("sql/core/sale.sql", "net_amount", "net_amont");
    assert!(!test.septet(&["run"]).stderr.contains('\u{1b}'));
}

#[test]
fn next_commands_name_tables_that_there_are() {
    let test = Test::tiny();
    let ran = test.ok(&["run"]);
    let next = ran.stderr.lines().find(|line| line.contains("next:")).unwrap_or_default();
    assert!(!next.contains("tier_table"), "the shop has no tier_table: {next}");
}

#[test]
fn rows_come_as_table_csv_json_and_parquet() {
    let test = Test::tiny();
    test.ok(&["run"]);
    let sql = "select month, net_sales from monthly_sales order by month";
    let table = test.ok(&["query", sql]).stdout;
    assert!(table.contains("| 2026-01 | 180.50"), "{table}");
    let json: Value = serde_json::from_str(&test.ok(&["query", "--format", "json", sql]).stdout).expect("JSON");
    assert_eq!(json[1]["month"], "2026-02");
    let json: Value = serde_json::from_str(&test.ok(&["query", "--output", "json", sql]).stdout).expect("JSON");
    assert_eq!(json[0]["month"], "2026-01");
    let output = test.command(&["query", "--format", "parquet", sql]).output().expect("the binary starts");
    assert!(output.stdout.starts_with(b"PAR1") && output.stdout.ends_with(b"PAR1"));
}

#[test]
fn show_computes_a_model_that_is_not_published() {
    let test = Test::tiny();
    let ran = test.ok(&["show", "staging.order_line", "--format", "csv", "--limit", "2"]);
    assert_eq!(ran.stdout.lines().count(), 3, "{}", ran.stdout);
    assert!(!test.path("marts/current").exists(), "nothing is published");
}

#[test]
fn every_flag_has_a_twin_in_the_environment() {
    let test =
        Test::tiny().env("SEPTET_LOGICAL_DATE", "2026-01-31").env("SEPTET_QUIET", "true").env("SEPTET_RUN_ID", "env");
    let ran = test.ok(&["run"]);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert_eq!(test.results()["as_of"], "2026-01-31");
    test.ok(&["run", "--logical-date", "2026-02-28", "--run-id", "flag"]);
    assert_eq!(
        (&test.results()["as_of"], &test.results()["run_id"]),
        (&"2026-02-28".into(), &"flag".into()),
        "a flag wins"
    );
}
