//! Records that cannot be read: set aside with their place and reason, counted, and shown nowhere else.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::door::{Ran, Test};

/// What is planted in bad records and must be seen in the quarantine file alone.
const CANARIES: [&str; 3] = ["Karlotta Kanarienvogel", "kanari@example.org", "+49 30 5550199"];

/// Where the last run put what it set aside.
fn quarantine(test: &Test, source: &str) -> std::path::PathBuf {
    let run = super::text(&test.results()["run_id"]);
    test.path(&format!("target/quarantine/{run}/{source}.parquet"))
}

fn rejects(test: &Test, source: &str) -> Vec<[String; 6]> {
    let file = std::fs::File::open(quarantine(test, source)).expect("a quarantine file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build()).expect("Parquet");
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.expect("rows");
        let lines = batch.column_by_name("line").expect("line").as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let of = |column: &str| cell(&batch, column, row);
            rows.push([
                of("file"),
                lines.value(row).to_string(),
                of("column"),
                of("reason"),
                of("expected"),
                of("raw"),
            ]);
        }
    }
    rows
}

fn cell(batch: &RecordBatch, column: &str, row: usize) -> String {
    let texts = batch.column_by_name(column).unwrap_or_else(|| panic!("{column}")).as_string::<i32>();
    if texts.is_null(row) { String::new() } else { texts.value(row).to_owned() }
}

#[test]
fn bad_row_is_set_aside_with_its_place_and_reason() {
    let test = Test::tiny();
    test.append("raw/orders-2026-02.csv", "o7,1,c1,2026-02-30,12.00\n");
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("  quarantined 1 rows: septet quarantine show orders\n"), "{}", ran.stderr);
    let rows = rejects(&test, "orders");
    assert_eq!(rows.len(), 1);
    let [file, line, column, reason, expected, raw] = &rows[0];
    assert_eq!(
        (file.as_str(), line.as_str(), column.as_str(), reason.as_str()),
        ("orders-2026-02.csv", "5", "ordered_on", "not_a_date")
    );
    assert!(expected.contains("%Y-%m-%d"), "{expected}");
    assert_eq!(raw, "o7,1,c1,2026-02-30,12.00");
    assert_eq!(test.query("select count(*) as n from fct_sale"), "n\n6\n");
    assert_eq!(
        test.query("select count(*) as n from reconciliation where missing <> 0 or difference <> 0"),
        "n\n0\n",
        "it is accounted for"
    );
}

#[test]
fn share_of_bad_rows_that_is_too_great_fails_the_run() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.append("raw/orders-2026-02.csv", "o7,1,c1,2026-02-20,many\no8,,c1,2026-02-20,1.00\n");
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("error[S0405]: source `orders`: 2 of 8 records cannot be read, more than the share of 0.2"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("`septet quarantine show orders` says why"), "{}", ran.stderr);
    assert_eq!(test.release(), 1);
    let said: Vec<[String; 3]> =
        rejects(&test, "orders").into_iter().map(|[_, line, column, reason, ..]| [line, column, reason]).collect();
    assert_eq!(said, [["5", "amount", "not_a_number"], ["6", "line_no", "missing"]]);
}

#[test]
fn ragged_row_and_open_quote_are_set_aside() {
    let test = Test::tiny();
    test.append("raw/customers.csv", "c4,Dee\n");
    test.edit("pipelines/shop.yaml", "      acquired_on:   { from: [since], type: date, format: \"%Y-%m-%d\" }\n", "      acquired_on:   { from: [since], type: date, format: \"%Y-%m-%d\" }\n    on_bad_row: { fail_above: 0.5 }\n");
    test.ok(&["run"]);
    let [_, line, _, reason, ..] = &rejects(&test, "customers")[0];
    assert_eq!((line.as_str(), reason.as_str()), ("5", "ragged"));
}

#[test]
fn number_of_bad_rows_that_is_too_great_fails_the_run() {
    let test = Test::tiny();
    test.edit("pipelines/shop.yaml", "{ fail_above: 0.2 }", "{ fail_above: 0.9, fail_above_rows: 1 }");
    test.append("raw/orders-2026-02.csv", "o7,1,c1,2026-02-30,12.00\n");
    test.ok(&["run"]);
    test.append("raw/orders-2026-02.csv", "o8,1,c1,2026-02-30,12.00\n");
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 1);
    let said = "error[S0405]: source `orders`: 2 of 8 records cannot be read, more than the 1 that `on_bad_row` allows";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(test.release(), 1);
    // A limit is judged anew on what was read before.
    test.edit("pipelines/shop.yaml", "fail_above_rows: 1", "fail_above_rows: 2");
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("orders                   unchanged"), "only the limit changed: {}", ran.stderr);
}

