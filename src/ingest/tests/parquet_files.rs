//! Parquet as input.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Int32Type, IntervalUnit, Schema, TimeUnit};
use bytes::Bytes;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowWriter, encode_arrow_schema};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::*;
use crate::ingest::guard::guard;

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn of(columns: &str) -> Source {
    Source { format: Format::Parquet, ..source(columns) }
}

#[test]
fn types_convert_without_loss() {
    let ns = TimestampNanosecondArray::from(vec![1_700_000_000_123_456_789, 0, -1]);
    let bytes = parquet(vec![
        ("s", Arc::new(DictionaryArray::<Int32Type>::from_iter([Some("a"), None, Some(" b ")]))),
        ("i", Arc::new(Int64Array::from(vec![Some(1), None, Some(3_000_000_000)]))),
        ("d", Arc::new(Float64Array::from(vec![0.1 + 0.2, f64::NAN, -2.6750000000000003]))),
        ("t", Arc::new(ns)),
        ("day", Arc::new(Date32Array::from(vec![0, 1, 19_000]))),
        ("u", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1]))),
        ("b", Arc::new(BooleanArray::from(vec![true, false, true]))),
    ]);
    let s = of("i string; s string; d decimal(18,3); t timestamp; day timestamp; u decimal(20,0); b string");
    check(
        &bytes,
        &s,
        &[
            "1|a|0.300|2023-11-13T14:13:20.123456Z|1969-12-31T16:00:00Z|18446744073709551615|true|1"
                .replace("2023-11-13T14", "2023-11-14T14")
                .as_str(),
            "∅|∅|∅|1969-12-31T16:00:00Z|1970-01-01T16:00:00Z|0|false|2",
            "3000000000|b|-2.675|1969-12-31T15:59:59.999999Z|2022-01-07T16:00:00Z|1|true|3",
        ],
    );
    check(&bytes, &of("i integer; day date"), &["1|1970-01-01|1", "∅|1970-01-02|2", "✗3|i|out_of_range"]);
    let got = run_files(&of("i integer"), &[("a.parquet", &bytes)], 1).unwrap();
    assert_eq!(got.rejects, "3|i|out_of_range|integer, within its range|i=3000000000");
    assert!(matches!(run_files(&of("b date"), &[("a.parquet", &bytes)], 1).err(), Some(Error::ParquetType { .. })));
    assert!(matches!(run_files(&of("x date!"), &[("a.parquet", &bytes)], 1).err(), Some(Error::MissingColumn { .. })));
}

/// What it says is what was meant; that it has more digits than the type is as it is with text.
#[test]
fn floats_are_the_numbers_that_name_them() {
    let half = Float64Array::from(vec![0.1, -2.5, 65_504.0, 0.000_2]);
    let half = arrow::compute::cast(&half, &DataType::Float16).unwrap();
    let single = Float32Array::from(vec![0.1, 1.005, 16_777_216.0, f32::NAN]);
    let double = Float64Array::from(vec![0.005, 1000.1 - 1000.0, 12_345_678.005, 1_234_567.890_000_001_5]);
    let bytes = parquet(vec![("h", half), ("s", Arc::new(single)), ("d", Arc::new(double))]);
    check(&bytes, &of("h double; s double"), &["0.1|0.1|1", "-2.5|1.005|2", "65504.0|16777216.0|3", "0.0002|∅|4"]);
    check(&bytes, &of("s decimal(18,2)"), &["0.10|1", "16777216.00|3", "∅|4", "✗2|s|too_precise"]);
    check(&bytes, &of("d decimal(18,2)"), &["0.10|2", "1234567.89|4", "✗1|d|too_precise", "✗3|d|too_precise"]);
}

/// A record with bytes that are no text, or with a NUL, is set aside; the others are read.
#[test]
fn bytes_that_are_no_text() {
    let bytes: Vec<Option<&[u8]>> = vec![Some(b"a"), Some(b"\xff\xfe"), None, Some("王".as_bytes()), Some(b"x\0y")];
    let plain: ArrayRef = Arc::new(BinaryArray::from(bytes.clone()));
    let dictionary =
        arrow::compute::cast(&plain, &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Binary)));
    let large: ArrayRef = Arc::new(LargeBinaryArray::from(bytes.clone()));
    let view: ArrayRef = Arc::new(BinaryViewArray::from(bytes));
    for array in [plain, large, view, dictionary.unwrap()] {
        let file = parquet(vec![("b", array), ("n", Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5])))]);
        check(&file, &of("n integer; b string"), &["1|a|1", "3|∅|3", "4|王|4", "✗2|b|undecodable", "✗5|b|nul_byte"]);
        let got = run_files(&of("n integer; b string"), &[("a.parquet", &file)], 1).unwrap();
        assert!(got.rejects.contains("text in UTF-8|n=2, b=\u{FFFD}\u{FFFD}"), "{}", got.rejects);
        // Nobody asked for the column.
        check(&file, &of("n integer"), &["1|1", "2|2", "3|3", "4|4", "5|5"]);
    }
}

