//! What single texts become.

use super::*;
use crate::cleaning;

/// One column of one type: what each text becomes.
#[track_caller]
pub(super) fn check_values(column: SourceColumn, cases: &[(&str, &str)]) {
    let name = column.name.to_string();
    let mut source = source("x string");
    source.columns = vec![column, super::column("n", "integer")];
    let source = with_csv(source, |csv| csv.delimiter = "\t".to_owned());
    let mut text = format!("{name}\tn\n");
    for (n, (value, _)) in cases.iter().enumerate() {
        writeln!(text, "{value}\t{n}").unwrap();
    }
    let got = run_files(&source, &[("a.csv", text.as_bytes())], 1).unwrap();
    let mut found: Vec<(i64, String)> = Vec::new();
    for line in got.rows.lines() {
        let (value, line) = line.rsplit_once('|').unwrap();
        found.push((line.parse().unwrap(), value.rsplit_once('|').unwrap().0.to_owned()));
    }
    for line in got.rejects.lines() {
        let parts: Vec<&str> = line.split('|').collect();
        found.push((parts[0].parse().unwrap(), format!("✗{}", parts[2])));
    }
    found.sort();
    let expected: Vec<String> = cases.iter().map(|(value, expected)| format!("{value} → {expected}")).collect();
    let found: Vec<String> =
        cases.iter().zip(found).map(|((value, _), (_, found))| format!("{value} → {found}")).collect();
    assert_eq!(found, expected);
}

/// A column with declared formats.
pub(super) fn formatted(formats: &[&str], kind: &str) -> SourceColumn {
    let texts: Vec<String> = formats.iter().map(|it| (*it).to_owned()).collect();
    let column = column("x", kind);
    SourceColumn { notation: Notation::parse(column.kind, &texts).unwrap(), ..column }
}

#[test]
fn numbers() {
    let cases = [
        ("12.30", "12.30"),
        ("-0.5", "-0.50"),
        ("+7", "7.00"),
        ("¥1,234.50", "1234.50"),
        ("￥ 12", "12.00"),
        ("$90,000 ", "90000.00"),
        ("€1", "1.00"),
        ("-£1", "-1.00"),
        ("$-1.5", "-1.50"),
        ("(12.00)", "-12.00"),
        ("($1,000)", "-1000.00"),
        ("１２．５", "12.50"),
        ("1.500", "1.50"),
        ("1.505", "✗too_precise"),
        ("1e2", "100.00"),
        ("1.5E-1", "0.15"),
        ("99999999", "99999999.00"),
        ("100000000", "✗out_of_range"),
        ("1.234,56", "✗not_a_number"),
        ("1,23", "✗not_a_number"),
        ("NaN", "✗not_a_number"),
        ("12a", "✗not_a_number"),
        ("--1", "✗not_a_number"),
        (".", "✗not_a_number"),
        ("5.", "5.00"),
        (".5", "0.50"),
        ("NULL", "∅"),
        (" - ", "∅"),
        ("0.000000000000000000000000000000000000000000", "0.00"),
        ("9e300", "✗out_of_range"),
        ("0012", "12.00"),
        ("()", "✗not_a_number"),
        ("-", "∅"),
        ("$", "✗not_a_number"),
        ("1 2", "✗not_a_number"),
    ];
    check_values(column("x", "decimal(10,2)"), &cases);
    let cases = [
        ("2147483647", "2147483647"),
        ("2147483648", "✗out_of_range"),
        ("1.0", "1"),
        ("1.5", "✗too_precise"),
        ("1,000", "1000"),
        ("99999999999999999999999999999999999999999999", "✗out_of_range"),
    ];
    check_values(column("x", "integer"), &cases);
    check_values(
        column("x", "bigint"),
        &[("-9223372036854775808", "-9223372036854775808"), ("9223372036854775808", "✗out_of_range")],
    );
    check_values(
        column("x", "double"),
        &[
            ("1.5", "1.5"),
            ("1e400", "✗out_of_range"),
            ("inf", "✗not_a_number"),
            ("¥1,000.5", "1000.5"),
            ("(2)", "-2.0"),
        ],
    );
    let big = "99999999999999999999999999999999999999";
    check_values(
        column("x", "decimal(38,0)"),
        &[(big, big), ("100000000000000000000000000000000000000", "✗out_of_range")],
    );
    check_values(
        column("x", "boolean"),
        &[("TRUE", "true"), ("n", "false"), ("是", "true"), ("0", "false"), ("2", "✗not_a_boolean")],
    );
}