/// Runs in the order they are listed: run, source, records, quarantined, reasons.
fn listed(test: &Test, source: &str) -> Vec<(String, u64, u64, serde_json::Value)> {
    let ran = test.ok(&["quarantine", "ls", "--limit", "100", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one document on stdout");
    let mut out = Vec::new();
    for run in document["runs"].as_array().expect("runs") {
        for of in run["sources"].as_array().expect("sources").iter().filter(|of| of["name"] == source) {
            let number = |key: &str| of[key].as_u64().expect("a number");
            out.push((super::text(&run["run_id"]), number("records"), number("quarantined"), of["reasons"].clone()));
        }
    }
    out
}

#[test]
fn corrected_file_fixes_the_count_of_the_next_run() {
    let test = Test::tiny();
    test.append("raw/orders-2026-02.csv", "o7,1,c1,2026-02-30,12.00\n");
    test.ok(&["run", "--run-id", "bad"]);
    test.edit("raw/orders-2026-02.csv", "2026-02-30", "2026-02-28");
    test.ok(&["run", "--run-id", "mended"]);
    let one = serde_json::json!({ "not_a_date": 1 });
    assert_eq!(
        listed(&test, "orders"),
        [("mended".into(), 7, 0, serde_json::json!({})), ("bad".into(), 7, 1, one)],
        "the newest run first"
    );
    let ran = test.ok(&["quarantine", "ls"]);
    assert!(ran.stdout.contains("not_a_date 1") && ran.stdout.contains("mended"), "{}", ran.stdout);
    // The newest run has none; the one before still has its own.
    let ran = test.ok(&["quarantine", "show", "orders", "--format", "csv"]);
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (1, "run mended set no record of orders aside\n"));
    let ran = test.ok(&["quarantine", "show", "orders", "--run", "bad", "--format", "csv"]);
    assert!(
        ran.stdout.starts_with("file,line,column,reason,expected,raw\norders-2026-02.csv,5,ordered_on,not_a_date,")
    );
    assert!(ran.stdout.ends_with(",\"o7,1,c1,2026-02-30,12.00\"\n"), "{}", ran.stdout);
}

#[test]
fn quarantined_records_are_exported() {
    let test = Test::tiny();
    test.edit("pipelines/shop.yaml", "fail_above: 0.2", "fail_above: 0.9");
    test.append(
        "raw/orders-2026-02.csv",
        "o7,1,c1,2026-02-30,12.00\no8,1,c1,2026-02-20,many\no9,1,c1,2026-02-31,1.00\n",
    );
    test.ok(&["run"]);
    let ran = test.ok(&["quarantine", "export", "orders", "--to", "bad.csv"]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "3 records in bad.csv\n"));
    let csv = test.read("bad.csv");
    assert_eq!(csv.lines().count(), 4, "{csv}");
    test.ok(&["quarantine", "export", "orders", "--to", "bad.json", "--reason", "not_a_number"]);
    let json: serde_json::Value = serde_json::from_str(&test.read("bad.json")).expect("JSON");
    assert_eq!((json.as_array().map(Vec::len), &json[0]["line"]), (Some(1), &serde_json::json!(6)));
    test.ok(&["quarantine", "export", "orders", "--to", "bad.parquet"]);
    let shown =
        test.ok(&["quarantine", "show", "orders", "--limit", "2", "--reason", "not_a_date", "--output", "json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(shown.as_array().map(|rows| (rows.len(), rows[1]["line"].clone())), Some((2, 7.into())));
    for (arguments, said) in [
        (["quarantine", "show", "order"].as_slice(), "help: did you mean `orders`?"),
        (
            &["quarantine", "show", "orders", "--run", "never"],
            "error[S0416]: no run `never` that read source `orders` is kept",
        ),
        (&["quarantine", "export", "orders", "--to", "bad.xlsx"], "error[S0417]: `.xlsx` is not a format"),
    ] {
        let ran = test.septet(arguments);
        assert!(ran.code == 2 && ran.stderr.contains(said), "{}", ran.stderr);
    }
}

#[test]
fn quarantine_of_old_runs_goes() {
    let test = Test::tiny();
    for (pipeline, runs) in [("shop", 25), ("other", 3)] {
        for number in 0..runs {
            let counts = serde_json::json!({ "version": 1, "run_id": format!("{pipeline}{number}"), "pipeline": pipeline,
                "as_of": "2026-01-01", "started_at": format!("2026-01-01T00:{number:02}:00Z"),
                "sources": [{ "name": "orders", "records": 1, "quarantined": 0, "reasons": {} }] });
            test.write(&format!("target/quarantine/{pipeline}{number}/quarantine.json"), counts.to_string());
        }
    }
    test.ok(&["run", "--run-id", "now"]);
    let runs: Vec<String> = listed(&test, "orders").into_iter().map(|(run, ..)| run).collect();
    assert_eq!(runs.len(), 20 + 3, "twenty of this pipeline, all of the other: {runs:?}");
    assert_eq!((runs[0].as_str(), runs[1].as_str()), ("now", "shop24"));
    assert!(test.path("target/quarantine/shop6").exists() && !test.path("target/quarantine/shop5").exists());
}

fn no_canary(test: &Test, ran: &Ran) {
    let mut shown = vec![("stdout", ran.stdout.clone()), ("stderr", ran.stderr.clone())];
    for file in ["target/run_results.json", "target/manifest.json"] {
        shown.push((file, if test.path(file).exists() { test.read(file) } else { String::new() }));
    }
    for (place, text) in shown {
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} in {place}:\n{text}");
        }
    }
}

