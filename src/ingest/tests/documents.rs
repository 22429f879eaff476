//! JSON documents.

use super::*;

fn document(columns: &str, path: &[&str]) -> Source {
    let records = path.iter().map(|key| (*key).to_owned()).collect();
    let charset = Charset::Declared(encoding_rs::UTF_8);
    Source { format: Format::Json(Json { charset, records, null_words: Vec::new() }), ..source(columns) }
}

fn fails(source: &Source, text: &str) -> String {
    run_files(source, &[("a.json", text.as_bytes())], 1).err().unwrap().to_diagnostic().to_string()
}

#[test]
fn records_are_found_at_their_path() {
    let s = document("id bigint; sku string; tags string; total decimal(19,2)", &["data", "items"]);
    let mut s = s;
    s.columns[1].from = vec!["lines[0].sku".to_owned(), "lines[1].sku".to_owned()];
    let text = r#"
{ "meta": {"items": [1, {"id": 9}], "page": -1.5e3, "more": null, "s": "a\"]}"},
  "items": [{"id": 8}],
  "data": { "count": 3, "items": [
    {"id": 9007199254740993, "lines": [{"sku": "A"}, {"sku": "B"}], "tags": ["x", "y"], "total": 0.10},
    {"id": 2, "lines": [{}, {"sku": "C"}], "id": 3},
    {"id": 4, "lines": []} , {"id": 5, "total": 12345678901234567.89}
  ], "x": [] } }
"#;
    check(
        text,
        &s,
        &["9007199254740993|A|[\"x\", \"y\"]|0.10|1", "3|C|∅|∅|2", "4|∅|∅|∅|3", "5|∅|∅|12345678901234567.89|4"],
    );
    check("[{\"id\": 1},{\"id\":2}]", &document("id integer", &[]), &["1|1", "2|2"]);
    check("\u{feff}[]", &document("id integer", &[]), &[]);
    check(" \n", &document("id integer", &[]), &[]);
    check("{\"data\": {\"items\": null}}", &s, &[]);
    let utf16: Vec<u8> = "[{\"id\": 1, \"v\": \"王\"}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut wide = document("id integer; v string", &[]);
    if let Format::Json(json) = &mut wide.format {
        json.charset = Charset::Auto;
    }
    check(&utf16, &wide, &["1|王|1"]);
}

#[test]
fn of_a_repeated_key_the_last_value_counts() {
    let mut s = document("a integer; b integer", &[]);
    s.columns[0].from = vec!["o.a".to_owned()];
    s.columns[1].from = vec!["o.b".to_owned()];
    check(r#"[{"o": {"a": 1, "b": 2}, "o": {"b": 3}}, {"o": {"a": 1}, "o": null}]"#, &s, &["∅|3|1", "∅|∅|2"]);
}

#[test]
fn a_bad_record_costs_itself() {
    let s = document("id integer!", &[]);
    let deep = format!("{{\"id\": 1, \"x\": {}{}}}", "[".repeat(500), "]".repeat(500));
    let text =
        format!("[{{\"id\": 1}},\n{{\"id\" 2}},\n7, [8], \"x\", null,\n{deep},\n{{\"id\": 2}}, {{\"id\": \"y\"}}]");
    check(
        &text,
        &s,
        &[
            "1|1",
            "2|8",
            "✗2|∅|not_json",
            "✗3|∅|not_json",
            "✗4|∅|not_json",
            "✗5|∅|not_json",
            "✗6|∅|not_json",
            "✗7|∅|not_json",
            "✗9|id|not_a_number",
        ],
    );
    let got = run_files(&s, &[("a.json", text.as_bytes())], 1).unwrap();
    assert!(
        got.rejects.contains("one JSON object of at most 64 levels; the record begins on line 2"),
        "{}",
        got.rejects
    );
    assert!(got.rejects.contains("integer; the record begins on line 5"), "{}", got.rejects);
    check(b"[{\"id\": 1, \"x\": \"\xff\"}, {\"id\": 2}]", &s, &["2|2", "✗1|∅|undecodable"]);
    let huge = format!("[{{\"id\": 1, \"x\": \"{}\"}}, {{\"id\": 2}}]", "y".repeat(40 << 20));
    check(huge, &s, &["2|2", "✗1|∅|field_too_long"]);
}

#[test]
fn a_damaged_document_is_an_error() {
    let s = document("id integer", &[]);
    let problem = |text: &str| fails(&s, text);
    let expected = "error[S0317]: the file is not a sound JSON document: the file ends within a record, on line 2\n \
                    --> a.json\nhelp: export it again: nobody can say what is missing";
    assert_eq!(problem("[{\"id\": 1},\n{\"id\": 2"), expected);
    assert!(problem("[{\"id\": 1},\n{\"id\": 2}").contains("ends before the document does, on line 2"));
    assert!(problem("[{\"id\": 1},").contains("ends before the document does"));
    assert!(problem("[{\"id\": 1},]").contains("a record is expected"));
    assert!(problem("[{\"id\": 1} {\"id\": 2}]").contains("a comma or the end of the array"));
    assert!(problem("[{\"id\": 1}]\n]").contains("something follows the end of the document, on line 2"));
    assert!(problem("{\"id\": 1}\n{\"id\": 2}").contains("declare `type: jsonl`"));
    let deep = format!("{{\"x\": {}", "[".repeat(100_000));
    assert!(problem(&deep).contains("nested deeper than 64 levels"));
    assert!(problem("{\"x\": tru}").contains("a word is not"));
    let s = document("id integer", &["data", "items"]);
    let expected = "error[S0318]: the document has no array at `data.items`\n --> a.json\n\
                    help: set `records`; there are arrays at `data.rows`, `y`";
    assert_eq!(fails(&s, r#"{"data": {"rows": [[1]], "items": {"items": 1}}, "y": []}"#), expected);
    assert!(fails(&s, "[1]").contains("leave `records` out"));
    assert!(fails(&s, r#"{"data": {"items": []}, "data": {"items": []}}"#).contains("stands twice"));
}

#[test]
fn blocks_do_not_matter() {
    let mut text = "{\"pre\": \"x\\\"y\", \"r\": [".to_owned();
    for n in 0..120_000 {
        let separator = if n == 0 { "" } else { ", \n" };
        write!(text, "{separator}{{\"id\": {n}, \"t\": \"a{{]\\\\\\\"b\", \"u\": [{{}}]}}").unwrap();
    }
    text.push_str("], \"post\": {}}");
    let got = run_files(&document("id integer; t string", &["r"]), &[("a.json", text.as_bytes())], 2).unwrap();
    assert_eq!(got.ingested.ledger[0].rows_out, 120_000);
    assert!(got.rows.ends_with("119999|a{]\\\"b|120000"));
}