#[test]
fn damage_is_an_error() {
    let values: Vec<String> = (0..5000).map(|n| format!("value {}", n * 7919)).collect();
    let bytes = parquet(vec![("s", Arc::new(StringArray::from(values)))]);
    for at in (0..bytes.len()).step_by(bytes.len() / 97) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0xFF;
        damaged[at.saturating_sub(1)] = 0xFF;
        // Either an error or, where nothing vouches for the bytes, rows; never a panic.
        let _ = run_files(&of("s string"), &[("a.parquet", &damaged)], 1);
    }
    for cut in [0, 1, 100, bytes.len() - 1] {
        let error = run_files(&of("s string"), &[("a.parquet", &bytes[..cut])], 1).err().unwrap();
        assert!(matches!(error, Error::Parquet { .. }), "{error}");
    }
}

/// A file with a column `t` of seconds and one of most other types, and the given text as the schema that is embedded.
fn embedding(schema: Option<String>) -> Vec<u8> {
    let seconds = TimestampSecondArray::from(vec![0, 1_700_000_000]).with_timezone("+02:00");
    let types = everything();
    let others = types.fields().iter().skip(1).map(|field| new_null_array(field.data_type(), 2));
    let columns = std::iter::once(Arc::new(seconds) as ArrayRef).chain(others).collect();
    let batch = RecordBatch::try_new(Arc::new(types), columns).unwrap();
    let pair = KeyValue { key: ARROW_SCHEMA_META_KEY.to_owned(), value: schema };
    let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![pair])).build();
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn everything() -> Schema {
    let named = |name: &str, kind: DataType| Field::new(name, kind, true);
    let (key, value) =
        (Field::new("key", DataType::Utf8, false), named("value", DataType::Time64(TimeUnit::Nanosecond)));
    Schema::new(vec![
        named("t", DataType::Timestamp(TimeUnit::Second, Some("+02:00".into()))),
        Field::new_dictionary("d", DataType::Int32, DataType::Utf8, true),
        named("n", DataType::Decimal128(18, 2)),
        Field::new_list("l", named("item", DataType::Float32), true),
        Field::new_struct("s", vec![named("i", DataType::Int16)], true),
        Field::new_map("m", "entries", key, value, false, true),
        named("v", DataType::Interval(IntervalUnit::DayTime)),
        named("b", DataType::FixedSizeBinary(3)),
        named("u", DataType::Duration(TimeUnit::Second)),
    ])
}

/// What is not in Parquet but only in the embedded schema is not guessed at when that is damaged.
#[test]
fn a_damaged_arrow_schema_is_an_error_of_the_file() {
    let sound = encode_arrow_schema(&everything());
    check(embedding(Some(sound.clone())), &of("t timestamp"), &["1970-01-01T00:00:00Z|1", "2023-11-14T22:13:20Z|2"]);
    check(embedding(None), &of("t bigint"), &["0|1", "1700000000|2"]);
    let (mut refused, mut read) = (0, 0);
    for (at, value) in (0..sound.len()).step_by(3).flat_map(|at| ["A", "b", "/"].map(|value| (at, value))) {
        let mut damaged = sound.clone();
        damaged.replace_range(at..=at, value);
        let file = Bytes::from(embedding(Some(damaged)));
        match open_parquet(file).and_then(|builder| builder.build()) {
            Ok(reader) => {
                // What is said after an error is nothing.
                let _ = guard(|| reader.take_while(Result::is_ok).for_each(drop));
                read += 1;
            }
            Err(error) => refused += usize::from(error.to_string().contains("its schema is damaged")),
        }
    }
    assert!(refused > 20 && read > 100, "{refused} refused, {read} read");
    for text in ["", "no base64!", "AAAA"] {
        let file = embedding(Some(text.to_owned()));
        let error = run_files(&of("t bigint"), &[("a.parquet", &file)], 1).err().unwrap();
        assert!(matches!(&error, Error::Parquet { path, .. } if path == "a.parquet"), "{error:?}");
    }
}

#[test]
fn seconds_and_zones() {
    let utc = TimestampSecondArray::from(vec![0, i64::MAX]).with_timezone("+02:00");
    let ms = TimestampMillisecondArray::from(vec![86_400_000, 1]);
    assert_eq!(ms.data_type(), &arrow::datatypes::DataType::Timestamp(TimeUnit::Millisecond, None));
    let bytes = parquet(vec![("t", Arc::new(utc)), ("m", Arc::new(ms))]);
    check(
        &bytes,
        &of("t timestamp; m timestamp"),
        &["1970-01-01T00:00:00Z|1970-01-01T16:00:00Z|1", "✗2|t|out_of_range"],
    );
    check(&bytes, &of("m date"), &["1970-01-02|1", "✗2|m|not_a_date"]);
}

#[test]
fn files_are_united_by_name() {
    let text = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
    let number = |value: i64| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
    let one = parquet(vec![("a", number(1)), ("b", text(vec!["x"]))]);
    let two = parquet(vec![("more", number(9)), ("b", text(vec!["y"])), ("a", number(2))]);
    let got = run_files(&of("a integer; b string"), &[("1.parquet", &one), ("2.parquet", &two)], 2).unwrap();
    assert_eq!(got.rows, "1|x|1\n2|y|1");
    let json = json(source("a integer; b string"));
    let files: [(&str, &[u8]); 2] =
        [("1.jsonl", b"{\"a\": 1, \"b\": \"x\"}"), ("2.jsonl", b"{\"c\": 0, \"b\": \"y\", \"a\": 2}")];
    assert_eq!(run_files(&json, &files, 2).unwrap().rows, "1|x|1\n2|y|1");
}