#[test]
fn personal_data_of_a_bad_row_is_nowhere_else() {
    for arguments in [
        ["run"].as_slice(),
        &["run", "--output", "json"],
        &["run", "--log-format", "json"],
        &["run", "--log-level", "debug"],
    ] {
        let test = Test::tiny();
        let [name, email, phone] = CANARIES;
        test.append("raw/customers.csv", &format!("c4,{name},{email},{phone}\n"));
        test.append("raw/orders-2026-02.csv", &format!("{name},{phone},{email},2026-02-20,1.00\n"));
        let ran = test.septet(arguments);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        no_canary(&test, &ran);
        assert!(rejects(&test, "customers")[0][5].contains(name), "the quarantine has it");
    }
}

#[test]
fn personal_data_in_a_failing_cast_is_not_shown() {
    for cast in [
        "cast(customer_name as bigint)",
        "cast(cast(customer_name as date) as bigint)",
        "cast(cast(email as decimal(18, 2)) as bigint)",
        "cast(to_timestamp(customer_name) as bigint)",
    ] {
        let test = Test::tiny();
        let [name, email, _] = CANARIES;
        test.append("raw/customers.csv", &format!("c4,{name},{email},2026-02-02\n"));
        test.edit("sql/core/customer.sql", "cast(1 as bigint) as source_records", &format!("{cast} as source_records"));
        let ran = test.septet(&["run"]);
        assert_eq!(ran.code, 1, "{cast}: {}", ran.stderr);
        no_canary(&test, &ran);
    }
}

#[test]
fn personal_data_in_a_failing_test_is_not_shown() {
    let test = Test::tiny();
    let [name, email, _] = CANARIES;
    // The name becomes the key, twice: the grain and the test `unique` fail on it.
    test.append("raw/customers.csv", &format!("c4,{name},{email},2026-02-02\nc5,{name},{email},2026-02-03\n"));
    test.edit("sql/core/customer.sql", "customer_id as customer_key", "customer_name as customer_key");
    let ran = test.septet(&["run"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    no_canary(&test, &ran);
}

#[test]
fn personal_data_in_a_partition_value_is_not_shown() {
    let test = Test::tiny();
    let [name, email, _] = CANARIES;
    test.append("raw/customers.csv", &format!("c4,{name},{email},2026-02-02\n"));
    test.append("raw/orders-2026-02.csv", &format!("{name},1,c1,2026-02-20,1.00\n"));
    test.edit("sql/marts/monthly_sales.sql", "to_char(ordered_on, '%Y-%m') as month", "order_id as month");
    let ran = test.septet(&["run"]);
    assert_ne!(ran.code, 0, "a name is no month");
    no_canary(&test, &ran);
}
