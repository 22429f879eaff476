//! What texts become where their format is declared.

use super::values::{check_values, formatted};
use super::*;
use crate::datetime::{days_from_civil, in_range};
use crate::ingest::cell::Cell;
use crate::ingest::faults::Faults;
use crate::ingest::judge_currencies;
use crate::ingest::typed::Typed;
use crate::numeric::NumberFormat;

/// What cells that are no texts become.
#[track_caller]
fn check_cells(column: SourceColumn, cases: &[(Cell<'_>, &str)]) {
    let source = Source { columns: vec![column], ..source("x string") };
    let mut typed = Typed::all(&source, &[]).remove(0);
    let mut faults = Faults::default();
    let array = typed.build(cases.len(), cases.iter().map(|(cell, _)| *cell), &mut faults);
    let options = FormatOptions::default().with_null("∅");
    let shown = ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
    for (row, (cell, expected)) in cases.iter().enumerate() {
        let found = match faults.get(row) {
            Some((_, reason)) => format!("✗{}", reason.code()),
            None => shown.value(row).to_string(),
        };
        assert_eq!(found, *expected, "{cell:?}");
    }
}

#[test]
fn decorated_numbers() {
    let cases = [
        ("12-", "-12.00"),
        ("¥12.50-", "-12.50"),
        ("1,234.50元", "1234.50"),
        ("¥1,234.50元", "1234.50"),
        ("CNY 1,234.50", "1234.50"),
        ("-CNY1", "-1.00"),
        ("1,234.50 EUR", "1234.50"),
        ("RMB 3", "3.00"),
        ("HK$12", "12.00"),
        ("US$ 5 USD", "5.00"),
        ("$ (1,000.00)", "-1000.00"),
        ("(¥5元)", "-5.00"),
        ("\u{2212}5", "-5.00"),
        ("－５．５", "-5.50"),
        ("￥１，２３４．５", "1234.50"),
        ("1\u{a0}", "1.00"),
        ("1e-2", "0.01"),
        ("0e999999999999", "0.00"),
        ("1e999999999999", "✗out_of_range"),
        ("1e-999999999999", "✗too_precise"),
        ("1e", "✗not_a_number"),
        ("12+", "✗not_a_number"),
        ("-12-", "✗not_a_number"),
        ("(-12)", "✗not_a_number"),
        ("-(12)", "✗not_a_number"),
        ("((12))", "✗not_a_number"),
        ("$$5", "✗not_a_number"),
        ("QTY 5", "✗not_a_number"),
        ("5 pcs", "✗not_a_number"),
        ("12%", "✗not_a_number"),
        ("0,125", "✗not_a_number"),
        ("1,234,56", "✗not_a_number"),
        ("1.234,567", "✗not_a_number"),
        ("1,23,456", "✗not_a_number"),
        ("1 234", "✗not_a_number"),
        ("1'234", "✗not_a_number"),
        ("١٢", "✗not_a_number"),
        ("3万", "✗not_a_number"),
        ("#N/A", "✗not_a_number"),
        ("Infinity", "✗not_a_number"),
    ];
    check_values(column("x", "decimal(10,2)"), &cases);
    check_values(column("x", "double"), &[("12-", "-12.0"), ("1e-400", "0.0"), ("-1e400", "✗out_of_range")]);
}

#[test]
fn numbers_of_other_countries() {
    let comma = [
        ("1.234,56", "1234.56"),
        ("1234,56", "1234.56"),
        ("1.234", "1234.00"),
        ("-1.234.567,8 €", "-1234567.80"),
        ("0,5", "0.50"),
        ("12", "12.00"),
        ("1,5e1", "15.00"),
        ("0.125", "✗not_a_number"),
        ("1.23", "✗not_a_number"),
        ("1234.5", "✗not_a_number"),
        ("1,234.56", "✗not_a_number"),
        ("1,234", "✗too_precise"),
    ];
    check_values(formatted(&["1.234,56"], "decimal(18,2)"), &comma);
    let blank = [
        ("1 234,56", "1234.56"),
        ("1\u{a0}234\u{a0}567,5", "1234567.50"),
        ("1\u{202f}234,5\u{a0}€", "1234.50"),
        ("1234,5", "1234.50"),
        ("12 34", "✗not_a_number"),
        ("1  234", "✗not_a_number"),
        ("1.234,5", "✗not_a_number"),
    ];
    check_values(formatted(&["1 234,56"], "decimal(18,2)"), &blank);
    let swiss =
        [("1'234.56", "1234.56"), ("1’234’567", "1234567.00"), ("CHF 1'000", "1000.00"), ("1,5", "✗not_a_number")];
    check_values(formatted(&["1'234.56"], "decimal(18,2)"), &swiss);
    check_values(
        formatted(&["1.234,56"], "integer"),
        &[("1.234", "1234"), ("1.234,00", "1234"), ("1,5", "✗too_precise")],
    );
    check_values(formatted(&["1.234,56"], "double"), &[("1.234,5", "1234.5"), ("0,1", "0.1"), ("-2", "-2.0")]);
    // The first that a text is of decides, even when the value does not fit the type.
    let both = [("1.234", "✗too_precise"), ("1.234,5", "1234.50"), ("1,5", "1.50")];
    check_values(formatted(&["1,234.56", "1.234,56"], "decimal(18,2)"), &both);
}

#[test]
fn percentages() {
    let cases = [
        ("12.34%", "0.1234"),
        ("12.34 %", "0.1234"),
        ("１２．５％", "0.1250"),
        ("-5%", "-0.0500"),
        ("(5%)", "-0.0500"),
        ("1,200%", "12.0000"),
        ("0.001%", "✗too_precise"),
        ("12%%", "✗not_a_number"),
        ("0.5", "✗not_a_number"),
        ("%", "✗not_a_number"),
    ];
    check_values(formatted(&["1,234.56%"], "decimal(10,4)"), &cases);
    let mixed = [("12,5 %", "0.125"), ("0,125", "0.125"), ("100%", "1.000")];
    check_values(formatted(&["1.234,56%", "1.234,56"], "decimal(10,3)"), &mixed);
    check_values(formatted(&["1,234.56%"], "double"), &[("0.1%", "0.001"), ("33.3%", "0.333")]);
    check_values(formatted(&["1,234.56%"], "integer"), &[("500%", "5"), ("5%", "✗too_precise")]);
    // The cell of a workbook that shows 12.5 % is 0.125.
    check_cells(
        formatted(&["1,234.56%"], "decimal(10,4)"),
        &[(Cell::Double(0.125), "0.1250"), (Cell::Integer(1), "1.0000")],
    );
}

/// Whatever is written in a format is read from it, and the one with the other point is not.
#[test]
fn written_numbers_are_read_back() {
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for example in NumberFormat::EXAMPLES {
        let (point, group) = match example.trim_end_matches('%') {
            "1,234.56" => ('.', ','),
            "1.234,56" => (',', '.'),
            "1 234,56" => (',', '\u{202f}'),
            _ => ('.', '’'),
        };
        let format = NumberFormat::parse(example).unwrap();
        assert_eq!(format.to_string(), example);
        let mut cases = Vec::new();
        for _ in 0..200 {
            let size = u32::try_from(random(9)).unwrap() + 1;
            let whole = random(10_u64.pow(size));
            let cents = random(100);
            let negative = random(3) == 0 && (whole, cents) != (0, 0);
            let digits = whole.to_string();
            let mut grouped = String::new();
            for (n, digit) in digits.chars().enumerate() {
                if n > 0 && (digits.len() - n) % 3 == 0 && example.len() % 2 == random(2) as usize {
                    grouped.clear();
                    break;
                }
                if n > 0 && (digits.len() - n) % 3 == 0 {
                    grouped.push(group);
                }
                grouped.push(digit);
            }
            let number = if grouped.is_empty() { digits } else { grouped };
            let number = match random(4) {
                0 => format!("¥{number}"),
                1 => format!("USD {number}"),
                _ => number,
            };
            let number = format!("{number}{point}{cents:02}");
            let percent = example.ends_with('%');
            let number = if percent { format!("{number} %") } else { number };
            let text = match (negative, random(3)) {
                (false, _) => number,
                (true, 0) => format!("({number})"),
                (true, _) => format!("-{number}"),
            };
            let sign = if negative { "-" } else { "" };
            let value = if percent {
                format!("{sign}{}.{:02}{cents:02}", whole / 100, whole % 100)
            } else {
                format!("{sign}{whole}.{cents:02}00")
            };
            cases.push((text, value));
        }
        let cases: Vec<(&str, &str)> = cases.iter().map(|(text, value)| (text.as_str(), value.as_str())).collect();
        check_values(formatted(&[example], "decimal(18,4)"), &cases);
    }
}

#[test]
fn booleans() {
    let usual = [("ＹＥＳ", "true"), ("１", "true"), ("否", "false"), ("True", "true"), ("on", "✗not_a_boolean")];
    check_values(column("x", "boolean"), &usual);
    let cases = [
        ("有效", "true"),
        ("无效", "false"),
        ("ACTIVE", "true"),
        ("ｉｎａｃｔｉｖｅ", "false"),
        ("true", "true"),
        ("是", "✗not_a_boolean"),
        ("1", "✗not_a_boolean"),
    ];
    check_values(formatted(&["有效/无效", "Active / Inactive"], "boolean"), &cases);
    check_values(formatted(&["0/1"], "boolean"), &[("0", "true"), ("1", "false")]);
    let cells = [
        (Cell::Integer(1), "true"),
        (Cell::Double(0.0), "false"),
        (Cell::Boolean(true), "true"),
        (Cell::Double(0.5), "✗not_a_boolean"),
        (Cell::Date(1), "✗not_a_boolean"),
    ];
    check_cells(column("x", "boolean"), &cells);
    check_cells(formatted(&["2/1"], "boolean"), &[(Cell::Integer(2), "true"), (Cell::Double(1.0), "false")]);
}

#[test]
fn dates_in_several_formats() {
    let chinese = [
        ("2024年3月5日", "2024-03-05"),
        ("2024年03月05日", "2024-03-05"),
        ("２０２４年３月５日", "2024-03-05"),
        ("2024 年 3 月 5 日", "2024-03-05"),
        ("2024年2月30日", "✗not_a_date"),
        ("二〇二四年三月五日", "✗not_a_date"),
        ("2024/3/5", "2024-03-05"),
        ("24-3-5", "2024-03-05"),
        ("1024-3-5", "✗out_of_range"),
    ];
    check_values(formatted(&["%Y 年 %m 月 %d 日", "%Y/%m/%d", "%Y-%m-%d", "%y-%m-%d"], "date"), &chinese);
    let named = [
        ("Sun, 3 Mar 2024", "2024-03-03"),
        ("Sunday, 3 March 2024", "2024-03-03"),
        ("sun, 3 mar 2024", "2024-03-03"),
        ("Tue, 3 Mar 2024", "✗not_a_date"),
        ("Tues, 5 Sept 2023", "✗not_a_date"),
        ("Tue, 5 Sept 2023", "2023-09-05"),
        ("2024-03-03 星期日", "2024-03-03"),
        ("2024-03-03 周日", "2024-03-03"),
        ("2024-03-04 周一", "2024-03-04"),
        ("2024-03-04 周二", "✗not_a_date"),
        ("0000-00-00 周二", "✗not_a_date"),
    ];
    check_values(formatted(&["%a, %d %b %Y", "%F %A"], "date"), &named);
    let halves = [
        ("2024-3-5 上午 9:05", "2024-03-05T01:05:00Z"),
        ("2024-3-5 下午9:05", "2024-03-05T13:05:00Z"),
        ("2024-3-5 上午12:00", "2024-03-04T16:00:00Z"),
        ("2024-3-5 下午12:00", "2024-03-05T04:00:00Z"),
        ("3/5/2024, 9:05\u{202f}PM", "2024-03-05T13:05:00Z"),
        ("3/5/2024, 9:05 p.m.", "2024-03-05T13:05:00Z"),
        ("3/5/2024, 13:05 PM", "✗not_a_timestamp"),
    ];
    check_values(formatted(&["%Y-%m-%d %p %I:%M", "%m/%d/%Y, %I:%M %p"], "timestamp"), &halves);
    // SQL Server writes seven digits.
    let exact =
        [("2024-01-02 03:04:05.1234567", "2024-01-01T19:04:05.123456Z"), ("2024-01-02 03:04:05,9", "✗not_a_timestamp")];
    check_values(column("x", "timestamp"), &exact);
    let words =
        SourceColumn { null_words: vec!["0000-00-00".to_owned(), "9999-12-31".to_owned()], ..column("x", "date") };
    check_values(
        words.clone(),
        &[("0000-00-00", "∅"), (" 9999-12-31", "∅"), ("NULL", "∅"), ("0000-00-01", "✗not_a_date")],
    );
    check_cells(words, &[(Cell::Date(2_932_896), "∅"), (Cell::Date(2_932_895), "9999-12-30")]);
}

#[test]
fn counted_moments() {
    let seconds = [
        ("1700000000", "2023-11-14T22:13:20Z"),
        ("1700000000.5", "2023-11-14T22:13:20.500Z"),
        ("-1", "1969-12-31T23:59:59Z"),
        ("0", "1970-01-01T00:00:00Z"),
        ("１７００００００００", "2023-11-14T22:13:20Z"),
        ("1700000000000", "✗out_of_range"),
        ("7258118400", "✗out_of_range"),
        ("-2208988801", "✗out_of_range"),
        ("99999999999999999999999999999999999999999999", "✗out_of_range"),
        ("1.7e9", "✗not_a_timestamp"),
        ("1,700,000,000", "✗not_a_timestamp"),
        ("5.", "✗not_a_timestamp"),
    ];
    check_values(formatted(&["epoch_s"], "timestamp"), &seconds);
    let millis = [
        ("1700000000123", "2023-11-14T22:13:20.123Z"),
        ("1700000000123.4567", "2023-11-14T22:13:20.123456Z"),
        // Seconds would be of January 1970.
        ("1700000000", "✗out_of_range"),
        ("946684801", "✗out_of_range"),
        // A date of birth.
        ("1728000000", "1970-01-21T00:00:00Z"),
        ("1700000000123456", "✗out_of_range"),
    ];
    check_values(formatted(&["epoch_ms"], "timestamp"), &millis);
    let micros = [("1700000000123456", "2023-11-14T22:13:20.123456Z"), ("1700000000123", "✗out_of_range")];
    check_values(formatted(&["epoch_us"], "timestamp"), &micros);
    let any = [
        ("1700000000", "2023-11-14T22:13:20Z"),
        ("1700000000123", "2023-11-14T22:13:20.123Z"),
        ("1700000000123456", "2023-11-14T22:13:20.123456Z"),
    ];
    check_values(formatted(&["epoch_s", "epoch_ms", "epoch_us"], "timestamp"), &any);
    // The day in the zone of the column: midnight in Shanghai is the afternoon before in UTC.
    check_values(formatted(&["epoch_ms"], "date"), &[("1704038400000", "2024-01-01"), ("1704038399999", "2023-12-31")]);
    let cells = [
        (Cell::Integer(1_700_000_000), "2023-11-14T22:13:20Z"),
        (Cell::Double(1_700_000_000.25), "2023-11-14T22:13:20.250Z"),
        (Cell::Decimal(17_000_000_001, 1), "2023-11-14T22:13:20.100Z"),
        (Cell::Double(f64::INFINITY), "✗not_a_timestamp"),
        (Cell::Boolean(true), "✗not_a_timestamp"),
        (Cell::Null, "∅"),
    ];
    check_cells(formatted(&["epoch_s"], "timestamp"), &cells);
    check_cells(
        formatted(&["%Y%m%d"], "date"),
        &[(Cell::Integer(20_240_131), "2024-01-31"), (Cell::Double(20_240_131.0), "2024-01-31")],
    );
    check_cells(column("x", "timestamp"), &[(Cell::Integer(1_700_000_000), "✗not_a_timestamp")]);
}

#[test]
fn serials_of_spreadsheets() {
    let dates = [
        ("45356", "2024-03-05"),
        ("45356.0", "2024-03-05"),
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("60", "✗not_a_date"),
        ("61", "1900-03-01"),
        ("2958465", "9999-12-31"),
        ("2958466", "✗out_of_range"),
        ("20240131", "✗out_of_range"),
        ("0", "✗not_a_date"),
        ("0.5", "✗not_a_date"),
        ("-1", "✗not_a_date"),
        ("45356.5", "✗not_a_date"),
        ("2024-03-05", "2024-03-05"),
    ];
    check_values(formatted(&["excel", "%F"], "date"), &dates);
    check_values(
        formatted(&["excel_1904"], "date"),
        &[("0", "1904-01-01"), ("43894", "2024-03-05"), ("2957004", "✗out_of_range")],
    );
    let shanghai = [
        ("45356.75", "2024-03-05T10:00:00Z"),
        ("45356.4567939815", "2024-03-05T02:57:47Z"),
        ("45356.99999999999", "2024-03-05T16:00:00Z"),
        ("45356", "2024-03-04T16:00:00Z"),
    ];
    check_values(formatted(&["excel"], "timestamp"), &shanghai);
    let cells = [
        (Cell::Double(45_356.75), "2024-03-05T10:00:00Z"),
        (Cell::Double(45_356.123_456_789), "2024-03-04T18:57:46.667Z"),
        (Cell::Integer(45_356), "2024-03-04T16:00:00Z"),
        (
            Cell::Local(i64::from(in_range(days_from_civil(2024, 3, 5)).unwrap()) * 86_400_000_000),
            "2024-03-04T16:00:00Z",
        ),
    ];
    check_cells(formatted(&["excel"], "timestamp"), &cells);
}

#[test]
fn numbers_that_are_not() {
    let cells = [
        (Cell::Double(f64::NAN), "✗not_a_number"),
        (Cell::Double(f64::INFINITY), "✗not_a_number"),
        (Cell::Double(1.5), "✗too_precise"),
        (Cell::Double(1e300), "✗out_of_range"),
        (Cell::Date(1), "✗not_a_number"),
        (Cell::Boolean(true), "✗not_a_number"),
        (Cell::Integer(i128::MAX), "✗out_of_range"),
    ];
    check_cells(column("x", "bigint"), &cells);
    let sentinel = SourceColumn { null_words: vec!["-1".to_owned()], ..column("x", "integer") };
    check_cells(sentinel, &[(Cell::Integer(-1), "∅"), (Cell::Double(-1.0), "∅"), (Cell::Integer(1), "1")]);
    let big = format!("{{\"x\": {}}}\n{{\"x\": 9007199254740993}}\n{{\"x\": 1e400}}\n", "9".repeat(38));
    check(
        big,
        &json(source("x decimal(38,0)")),
        &[&format!("{}|1", "9".repeat(38)), "9007199254740993|2", "✗3|x|out_of_range"],
    );
}

#[test]
fn null_words_of_a_column() {
    let column = SourceColumn { null_words: vec!["无".to_owned(), "N/A".to_owned()], ..column("x", "string") };
    check_values(column, &[("无", "∅"), (" N/A ", "∅"), ("-", "∅"), ("n/a", "n/a")]);
}

/// Not bytes, and not what a person would call a letter: an accent of its own is one more.
#[test]
fn characters_are_scalar_values() {
    let short = SourceColumn { max_length: Some(2), ..column("x", "string") };
    check_values(short, &[("😀😀", "😀😀"), ("e\u{301}", "e\u{301}"), ("e\u{301}e", "✗too_long"), ("👩‍👧", "✗too_long")]);
}

#[test]
fn rejects_say_the_format() {
    let expected = |column: SourceColumn, text: &str| {
        let source = Source { columns: vec![column], ..source("x string") };
        let got = run_files(&source, &[("a.csv", format!("x\n\"{text}\"\n").as_bytes())], 1).unwrap();
        got.rejects.split('|').nth(3).unwrap().to_owned()
    };
    assert_eq!(
        expected(formatted(&["1.234,56", "1,234.56%"], "decimal(9,2)"), "x"),
        "decimal(9,2) as 1.234,56 or 1,234.56%"
    );
    assert_eq!(
        expected(formatted(&["1.234,56"], "integer"), "1,5"),
        "integer as 1.234,56, without more digits behind the point"
    );
    assert_eq!(expected(formatted(&["有效/无效"], "boolean"), "是"), "boolean as 有效/无效");
    assert_eq!(expected(formatted(&["%d.%m.%Y", "excel"], "date"), "x"), "date as %d.%m.%Y or excel");
    assert_eq!(
        expected(formatted(&["epoch_s"], "timestamp"), "1700000000000"),
        "timestamp as epoch_s, counted within the years 1900 to 2199"
    );
    assert_eq!(expected(column("x", "date"), "0001-01-01"), "date of the years 1800 to 9999");
    assert_eq!(expected(column("x", "date"), "x"), "date as 2024-01-31 or 2024/01/31");
}

/// A number of JSON has a point; what stands in quotes is written as the source says.
#[test]
fn numbers_of_json_are_of_no_format() {
    let lines = "{\"x\": 1.234}\n{\"x\": \"1.234,56\"}\n{\"x\": 1234.5}\n{\"x\": \"1234.5\"}\n{\"x\": \"\\u0031,5\"}\n\
                 {\"x\": -1.5e3}\n{\"x\":null}\n{\"x\": true}\n";
    let mut source = json(source("x decimal(18,3)"));
    source.columns[0].notation = Notation::Numbers(vec![NumberFormat::parse("1.234,56").unwrap()]);
    let expected = [
        "1.234|1",
        "1234.560|2",
        "1234.500|3",
        "1.500|5",
        "-1500.000|6",
        "∅|7",
        "✗4|x|not_a_number",
        "✗8|x|not_a_number",
    ];
    check(lines, &source, &expected);
    source.columns[0].notation = Notation::Numbers(vec![NumberFormat::parse("1.234,56%").unwrap()]);
    check("{\"x\": 0.125}\n{\"x\": \"12,5 %\"}\n", &source, &["0.125|1", "0.125|2"]);
}

#[test]
fn several_currencies_are_said() {
    let said = |files: &[(&str, &[u8])]| {
        let source = source("id integer; x decimal(18,2)");
        let got = run_files(&source, files, 2).unwrap();
        let priced = got.ingested.ledger.iter().map(|ledger| (ledger.path.as_str(), ledger.currencies.as_slice()));
        let judged = judge_currencies(&source, &priced.collect::<Vec<_>>());
        judged.iter().map(ToString::to_string).collect::<String>().lines().take(2).collect::<Vec<_>>().join("\n")
    };
    let none = [
        "id,x\n1,¥5\n2,6\n3,7元\n4,CNY 8\n5,￥９\n6,RMB9\n",
        "id,x\n1,$5\n2,USD 6\n3,US$7\n4,8 USD\n",
        "id,x\n1,$5 CAD\n2,CA$6\n",
        "id,x\n1,¥5\n2,6円\n3,JPY 7\n",
        // A record that is set aside is not added up.
        "id,x\n1,¥5\nx,$6\n2,$7 each\n3,$1.005\n",
    ];
    for text in none {
        assert_eq!(said(&[("a.csv", text.as_bytes())]), "", "{text}");
    }
    assert_eq!(
        said(&[("a.csv", "id,x\n1,¥5\n2,$6\n3,7元\n4,HK$5\n".as_bytes())]),
        "warning[S0361]: `x` has numbers of several currencies, added up as if of one: 2 in CNY, 1 in $, 1 in HKD\n --> a.csv"
    );
    let months: [(&str, &[u8]); 3] = [
        ("1.csv", b"id,x\n1,EUR 5\n2,6\n"),
        ("2.csv", "id,x\n3,£7\n".as_bytes()),
        ("3.csv", "id,x\n4,£7\n5,£8\n".as_bytes()),
    ];
    assert_eq!(
        said(&months),
        "warning[S0361]: `x` has numbers of several currencies, added up as if of one: 3 in GBP, 1 in EUR\n --> 2.csv"
    );
}
