//! Workbooks.

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook as Writer};

use super::*;
use crate::project::source::{Sheet, Workbook};

fn book(columns: &str, change: impl FnOnce(&mut Workbook)) -> Source {
    let mut workbook = Workbook {
        sheet: Sheet::Number(1),
        header: Header::First,
        header_rows: 1,
        comment: Vec::new(),
        null_words: vec!["-".to_owned()],
    };
    change(&mut workbook);
    Source { format: Format::Workbook(workbook), ..source(columns) }
}

fn fails(source: &Source, bytes: &[u8]) -> String {
    run_files(source, &[("a.xlsx", bytes)], 1).err().unwrap().to_diagnostic().to_string()
}

fn orders() -> Vec<u8> {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    sheet.set_name("订单").unwrap();
    for (column, name) in ["id", "name", "amount", "day", "at", "vip", "note"].iter().enumerate() {
        sheet.write(1, column as u16, *name).unwrap();
    }
    let (day, at) =
        (Style::new().set_num_format("yyyy\"年\"m\"月\"d\"日\""), Style::new().set_num_format("m/d/yy h:mm"));
    let moment = |text| ExcelDateTime::parse_from_str(text).unwrap();
    sheet.write(2, 0, "0012").unwrap();
    sheet.write_rich_string(2, 1, &[(&Style::new().set_bold(), "王"), (&Style::new(), "小明")]).unwrap();
    sheet.write(2, 2, 12.0).unwrap();
    sheet.write_with_format(2, 3, moment("2024-03-05"), &day).unwrap();
    sheet.write_with_format(2, 4, moment("2024-03-05T12:34:56.789"), &at).unwrap();
    sheet.write(2, 5, true).unwrap();
    sheet.write_with_format(2, 6, moment("12:30:00"), &Style::new().set_num_format("hh:mm")).unwrap();
    // A formula has the value it had when the workbook was saved.
    sheet.write(4, 0, 13_800_138_000_i64).unwrap();
    sheet.write(4, 1, "  ").unwrap();
    sheet.write_formula(4, 2, Formula::new("=0.1+0.2").set_result("0.30000000000000004")).unwrap();
    sheet.write_with_format(4, 3, moment("1900-01-01"), &day).unwrap();
    sheet.write_with_format(4, 4, moment("9999-12-31T23:59:59"), &at).unwrap();
    sheet.write(4, 5, "否").unwrap();
    sheet.write(4, 6, 1234.56).unwrap();
    sheet.set_row_hidden(4).unwrap();
    sheet.write(5, 0, "x").unwrap();
    sheet.write_formula(5, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write(6, 0, "y").unwrap();
    sheet.write(6, 3, 45_356).unwrap();
    sheet.write(7, 0, "合计").unwrap();
    sheet.write(7, 2, 99).unwrap();
    writer.add_worksheet().set_name("2024").unwrap().write(0, 0, "id").unwrap();
    writer.save_to_buffer().unwrap()
}

const ORDERS: &str = "id string; name string; amount decimal(18,2); day date; at timestamp; vip boolean; note string";

#[test]
fn cells_have_the_values_that_were_stored() {
    let s = book(ORDERS, |workbook| workbook.comment = vec!["合计".to_owned()]);
    let bytes = orders();
    check(
        &bytes,
        &s,
        &[
            "0012|王小明|12.00|2024-03-05|2024-03-05T04:34:56.789Z|true|12:30:00|3",
            "13800138000|∅|0.30|1900-01-01|9999-12-31T15:59:59Z|false|1234.56|5",
            "✗6|amount|cell_error",
            "✗7|day|not_a_date",
        ],
    );
    let got = run_files(&s, &[("a.xlsx", &bytes)], 1).unwrap();
    let ledger = &got.ingested.ledger[0];
    assert_eq!((ledger.rows_in, ledger.rows_out, ledger.quarantined, ledger.blank, ledger.skipped), (7, 2, 2, 2, 1));
    assert!(got.rejects.contains("a value; the cell says #DIV/0!|x,,#DIV/0!"), "{}", got.rejects);
    // Nobody asked for the column with the error.
    check(&bytes, &book("id string", |_| {}), &["0012|3", "13800138000|5", "x|6", "y|7", "合计|8"]);
    let got = run_files(
        &s,
        &[("a.xlsx.gz", &{
            use std::io::Write as _;
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            gzip.write_all(&bytes).unwrap();
            gzip.finish().unwrap()
        })],
        1,
    );
    assert_eq!(got.unwrap().ingested.ledger[0].rows_out, 2);
}

#[test]
fn sheets_are_found_by_name_or_number() {
    let bytes = orders();
    for sheet in [Sheet::Name("2024".to_owned()), Sheet::Number(2), Sheet::Number(2024)] {
        let got = run_files(&book("id string", |workbook| workbook.sheet = sheet), &[("a.xlsx", &bytes)], 1).unwrap();
        assert_eq!(got.ingested.ledger[0].rows_in, 0);
    }
    let expected = "error[S0322]: the workbook has no sheet `3`\n --> a.xlsx\nhelp: the workbook has `订单`, `2024`";
    assert_eq!(fails(&book("id string", |workbook| workbook.sheet = Sheet::Number(3)), &bytes), expected);
    let by_position = |workbook: &mut Workbook| workbook.header = Header::None;
    let mut s = book("id string; day string", by_position);
    (s.columns[0].from, s.columns[1].from) = (vec!["1".to_owned()], vec!["4".to_owned()]);
    let got = run_files(&s, &[("a.xlsx", &bytes)], 1).unwrap();
    assert!(got.rows.starts_with("id|day|2\n0012|2024-03-05|3\n"), "{}", got.rows);
    assert_eq!(got.ingested.warnings.warnings(), 0);
}

#[test]
fn merged_headers() {
    let mut writer = Writer::new();
    let (sheet, style) = (writer.add_worksheet(), Style::new());
    sheet.write(0, 0, "Report").unwrap();
    sheet.merge_range(2, 0, 3, 0, "id", &style).unwrap();
    sheet.merge_range(2, 1, 2, 2, "Amount\n(CNY)", &style).unwrap();
    sheet.write(3, 1, "paid").unwrap();
    sheet.write(3, 2, "off").unwrap();
    for (row, id) in [(4, 1), (5, 2)] {
        for column in 0..3 {
            sheet.write(row, column, f64::from(id) + f64::from(column) / 4.0).unwrap();
        }
    }
    let bytes = writer.save_to_buffer().unwrap();
    let mut s = book("id integer; paid decimal(9,2); off decimal(9,2)", |workbook| {
        (workbook.header, workbook.header_rows) = (Header::Line(3), 2);
    });
    s.columns[1].from = vec!["Amount (CNY) paid".to_owned()];
    s.columns[2].from = vec!["Amount (CNY) off".to_owned()];
    check(&bytes, &s, &["1|1.25|1.50|5", "2|2.25|2.50|6"]);
    let ledger = &run_files(&s, &[("a.xlsx", &bytes)], 1).unwrap().ingested.ledger[0];
    assert_eq!((ledger.rows_in, ledger.skipped), (4, 2));
    let s = book("id integer", |workbook| workbook.header = Header::Line(2));
    assert!(fails(&s, &bytes).contains("row 2 is blank"), "{}", fails(&s, &bytes));
}

#[test]
fn old_and_open_workbooks() {
    let mut s = book("id string; paid decimal(9,2); off decimal(9,2); day date; at timestamp", |workbook| {
        (workbook.header, workbook.header_rows) = (Header::Line(2), 2);
        workbook.comment = vec!["合计".to_owned()];
    });
    for (column, from) in s.columns.iter_mut().zip(["订单号", "金额 实付", "金额 优惠", "日期", "时间"])
    {
        column.from = vec![from.to_owned()];
    }
    check(
        include_bytes!("fixtures/merged_header.xls"),
        &s,
        &[
            "0012|12.00|0.10|2024-03-05|2024-03-05T04:34:56Z|4",
            "13800138000|1234.56|-2.00|1900-01-01|2024-12-31T15:59:59Z|6",
        ],
    );
    let s = book("id integer; name string; day timestamp; amount decimal(9,2); vip boolean", |_| {});
    check(
        include_bytes!("fixtures/plain.ods"),
        &s,
        &["1|王|2024-03-04T16:00:00Z|0.30|true|2", "2|∅|2024-03-05T04:00:00Z|1234.50|false|4"],
    );
}

#[test]
fn what_is_no_sound_workbook() {
    let s = book("id string", |_| {});
    assert!(fails(&s, b"<html><table>").starts_with("error[S0319]: the file is not a workbook"));
    assert!(fails(&s, b"").starts_with("error[S0319]"));
    let bytes = orders();
    for cut in [4, 100, bytes.len() / 2, bytes.len() - 10] {
        assert!(fails(&s, &bytes[..cut]).starts_with("error[S0303]"), "{cut}: {}", fails(&s, &bytes[..cut]));
    }
    let old = include_bytes!("fixtures/merged_header.xls");
    let open = include_bytes!("fixtures/plain.ods");
    for (bytes, step) in [(bytes.as_slice(), 61), (old.as_slice(), 37), (open.as_slice(), 61)] {
        for at in (0..bytes.len()).step_by(step) {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 0xFF;
            // An error or rows, but never a hang.
            let _ = run_files(&s, &[("a.xlsx", &damaged)], 1);
        }
    }
    // A cell at the end of the world is no reason to make room for the world.
    let mut far = old.to_vec();
    let at = far.windows(4).rposition(|it| it == b"\xfd\x00\x0a\x00").unwrap();
    far[at + 4..at + 8].fill(0xFF);
    assert!(fails(&s, &far).starts_with("error[S0321]: the workbook is too large"), "{}", fails(&s, &far));
    for cut in (8..old.len()).step_by(97) {
        let _ = run_files(&s, &[("a.xls", &old[..cut])], 1);
    }
}

#[test]
fn large_sheets_are_read_row_by_row() {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    sheet.write(0, 0, "id").unwrap();
    for row in 1..=20_000 {
        sheet.write(row, 0, row).unwrap();
    }
    // A far cell costs nothing.
    sheet.write(1_048_575, 16_383, "far").unwrap();
    let bytes = writer.save_to_buffer().unwrap();
    let got = run_files(&book("id integer", |_| {}), &[("a.xlsx", &bytes)], 2).unwrap();
    let ledger = &got.ingested.ledger[0];
    assert_eq!((ledger.rows_out, ledger.blank), (20_001, 1_048_576 - 1 - 20_001));
}

#[test]
fn files_are_united_by_name() {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    for (column, text) in ["extra", "b", "a"].iter().enumerate() {
        sheet.write(0, column as u16, *text).unwrap();
        sheet.write(1, column as u16, 7).unwrap();
    }
    let s = book("a integer; b string", |_| {});
    let got = run_files(&s, &[("a.xlsx", &writer.save_to_buffer().unwrap())], 1).unwrap();
    assert_eq!(got.rows, "7|7|2");
    assert!(!got.ingested.ledger[0].headed.as_ref().unwrap().extra.is_empty());
    let files: [(&str, &[u8]); 3] = [("1.csv", b"a,b\n1,x\n"), ("2.csv", b"extra,b,a\n9,y,2\n"), ("3.csv", b"a\n3\n")];
    let got = run_files(&source("a integer; b string"), &files, 2).unwrap();
    assert_eq!(got.rows, "1|x|2\n2|y|2\n3|∅|2");
}
