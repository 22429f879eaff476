//! Through one door: files in, `rows` and `rejects` out, as text.

mod blocks;
mod clocks;
mod containers;
mod documented;
mod documents;
mod formats;
mod fuzz;
mod fuzz_yaml;
mod hostile;
mod lines;
mod parquet_files;
mod values;
mod workbooks;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::sync::atomic::AtomicBool;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::column::ColumnType;
use crate::names::Name;
use crate::project::notation::Notation;
use crate::project::source::{
    Charset, Clean, ClockGap, ClockOverlap, Csv, Format, Header, Json, Key, Load, NewColumn, SourceColumn,
};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn column(text: &str, kind: &str) -> SourceColumn {
    SourceColumn {
        name: name(text),
        from: vec![text.to_owned()],
        kind: ColumnType::parse(kind).unwrap(),
        notation: Notation::Usual,
        zone: chrono_tz::Asia::Shanghai,
        clock_gap: ClockGap::Quarantine,
        clock_overlap: ClockOverlap::Earlier,
        null_words: Vec::new(),
        required: false,
        optional: false,
        clean: Vec::new(),
        max_length: None,
    }
}

/// `"id integer, name string"`.
fn source(columns: &str) -> Source {
    let columns = columns.split(';').map(|column_text| {
        let (name, kind) = column_text.trim().split_once(' ').unwrap();
        let (kind, required) = match kind.strip_suffix('!') {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        SourceColumn { required, ..column(name, kind) }
    });
    Source {
        name: name("s"),
        path: crate::pattern::PathPattern::parse("*.csv").unwrap(),
        format: Format::Csv(csv()),
        columns: columns.collect(),
        load: Load::Append,
        key: Key::None,
        order_by: None,
        deleted_when: None,
        keep_when: None,
        amount: None,
        feeds: None,
        on_new_column: NewColumn::Warn,
        fail_above: 1.0,
        fail_above_rows: None,
        freshness: None,
    }
}

fn csv() -> Csv {
    Csv {
        charset: Charset::Declared(encoding_rs::UTF_8),
        delimiter: ",".to_owned(),
        quote: Some(b'"'),
        escape: None,
        header: Header::First,
        comment: Vec::new(),
        null_words: vec!["NULL".to_owned(), "-".to_owned()],
    }
}

fn with_csv(mut source: Source, change: impl FnOnce(&mut Csv)) -> Source {
    let mut csv = csv();
    change(&mut csv);
    source.format = Format::Csv(csv);
    source
}

fn json(mut source: Source) -> Source {
    source.format = Format::JsonLines(Json {
        charset: Charset::Declared(encoding_rs::UTF_8),
        records: Vec::new(),
        null_words: Vec::new(),
    });
    source
}

struct Got {
    rows: String,
    rejects: String,
    ingested: Ingested,
    repeated: Vec<i64>,
    bytes: Vec<Vec<u8>>,
}

fn table(path: &Path, skip: &[&str]) -> String {
    let mut text = String::new();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    for batch in reader {
        let batch = batch.unwrap();
        let options = FormatOptions::default().with_null("∅");
        let schema = batch.schema();
        let shown =
            batch.columns().iter().zip(schema.fields()).filter(|(_, field)| !skip.contains(&field.name().as_str()));
        let columns: Vec<ArrayFormatter<'_>> =
            shown.map(|(column, _)| ArrayFormatter::try_new(column.as_ref(), &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
            writeln!(text, "{}", cells.join("|")).unwrap();
        }
    }
    text.trim_end().to_owned()
}

fn run_files(source: &Source, files: &[(&str, &[u8])], threads: usize) -> Result<Got, Error> {
    let directory = tempfile::tempdir().unwrap();
    let mut inputs = Vec::new();
    for (path, bytes) in files {
        let local = directory.path().join(path);
        fs::write(&local, bytes).unwrap();
        inputs.push(Input { path: (*path).to_owned(), local, size: bytes.len() as u64 });
    }
    let quarantine = directory.path().join("quarantine/s.parquet");
    let job = Job { source, inputs, out: directory.path().join("out"), quarantine: quarantine.clone() };
    let ingested = ingest(&[job], threads, &Progress::default(), &AtomicBool::new(false))?.remove(0);
    let rows: Vec<String> =
        ingested.files.iter().map(|file| table(file, &[KEY_HASH])).filter(|it| !it.is_empty()).collect();
    let rejects = if quarantine.exists() { table(&quarantine, &["source", "file"]) } else { String::new() };
    for ledger in &ingested.ledger {
        assert_eq!(ledger.rows_in, ledger.rows_out + ledger.quarantined + ledger.blank + ledger.skipped);
        assert_eq!(ledger.amount_in, ledger.amount_out + ledger.amount_quarantined);
    }
    let bytes = ingested.files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(
        !fs::read_dir(directory.path().join("quarantine"))
            .unwrap()
            .any(|it| it.unwrap().path().extension() == Some("part".as_ref()))
    );
    let mut found = Vec::new();
    repeated(&ingested.keys, |hash| {
        found.push(hash);
        Ok(())
    })
    .unwrap();
    Ok(Got { rows: rows.join("\n"), rejects, ingested, repeated: found, bytes })
}

/// `expect`: the rows with their lines, then the rejects as line|column|reason.
#[track_caller]
fn check(text: impl AsRef<[u8]>, source: &Source, expect: &[&str]) {
    let got = run_files(source, &[("a.csv", text.as_ref())], 1).unwrap();
    let rejects = got.rejects.lines().map(|line| line.split('|').take(3).collect::<Vec<_>>().join("|"));
    let all: Vec<String> = got.rows.lines().map(str::to_owned).chain(rejects.map(|it| format!("✗{it}"))).collect();
    assert_eq!(all, expect);
}

#[test]
fn records_end_where_they_end() {
    let s = source("a integer; b string");
    check("a,b\n1,x\n2,y\n", &s, &["1|x|2", "2|y|3"]);
    check("a,b\r\n1,x\r\n2,y", &s, &["1|x|2", "2|y|3"]);
    check("a,b\r1,x\r2,y\r", &s, &["1|x|2", "2|y|3"]);
    check("b,a\nx,1\n", &s, &["1|x|2"]);
    check("\u{feff}a,b\n1,x\n", &s, &["1|x|2"]);
    check("a,b\n1,\"x,\"\"y\"\"\nz\"\n2,z\n", &s, &["1|x,\"y\"", "z|2", "2|z|4"]);
    check("a,b\n\n1,x\n,\n  , \u{3000}\n2,\n", &s, &["1|x|3", "2|∅|6"]);
    check(" ａ ,b\n1,x\n", &s, &["1|x|2"]);
    check("", &s, &[]);
    check("\n\n", &s, &[]);
    check("a,b\n", &s, &[]);
}

#[test]
fn bad_records_cost_themselves() {
    let s = source("a integer!; b string");
    check("a,b\n1\n2,x,y\n3,z\n", &s, &["3|z|4", "✗2|∅|ragged", "✗3|∅|ragged"]);
    check("a,b\n1,\"x\n2,y\n3,z\n", &s, &["2|y|3", "3|z|4", "✗2|∅|unclosed_quote"]);
    check("a,b\n1,\"x\" y\n2,y\n", &s, &["2|y|3", "✗2|∅|stray_quote"]);
    check("a,b\n1,\"x\n2,\"y\"\n3,z\n", &s, &["2|y|3", "3|z|4", "✗2|∅|stray_quote"]);
    check("a,b\n1,x\0y\n2,y\n", &s, &["2|y|3", "✗2|∅|nul_byte"]);
    check("a,b\n,x\nq,y\n3,z\na,b\n", &s, &["3|z|4", "✗2|a|missing", "✗3|a|not_a_number"]);
    check(b"a,b\n1,\xff\xfe\n2,y\n", &s, &["2|y|3", "✗2|∅|undecodable"]);
    let long = format!("a,b\n1,{}\n2,y\n", "x".repeat((1 << 20) + 1));
    check(long, &s, &["2|y|3", "✗2|∅|field_too_long"]);
    let lost_quote = format!("a,b\n1,\"x\n{}", format!("2,{}\n", "y".repeat(1 << 14)).repeat(100));
    let got = run_files(&s, &[("a.csv", lost_quote.as_bytes())], 1).unwrap();
    assert_eq!((got.ingested.ledger[0].rows_out, got.ingested.ledger[0].quarantined), (100, 1));
    assert!(got.rejects.starts_with("2|∅|field_too_long|"), "{}", got.rejects);
}

#[test]
fn rejects_say_what_and_where() {
    let got = run_files(&source("a integer; b string"), &[("a.csv", b"a,b\n1,\xff\n2\nx,y\n")], 1).unwrap();
    let expected = [
        "2|∅|undecodable|text in the declared encoding; the byte at offset 6 is not|1,\\xFF",
        "3|∅|ragged|2 fields, found 1|2",
        "4|a|not_a_number|integer|x,y",
    ];
    assert_eq!(got.rejects.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn encodings() {
    let mut s = source("a integer; b string");
    s.columns[1].from = vec!["姓名".to_owned()];
    let (gbk, _, _) = encoding_rs::GBK.encode("a,姓名\n1,王|小明\n");
    let mut bytes = gbk.into_owned();
    check(&bytes, &with_csv(s.clone(), |csv| csv.charset = Charset::Declared(encoding_rs::GBK)), &["1|王|小明|2"]);
    bytes.extend(b"2,\x81\n3,z\n");
    check(
        &bytes,
        &with_csv(s.clone(), |csv| csv.charset = Charset::Declared(encoding_rs::GBK)),
        &["1|王|小明|2", "3|z|4", "✗3|∅|undecodable"],
    );
    let utf16: Vec<u8> = "\u{feff}a,姓名\r\n1,王\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&utf16, &with_csv(s.clone(), |csv| csv.charset = Charset::Declared(encoding_rs::UTF_16LE)), &["1|王|2"]);
    let error = run_files(&s, &[("a.csv", &utf16)], 1).err().unwrap();
    assert_eq!(error.to_string(), "the file begins with the byte-order mark of UTF-16LE, but UTF-8 is declared");
    let error = run_files(&s, &[("a.csv", b"a,\xff\n1,2\n")], 1).err().unwrap();
    assert!(matches!(error, Error::Header { .. }), "{error}");
}

#[test]
fn headers() {
    let mut s = source("a integer!; b string");
    s.columns[0].from = vec!["Order ID".to_owned(), "order_no".to_owned()];
    check("b,Order ID\nx,1\n", &s, &["1|x|2"]);
    check("order_no,b\n1,x\n", &s, &["1|x|2"]);
    check("order_no,Order ID,b\n2,1,x\n", &s, &["1|x|2"]);
    let fails = |text: &str| run_files(&s, &[("a.csv", text.as_bytes())], 1).err().unwrap().to_diagnostic().to_string();
    let expected = "error[S0306]: the file has no column for `a` (looked for `Order ID`, `order_no`)\n --> a.csv\n\
                    help: the file has `Order Id`: add it to `from` if that is the column";
    assert_eq!(fails("Order Id,b\n1,x\n"), expected);
    assert!(fails("Order ID,b,Order ID\n").starts_with("error[S0307]"), "{}", fails("Order ID,b,Order ID\n"));
    let got = run_files(&s, &[("b.csv", b"Order ID,z,y\n1,2,3\n"), ("a.csv", b"x,Order ID,x\n1,2,3\n")], 1).unwrap();
    assert_eq!(got.rows, "2|∅|2\n1|∅|2");
    let codes: Vec<&str> = got.ingested.warnings.iter().map(|it| it.code).collect();
    assert_eq!(codes, [""; 0]);
    let headed: Vec<_> = got.ingested.ledger.iter().map(|it| (it.path.as_str(), it.headed.as_ref().unwrap())).collect();
    let drifted = judge_headers(&s, &headed);
    let codes: Vec<&str> = drifted.iter().map(|it| it.code).collect();
    assert_eq!(codes, ["S0335", "S0353"]);
    let mut s = with_csv(source("a integer; b string"), |csv| csv.header = Header::None);
    s.columns[0].from = vec!["2".to_owned()];
    s.columns[1].from = vec!["1".to_owned()];
    check("x,1\ny,2\n", &s, &["1|x|1", "2|y|2"]);
}

#[test]
fn a_renamed_key_is_no_absent_one() {
    let mut s = json(source("id integer; amount integer; address2 string; email string"));
    s.columns[2].optional = false;
    let judged = |text: &str| {
        let got = run_files(&s, &[("a.jsonl", text.as_bytes())], 1).unwrap();
        let headed = got.ingested.ledger[0].headed.clone().unwrap();
        let found: Vec<String> = judge_headers(&s, &[("a.jsonl", &headed)]).iter().map(|it| it.to_string()).collect();
        (got.ingested.warnings.iter().count(), found)
    };
    // What no record has may be left out; a number or more in the name makes it another column.
    assert_eq!(judged("{\"id\":1,\"address1\":\"x\",\"email_verified\":true}\n"), (3, vec![]));
    let (warnings, found) = judged("{\"id\":1,\"Amount\":2,\"email\":\"x\",\"address2\":\"y\"}\n");
    assert_eq!((warnings, found.len()), (0, 2));
    assert!(found[0].starts_with("error[S0335]") && found[0].contains("`Amount` is new in it"), "{found:?}");
}

#[test]
fn json_lines() {
    let mut s = json(source("id bigint!; name string; total decimal(18,2); vip boolean; tags string"));
    s.columns[1].from = vec!["customer.name".to_owned(), "name".to_owned()];
    let text = concat!(
        "{\"id\": 9007199254740993, \"customer\": {\"name\": \"a\\\"\\u738b\\ud83d\\ude00\", \"x\": [1, {}]}, \"total\": 0.10, \"vip\": true}\n",
        "\n",
        "{\"name\":\"b\",\"id\":\"2\",\"total\":\"1e1\",\"tags\":[1, \"x\"],\"vip\":null}\r\n",
        "{\"id\": 3, \"customer.name\": \"dot\", \"id\": 4}\n",
        "{\"id\": 5\n",
        "[1]\n",
        "{\"id\": 01}\n",
        "{\"id\": 6, \"name\": \"\\ud800\"}\n",
        "{\"name\": \"none\"}\n",
        "{\"id\": 7, \"total\": 12345678901234567.891}\n",
        "{\"id\": 8, \"name\": \"\\u0000\"}\n",
        "{\"id\":9}",
    );
    check(
        text,
        &s,
        &[
            "9007199254740993|a\"王😀|0.10|true|∅|1",
            "2|b|10.00|∅|[1, \"x\"]|3",
            "4|dot|∅|∅|∅|4",
            "9|∅|∅|∅|∅|12",
            "✗5|∅|not_json",
            "✗6|∅|not_json",
            "✗7|∅|not_json",
            "✗8|∅|not_json",
            "✗9|id|missing",
            "✗10|total|too_precise",
            "✗11|∅|nul_byte",
        ],
    );
    let deep = format!("{{\"id\": 1, \"x\": {}{}}}\n", "[".repeat(100_000), "]".repeat(100_000));
    check(deep, &s, &["✗1|∅|not_json"]);
}

/// What is JSON is decided as serde_json does.
#[test]
fn json_is_json() {
    let values = [
        "1",
        "-0",
        "-",
        "1.",
        "1.5e+3",
        ".5",
        "1e",
        "\"a\\x\"",
        "\"\\u12\"",
        "\"\t\"",
        "[1,]",
        "[,1]",
        "[]",
        "{}",
        "{\"a\"}",
        "tru",
        "true",
        "nul",
        "\"é\"",
        "{\"a\":1,}",
        "1 2",
        "NaN",
        "\"\\\"",
        "\"\\\\\"",
        "[[1],[2]]",
        "+1",
        "0x1",
        "'a'",
    ];
    for value in values {
        let line = format!("{{\"x\": {value} }}");
        let sound = serde_json::from_str::<serde_json::Value>(&line).is_ok();
        let got = run_files(&json(source("x string")), &[("a.jsonl", line.as_bytes())], 1).unwrap();
        assert_eq!(got.ingested.ledger[0].rows_out == 1, sound, "{line}");
    }
}

#[test]
fn totals_balance() {
    let mut s = source("id integer; amount decimal(10,2)");
    s.amount = Some(name("amount"));
    let got = run_files(&s, &[("a.csv", b"id,amount\n1,1.50\nx,2.00\n3,bad\n4,-0.25\n\n5\n")], 1).unwrap();
    let ledger = &got.ingested.ledger[0];
    assert_eq!((ledger.amount_in, ledger.amount_out, ledger.amount_quarantined), (325, 125, 200));
    assert_eq!((ledger.rows_in, ledger.rows_out, ledger.quarantined, ledger.blank), (6, 2, 3, 1));
    assert_eq!(ledger.sha256, hex_sha(b"id,amount\n1,1.50\nx,2.00\n3,bad\n4,-0.25\n\n5\n"));
}

fn hex_sha(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn repeated_keys_are_found_across_files() {
    let mut s = source("id string; v integer");
    s.key = Key::Columns(vec![name("id")]);
    let got = run_files(&s, &[("a.csv", b"id,v\na,1\nb,1\n,1\n"), ("b.csv", b"id,v\na ,2\nc,1\n,2\n")], 2).unwrap();
    assert_eq!(got.repeated.len(), 2);
    s.key = Key::All;
    let got = run_files(&s, &[("a.csv", b"id,v\na,1\nb,1\n"), ("b.csv", b"id,v\na,2\nb,1\n")], 2).unwrap();
    assert_eq!(got.repeated.len(), 1);
}

#[test]
fn threads_do_not_matter() {
    let mut s = source("id integer; v string; t timestamp; d decimal(18,2)");
    s.key = Key::Columns(vec![name("id")]);
    let file = |start: usize| {
        let mut text = "id,v,t,d\n".to_owned();
        for n in start..start + 40_000 {
            let bad = if n % 1000 == 7 { "x" } else { "" };
            writeln!(text, "{n}{bad},value {},2024-01-02 03:04:05,{n}.25", n % 17).unwrap();
        }
        text.into_bytes()
    };
    let files = [file(0), file(10), file(100_000), file(5)];
    let files: Vec<(&str, &[u8])> =
        ["d.csv", "b.csv", "c.csv", "a.csv"].into_iter().zip(files.iter().map(Vec::as_slice)).collect();
    let one = run_files(&s, &files, 1).unwrap();
    let four = run_files(&s, &files, 4).unwrap();
    assert!(one.bytes == four.bytes);
    assert_eq!(one.rejects, four.rejects);
    assert_eq!(one.repeated, four.repeated);
    assert_eq!(one.ingested.ledger, four.ingested.ledger);
    assert_eq!(
        one.ingested.ledger.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(),
        ["a.csv", "b.csv", "c.csv", "d.csv"]
    );
}

#[test]
fn other_size_than_announced() {
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("a.csv");
    fs::write(&local, "a\n1\n").unwrap();
    let s = source("a integer");
    let inputs = vec![Input { path: "a.csv".to_owned(), local, size: 3 }];
    let job =
        Job { source: &s, inputs, out: directory.path().join("out"), quarantine: directory.path().join("q.parquet") };
    let run = |cancelled| ingest(std::slice::from_ref(&job), 1, &Progress::default(), &AtomicBool::new(cancelled));
    assert!(matches!(run(false), Err(Error::Changed { expected: 3, found: 4, .. })));
    assert!(matches!(run(true), Err(Error::Cancelled)));
}
