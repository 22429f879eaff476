//! Encodings, dialects of CSV, fixed places.

use super::*;
use crate::project::source::Fixed;

fn notes(got: &Got) -> Vec<&str> {
    got.ingested.ledger.iter().flat_map(|file| &file.notes).map(String::as_str).collect()
}

#[test]
fn encodings_are_detected() {
    let mut s = with_csv(source("a integer; b string"), |csv| csv.charset = Charset::Auto);
    s.columns[1].from =
        vec!["姓名".to_owned(), "氏名".to_owned(), "名前".to_owned(), "이름".to_owned(), "nom".to_owned()];
    let chinese = "a,姓名,城市,备注\n1,王小明,北京市朝阳区,会员已续费\n2,李娜,上海市浦东新区,电话未接通\n";
    let traditional = "a,姓名,城市,備註\n1,陳怡君,臺北市信義區,會員已續約\n2,林志豪,高雄市,電話無人接聽\n";
    let japanese = "a,氏名,住所\n1,山田太郎,東京都港区のマンション\n2,さとうはなこ,おおさかし\n";
    let korean = "a,이름,주소\n1,김철수,서울특별시 강남구\n2,이영희,부산광역시\n";
    let french = "a,nom,ville\n1,Éléonore Lefèvre,Besançon\n2,Zoë,Orléans – été\n";
    let cases = [
        ("gb18030", encoding_rs::GBK, chinese, "1|王小明|2\n2|李娜|3"),
        ("big5", encoding_rs::BIG5, traditional, "1|陳怡君|2\n2|林志豪|3"),
        ("shift_jis", encoding_rs::SHIFT_JIS, japanese, "1|山田太郎|2\n2|さとうはなこ|3"),
        ("euc-kr", encoding_rs::EUC_KR, korean, "1|김철수|2\n2|이영희|3"),
        ("windows-1252", encoding_rs::WINDOWS_1252, french, "1|Éléonore Lefèvre|2\n2|Zoë|3"),
        ("utf-8", encoding_rs::UTF_8, chinese, "1|王小明|2\n2|李娜|3"),
    ];
    for (label, encoding, text, rows) in cases {
        let (bytes, _, unmappable) = encoding.encode(text);
        assert!(!unmappable, "{label}");
        let got = run_files(&s, &[("a.csv", &bytes)], 1).unwrap();
        assert_eq!(got.rows, rows, "{label}");
        assert_eq!(notes(&got), [format!("`encoding: auto` read it as {label}")]);
    }
    let le: Vec<u8> = chinese.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = chinese.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &le].concat();
    for (bytes, label) in [(&le, "utf-16le"), (&be, "utf-16be"), (&marked, "utf-16le")] {
        let got = run_files(&s, &[("a.csv", bytes)], 1).unwrap();
        assert_eq!(got.rows, "1|王小明|2\n2|李娜|3");
        assert_eq!(notes(&got), [format!("`encoding: auto` read it as {label}")]);
    }
    // A NUL in UTF-8 does not make it UTF-16, and a byte that is wrong later costs its record.
    let mut bytes = format!("a,姓名\n1,x\0y\n2,王\n{}", "3,李\n".repeat(900_000)).into_bytes();
    bytes.extend(b"4,\xff\n5,z\n");
    let got = run_files(&s, &[("a.csv", &bytes)], 1).unwrap();
    let codes: Vec<&str> = got.rejects.lines().filter_map(|line| line.split('|').nth(2)).collect();
    assert_eq!(codes, ["nul_byte", "undecodable"]);
    assert_eq!(notes(&got), ["`encoding: auto` read it as utf-8"]);
}

#[test]
fn what_does_not_decode_is_never_replaced() {
    let s = source("a integer; b string");
    // A replacement character that stands in the file is text like any other.
    check("a,b\n1,x\u{fffd}\n", &s, &["1|x\u{fffd}|2"]);
    let le = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let wide = with_csv(s.clone(), |csv| csv.charset = Charset::Declared(encoding_rs::UTF_16LE));
    // Half a pair, in the middle and at the end; half a unit at the end.
    let bytes =
        [le("a,b\n1,x"), vec![0x00, 0xD8], le("\n2,😀\n3,"), vec![0x00, 0xDC], le("\n4,y"), vec![b'z']].concat();
    let got = run_files(&wide, &[("a.csv", &bytes)], 1).unwrap();
    assert_eq!(got.rows, "2|😀|3");
    let expected: Vec<&str> = got.rejects.lines().filter_map(|line| line.split('|').nth(3)).collect();
    let at = |byte: usize| format!("text in the declared encoding; the byte at offset {byte} is not");
    assert_eq!(expected, [at(14), at(32), at(42)]);
    assert!(!got.rejects.contains('\u{fffd}'), "{}", got.rejects);
    let be: Vec<u8> = "\u{feff}a,b\r1,y\r".encode_utf16().flat_map(u16::to_be_bytes).collect();
    check(&be, &with_csv(s, |csv| csv.charset = Charset::Declared(encoding_rs::UTF_16BE)), &["1|y|2"]);
}

