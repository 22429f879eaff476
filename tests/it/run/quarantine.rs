//! Records that cannot be read: set aside with their place and reason, counted, and shown nowhere else.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::door::{Ran, Test};

/// What is planted in bad records and must be seen in the quarantine file alone.
const CANARIES: [&str; 3] = ["Karlotta Kanarienvogel", "kanari@example.org", "+49 30 5550199"];

fn rejects(test: &Test, source: &str) -> Vec<[String; 6]> {
    let file =
        std::fs::File::open(test.path(&format!("target/quarantine/{source}.parquet"))).expect("a quarantine file");
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
    assert!(
        ran.stderr.contains("quarantined 1 rows:") && ran.stderr.contains("quarantine/orders.parquet"),
        "{}",
        ran.stderr
    );
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
    assert!(ran.stderr.contains("target/quarantine/orders.parquet"), "{}", ran.stderr);
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
fn mended_file_has_no_quarantine() {
    let test = Test::tiny();
    test.append("raw/orders-2026-02.csv", "o7,1,c1,2026-02-30,12.00\n");
    test.ok(&["run"]);
    test.edit("raw/orders-2026-02.csv", "2026-02-30", "2026-02-28");
    test.ok(&["run"]);
    assert!(!test.path("target/quarantine/orders.parquet").exists(), "what is mended is not shown as bad");
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
