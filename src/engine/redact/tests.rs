//! Messages of queries that fail over a value.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, RecordBatch, StringArray};
use expect_test::expect;

use super::{WORDS, without_values};
use crate::engine::{Engine, Limits};

#[test]
fn words_are_in_order() {
    assert!(WORDS.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn values_are_left_out_and_the_rest_is_kept() {
    for (said, kept) in [
        (
            "Arrow error: Cast error: Cannot cast string 'canary' to value of Int32 type",
            "Arrow error: Cast error: Cannot cast string '…' to value of Int32 type",
        ),
        (
            "Cast error: Cannot cast string 'it's \"canary\" of 'x'' to value of Decimal128(38, 2) type",
            "Cast error: Cannot cast string '…' to value of Decimal128(38, 2) type",
        ),
        ("Cast error: Can't cast value 4711 to type Int32", "Cast error: Cannot cast value '…' to type Int32"),
        ("Arrow error: Divide by zero error", "Arrow error: Divide by zero error"),
        (
            "Arrow error: Arithmetic overflow: Overflow happened on: 4711 + 1",
            "Arrow error: Arithmetic overflow: Overflow happened on: '…'",
        ),
        (
            "Invalid argument error: 4711 is too large to store in a Decimal128 of precision 5. Max is 99999",
            "Invalid argument error: '…' is too large to store in a Decimal128 of precision '…' is '…'",
        ),
        (
            "Execution error: Error parsing timestamp from 'canary': error parsing date",
            "Execution error: Error parsing timestamp from '…' error parsing date",
        ),
        ("Execution error: Date part 'canary' not supported", "Execution error: Date part '…' not supported"),
        ("Execution error: canary flew to Lisbon", "Execution error: '…' to '…'"),
        (
            "Parser error: Invalid timezone \"canary\": failed to parse",
            "Parser error: Invalid timezone '…' failed to parse",
        ),
        ("Decimal128(canary,", "'…'"),
    ] {
        assert_eq!(without_values(said), kept, "{said}");
    }
}

/// What the run says of an expression over one row, or an empty text when it does not fail.
async fn said(engine: &Engine, expression: &str) -> String {
    let plan = engine.plan(&format!("select {expression} as x from core.p")).await.expect(expression);
    engine.rows(plan, "p").await.err().map(|error| error.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn no_failing_expression_tells_its_value() {
    let limits = Limits { threads: 1, memory: 64 << 20, spill: std::env::temp_dir() };
    let engine = Engine::new(&limits, &[]).expect("an engine");
    let numbers = Decimal128Array::from(vec![2_718_281_800]).with_precision_and_scale(18, 2).expect("decimals");
    let columns: [(&str, ArrayRef); 3] = [
        ("t", Arc::new(StringArray::from(vec!["Kanari \"O'Kanari\" ("]))),
        ("n", Arc::new(numbers)),
        ("d", Arc::new(Date32Array::from(vec![20_000]))),
    ];
    engine.register_rows("core", "p", RecordBatch::try_from_iter(columns).expect("rows")).expect("a table");
    let mut lines = Vec::new();
    for expression in [
        "cast(t as integer)",
        "cast(t as decimal(10, 2))",
        "cast(t as double)",
        "cast(t as date)",
        "cast(t as timestamp)",
        "cast(t as time)",
        "cast(t as interval)",
        "cast(t as boolean)",
        "arrow_cast(t, 'Timestamp(Second, None)')",
        "to_timestamp(t)",
        "to_timestamp(t, '%Y-%m-%d')",
        "to_date(t, '%Y')",
        "to_unixtime(t)",
        "regexp_like('x', t)",
        "regexp_replace('x', t, 'y')",
        "'x' ~ t",
        "decode(t, 'hex')",
        "decode(t, 'base64')",
        "date_trunc(t, d)",
        "1 / (n - n)",
        "cast(n as bigint) % (cast(n as bigint) - cast(n as bigint))",
        "cast(n as decimal(3, 2))",
        "cast(cast(n as bigint) * 100000 as integer)",
        "chr(cast(n as bigint))",
        "make_date(cast(n as integer), 13, 1)",
        "substr(t, 1, -1 * cast(n as bigint))",
        "factorial(cast(n as bigint))",
        "cast(n as decimal(38, 2)) * cast(99999999999999999999999999999999 as decimal(38, 0))",
        "local_timestamp(arrow_cast(d, 'Timestamp(Microsecond, Some(\"UTC\"))'), t)",
    ] {
        let said = said(&engine, expression).await;
        assert!(!said.is_empty(), "{expression} does not fail");
        let told = ["kanari", "27182818"].iter().any(|value| said.to_lowercase().contains(value));
        assert!(!told, "{expression}: {said}");
        lines.push(format!("{expression} -> {}", said.trim_start_matches("p: ")));
    }
    let own = "money_round(cast(99999999999999999999999999999999999999 as decimal(38, 0)))";
    assert_eq!(said(&engine, own).await, "p: Execution error: money_round overflows 38 digits");
    expect![[r#"
        cast(t as integer) -> Arrow error: Cast error: Cannot cast string '…' to value of Int32 type
        cast(t as decimal(10, 2)) -> Arrow error: Cast error: Cannot cast string '…' to value of Decimal128(38, 10) type
        cast(t as double) -> Arrow error: Cast error: Cannot cast string '…' to value of Float64 type
        cast(t as date) -> Arrow error: Cast error: Cannot cast string '…' to value of Date32 type
        cast(t as timestamp) -> Arrow error: Parser error: Error parsing timestamp from '…' error parsing date
        cast(t as time) -> Arrow error: Cast error: Cannot cast string '…' to value of Time64(ns) type
        cast(t as interval) -> Arrow error: Parser error: Invalid input syntax for type interval: '…'
        cast(t as boolean) -> Arrow error: Cast error: Cannot cast value '…' to value of Boolean type
        arrow_cast(t, 'Timestamp(Second, None)') -> Arrow error: Parser error: Error parsing timestamp from '…' error parsing date
        to_timestamp(t) -> Arrow error: Parser error: Error parsing timestamp from '…' error parsing date
        to_timestamp(t, '%Y-%m-%d') -> Execution error: Error parsing timestamp from '…' input contains invalid characters
        to_date(t, '%Y') -> Execution error: Error parsing timestamp from '…' input contains invalid characters
        to_unixtime(t) -> Arrow error: Parser error: Error parsing timestamp from '…' error parsing date
        regexp_like('x', t) -> Arrow error: Compute error: Regular expression did not compile: '…'
        regexp_replace('x', t, 'y') -> External error: regex parse error:
        'x' ~ t -> Arrow error: Compute error: Regular expression did not compile: '…'
        decode(t, 'hex') -> Execution error: Failed to decode from hex: '…' number of '…'
        decode(t, 'base64') -> Execution error: Failed to decode from base64: '…' Invalid symbol '…' offset '…'
        date_trunc(t, d) -> Execution error: '…' of '…' must be '…' Utf8
        1 / (n - n) -> Arrow error: Divide by zero error
        cast(n as bigint) % (cast(n as bigint) - cast(n as bigint)) -> Arrow error: Divide by zero error
        cast(n as decimal(3, 2)) -> Arrow error: Invalid argument error: '…' is too large to store in a Decimal128 of precision '…' is '…'
        cast(cast(n as bigint) * 100000 as integer) -> Arrow error: Cast error: Cannot cast value '…' to type Int32
        chr(cast(n as bigint)) -> Execution error: invalid Unicode '…' value: '…'
        make_date(cast(n as integer), 13, 1) -> Execution error: '…' value '…' is out of range
        substr(t, 1, -1 * cast(n as bigint)) -> Execution error: negative '…' not allowed: '…'
        factorial(cast(n as bigint)) -> Execution error: Overflow happened on '…'
        cast(n as decimal(38, 2)) * cast(99999999999999999999999999999999 as decimal(38, 0)) -> Arrow error: Arithmetic overflow: Overflow happened on: '…'
        local_timestamp(arrow_cast(d, 'Timestamp(Microsecond, Some("UTC"))'), t) -> Execution error: local_timestamp takes one zone for all rows"#]].assert_eq(&lines.join("\n"));
}