#[test]
fn delimiters_of_several_bytes() {
    let s = |delimiter: &str| with_csv(source("a integer; b string"), |csv| csv.delimiter = delimiter.to_owned());
    check(
        "a||b\n1||x|y\n\"2\" ||\"q||\"\"r\"\n||\n3||\n4|x\n",
        &s("||"),
        &["1|x|y|2", "2|q||\"r|3", "3|∅|5", "✗6|∅|ragged"],
    );
    check("a§b\r\n1§x\r\n2§\r\n", &s("§"), &["1|x|2", "2|∅|3"]);
    check("a\u{1}b\n1\u{1}x,y\n", &s("\u{1}"), &["1|x,y|2"]);
    check("a::b\n1:::\n2::\"x\":\n", &s("::"), &["1|:|2", "✗3|∅|stray_quote"]);
}

#[test]
fn escapes() {
    let s = with_csv(source("a integer; b string"), |csv| csv.escape = Some(b'\\'));
    check("a,b\n1,x\\,y\n2,\\N\n3,\\\\\n", &s, &["1|x,y|2", "2|\\N|3", "3|\\|4"]);
    check("a,b\n1,\"x\\\"y\"\n2,\"x\"\"y\\\\\"\n3,z\n", &s, &["1|x\"y|2", "2|x\"y\\|3", "3|z|4"]);
    check("a,b\n1,x\\\ny\n2,\"p\\\nq\"\n3,王\\王\n", &s, &["1|x", "y|2", "2|p", "q|4", "3|王王|6"]);
    let mut s = s;
    if let Format::Csv(csv) = &mut s.format {
        csv.null_words = vec!["\\N".to_owned()];
    }
    check("a,b\n\\N,\\N\n1,\"\\\n", &s, &["∅|∅|2", "✗3|∅|unclosed_quote"]);
}

#[test]
fn lines_that_are_no_records_are_counted() {
    let s = with_csv(source("a integer; b string"), |csv| {
        csv.header = Header::Line(4);
        csv.comment = vec!["#".to_owned(), "合计".to_owned()];
    });
    let text = "Orders of \"March\nprinted 2024-04-01\n\na,b\n1,x\n# y\"\n\na,b\n2,z\n合计,3\n";
    check(text, &s, &["1|x|5", "2|z|9"]);
    let ledger = &run_files(&s, &[("a.csv", text.as_bytes())], 1).unwrap().ingested.ledger[0];
    assert_eq!((ledger.rows_in, ledger.rows_out, ledger.blank, ledger.skipped), (9, 2, 1, 6));
    let fails = |text: &str| run_files(&s, &[("a.csv", text.as_bytes())], 1).err().unwrap().to_string();
    assert_eq!(fails("a,b\n1,x\n"), "the header cannot be read: it was looked for on line 4, and the file has 2 lines");
    assert_eq!(fails("\n\n\n \na,b\n"), "the header cannot be read: line 4 is blank");
    // Joined files, each with its mark.
    let plain = source("a integer; b string");
    let got = run_files(&plain, &[("a.csv", "\u{feff}a,b\n1,x\n\u{feff}a,b\n2,y\n".as_bytes())], 1).unwrap();
    assert_eq!((got.rows.as_str(), got.ingested.ledger[0].skipped), ("1|x|2\n2|y|4", 1));
    let got =
        run_files(&plain, &[("a.csv", "\u{feff}a,b\n\u{feff}\"1\",\"x, y\"\n\u{feff}2,z\n".as_bytes())], 1).unwrap();
    assert_eq!(got.rows, "1|x, y|2\n2|z|3");
    let none = with_csv(source("a integer; b string"), |csv| csv.comment = vec!["#".to_owned()]);
    check("a,b\n1,x\n\u{feff}# joined\n2,y\n", &none, &["1|x|2", "2|y|4"]);
    check("{\"a\":1,\"b\":\"x\"}\n\u{feff}{\"a\":2}\n", &json(source("a integer; b string")), &["1|x|1", "2|∅|2"]);
    let got = run_files(&none, &[("a.csv", b"# nothing\n\n")], 1).unwrap();
    assert_eq!((got.ingested.ledger[0].rows_in, got.ingested.ledger[0].skipped), (2, 1));
    assert!(got.ingested.warnings.iter().any(|it| it.code == "S0351"));
}