#[test]
fn dates() {
    let cases = [
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", "✗not_a_date"),
        ("2024/3/1", "2024-03-01"),
        ("0000-00-00", "✗not_a_date"),
        ("2024-1-5", "2024-01-05"),
        ("1799-12-31", "✗out_of_range"),
        ("1800-01-01", "1800-01-01"),
        ("9999-12-31", "9999-12-31"),
        ("2024-01-01 00:00:00", "✗not_a_date"),
        ("２０２４-01-02", "2024-01-02"),
        ("24-01-02", "✗out_of_range"),
    ];
    check_values(column("x", "date"), &cases);
    let mixed = formatted(&["%m/%d/%Y", "%d.%m.%y", "%Y%m%d", "%Y年%m月%d日", "%d %b %Y"], "date");
    let cases = [
        ("1/2/2024", "2024-01-02"),
        ("13/2/2024", "✗not_a_date"),
        ("31.12.99", "1999-12-31"),
        ("20240131", "2024-01-31"),
        ("2024131", "✗not_a_date"),
        ("2024年1月5日", "2024-01-05"),
        ("5 Mar 2024", "2024-03-05"),
        ("05 march 2024", "2024-03-05"),
    ];
    check_values(mixed, &cases);
    let cases = [
        ("2024-01-02 03:04:05", "2024-01-01T19:04:05Z"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05.123456789+08:00", "2024-01-01T19:04:05.123456Z"),
        ("2024-01-02 03:04:05.5", "2024-01-01T19:04:05.500Z"),
        ("2024-01-02T03:04:05-0330", "2024-01-02T06:34:05Z"),
        ("2024-01-02 24:00:00", "✗not_a_timestamp"),
        ("2024-01-02", "✗not_a_timestamp"),
        ("9999-12-31 23:59:59-12:00", "✗out_of_range"),
        ("9999-12-31 23:59:59", "9999-12-31T15:59:59Z"),
        ("1800-01-01 00:00:00+00:00", "1800-01-01T00:00:00Z"),
        ("1800-01-01 00:00:00+01:00", "✗out_of_range"),
    ];
    check_values(column("x", "timestamp"), &cases);
    let new_york = SourceColumn { zone: chrono_tz::America::New_York, ..column("x", "timestamp") };
    let cases = [
        ("2024-03-10 01:59:59", "2024-03-10T06:59:59Z"),
        ("2024-03-10 02:30:00", "✗nonexistent_time"),
        ("2024-03-10 03:00:00", "2024-03-10T07:00:00Z"),
        ("2024-11-03 01:30:00", "2024-11-03T05:30:00Z"),
        ("2024-11-03 02:30:00", "2024-11-03T07:30:00Z"),
        ("1850-01-01 00:00:00", "1850-01-01T04:56:02Z"),
    ];
    check_values(new_york, &cases);
    check_values(
        formatted(&["%s"], "timestamp"),
        &[("1700000000", "2023-11-14T22:13:20Z"), ("1700000000000", "✗out_of_range")],
    );
    check_values(
        formatted(&["%I:%M %p %F", "%F"], "timestamp"),
        &[("12:05 AM 2024-01-01", "2023-12-31T16:05:00Z"), ("2024-01-01", "2023-12-31T16:00:00Z")],
    );
}

#[test]
fn texts() {
    let plain = |name| Clean::Plain(cleaning::plain(name).expect("a function"));
    let mapping = cleaning::Mapping::parse("from,to\n华东区,华东\ntest,\n").0;
    let cleaned = |clean: &[Clean]| SourceColumn { clean: clean.to_vec(), ..column("x", "string") };
    check_values(
        column("x", "string"),
        &[("\u{a0} a b\u{3000}", "a b"), ("\u{feff}x", "x"), ("NULL", "∅"), ("null", "null")],
    );
    check_values(cleaned(&[plain("half_width"), plain("upper")]), &[("ａｂ－１", "AB-1"), ("é", "É")]);
    check_values(cleaned(&[plain("digits")]), &[("a1-２", "12"), ("abc", "∅")]);
    check_values(cleaned(&[plain("email")]), &[(" A.B＠X.com", "a.b@x.com"), ("none", "∅")]);
    let china = cleaning::Region::parse("CN").expect("a region");
    let phone = Clean::Regional(cleaning::regional("phone").expect("a function"), china);
    let cases = [
        ("138 0013 8000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("+86-138-0013-8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("010-6552 9988", "+861065529988"),
        ("(010) 65529988 转 12", "+861065529988"),
        ("１３８００１３８０００", "+8613800138000"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("n/a", "∅"),
        ("123", "∅"),
        ("86123456", "+8686123456"),
    ];
    check_values(cleaned(&[phone]), &cases);
    check_values(
        cleaned(&[plain("nfkc"), Clean::Map(std::sync::Arc::new(mapping))]),
        &[(" 华东区 ", "华东"), ("华北", "华北"), ("ＴＥＳＴ", "∅")],
    );
    let short = SourceColumn { max_length: Some(2), ..column("x", "string") };
    check_values(short, &[("王小", "王小"), ("王小明", "✗too_long"), ("abc", "✗too_long")]);
}