#[test]
fn wide_and_long() {
    let names: Vec<String> = (0..100_000).map(|n| format!("c{n}")).collect();
    let s = source("c7 integer; c99999 string");
    let cells: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
    let text = format!("{}\n{}\n{}\n", names.join(","), cells.join(","), ",".repeat(99_999));
    let got = run_files(&s, &[("a.csv", text.as_bytes())], 1).unwrap();
    assert_eq!(got.rows, "7|99999|2");
    let headed = got.ingested.ledger[0].headed.as_ref().unwrap();
    let warning = judge_headers(&s, &[("a.csv", headed)]).iter().map(|it| it.message.clone()).next().unwrap();
    assert!(warning.ends_with("and 99986 more"), "{warning}");
    let long = format!("c7,c99999\n1,{}\n2,x\n", "y".repeat(10 << 20));
    check(long, &s, &["2|x|3", "✗2|∅|field_too_long"]);
}

#[test]
fn duplicate_and_blank_headers_are_nobodys_business() {
    let s = source("a integer; b string");
    check("a,,b,,x,x\n1,q,y,q,q,q\n", &s, &["1|y|2"]);
    assert!(matches!(run_files(&s, &[("a.csv", b"a,b,a\n1,2,3\n")], 1).err(), Some(Error::DuplicateColumn { .. })));
}

fn fixed(columns: &[(&str, &str, &str)], first_row: u64) -> Source {
    let mut s = source("x string");
    s.columns = columns
        .iter()
        .map(|(name, kind, from)| SourceColumn { from: vec![(*from).to_owned()], ..column(name, kind) })
        .collect();
    s.format = Format::Fixed(Fixed {
        charset: Charset::Declared(encoding_rs::UTF_8),
        first_row,
        comment: vec!["--".to_owned()],
        null_words: vec!["NA".to_owned()],
    });
    s
}

#[test]
fn fixed_places() {
    let s = fixed(&[("id", "integer", "1-4"), ("name", "string", "5-8"), ("day", "date", "9 - 18")], 2);
    let text = "id  nameday\n 001王小明 2024-03-05 rest\r\n\n-- a remark\n 002ab\n  3ZNA\n   4abcd2024-03-0\n\tx\n";
    check(
        text,
        &s,
        &["1|王小明|2024-03-05|2", "2|ab|∅|5", "✗6|id|not_a_number", "✗7|day|not_a_date", "✗8|id|not_a_number"],
    );
    let ledger = &run_files(&s, &[("a.txt", text.as_bytes())], 1).unwrap().ingested.ledger[0];
    assert_eq!((ledger.rows_in, ledger.blank, ledger.skipped), (8, 1, 2));
}

#[test]
fn cdnow() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cdnow/CDNOW_sample.txt");
    let Ok(bytes) = fs::read(path) else { return println!("skipped: ../shared/data is not here") };
    let columns = [
        ("master_id", "string", "2-6"),
        ("sample_id", "integer", "8-11"),
        ("day", "date", "13-20"),
        ("units", "integer", "21-23"),
        ("dollars", "decimal(8,2)", "24-31"),
    ];
    let mut s = fixed(&columns, 1);
    s.columns[2].notation = Notation::parse(s.columns[2].kind, &["%Y%m%d".to_owned()]).unwrap();
    s.amount = Some(name("dollars"));
    let got = run_files(&s, &[("CDNOW_sample.txt", &bytes)], 1).unwrap();
    let ledger = &got.ingested.ledger[0];
    assert_eq!((ledger.rows_in, ledger.rows_out, ledger.amount_out), (6919, 6919, 24_409_194));
    assert!(got.rows.starts_with("00004|1|1997-01-01|2|29.33|1\n"), "{}", got.rows.lines().next().unwrap());
}
