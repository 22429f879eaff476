//! Splitting, whatever the size of the blocks a file is read in.

use super::*;
use crate::ingest::read::Text;
use crate::ingest::records::Records;

/// Numbers without a pattern, the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Every record with its line, and every reject without its text.
fn read(local: &Path, csv: &Csv, block: usize, limit: Option<usize>) -> Vec<String> {
    let size = fs::metadata(local).unwrap().len();
    let input = Input { path: "a.csv".to_owned(), local: local.to_owned(), size };
    let progress = Progress::default();
    let text = Text::open(&input, super::super::file::encoding(csv.charset), &progress).unwrap().with_block(block);
    let (mut records, first) = match Records::csv(text, csv) {
        Ok(opened) => opened,
        Err(error) => return vec![error.to_string()],
    };
    records.limit = limit.unwrap_or(records.limit);
    let mut seen = Vec::new();
    let width = first.map_or(0, |first| first.len());
    while let Some(chunk) = records.next().unwrap() {
        for (at, row) in chunk.rows.iter().enumerate() {
            let cells: Vec<&str> = (0..width).map(|field| chunk.column(field).nth(at).unwrap().unwrap()).collect();
            seen.push((row.line, format!("{cells:?}")));
        }
        seen.extend(chunk.rejects.iter().map(|it| (it.line, format!("{} {}", it.reason.code(), it.expected))));
    }
    seen.sort();
    records.finish().unwrap();
    seen.into_iter().map(|(line, text)| format!("{line} {text}")).collect()
}

#[test]
fn their_size_does_not_matter() {
    let mut dice = Dice(7);
    let file = tempfile::NamedTempFile::new().unwrap();
    let parts: [&[u8]; 14] = [
        b"a",
        b",",
        b"\"",
        b"\n",
        b"\r",
        b"\r\n",
        "王".as_bytes(),
        b"\xff",
        b",",
        b"x,y",
        b"\"a\",\"b\"\n",
        b" ",
        b"\"\"",
        b"\0",
    ];
    for round in 0..400 {
        let mut bytes = if round % 2 == 0 { b"a,b\n".to_vec() } else { Vec::new() };
        for _ in 0..dice.roll(40) {
            bytes.extend(parts[dice.roll(parts.len())]);
        }
        fs::write(file.path(), &bytes).unwrap();
        for encoding in [encoding_rs::UTF_8, encoding_rs::GBK] {
            let csv = Csv {
                charset: Charset::Declared(encoding),
                header: if round % 4 < 2 { Header::First } else { Header::None },
                ..csv()
            };
            let whole = read(file.path(), &csv, 1 << 20, None);
            for block in [1, 2, 3, 5, 8] {
                assert_eq!(
                    read(file.path(), &csv, block, None),
                    whole,
                    "{:?} in blocks of {block}",
                    bytes.escape_ascii().to_string()
                );
            }
        }
    }
}

#[test]
fn a_record_without_end_is_passed_over() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a,b", &"x".repeat(500), "1,y", &"z".repeat(300), ""].join(end);
        fs::write(file.path(), text).unwrap();
        for block in [1, 4, 7] {
            let seen = read(file.path(), &csv(), block, Some(64));
            let given_up = "field_too_long records of at most 64 bytes";
            assert_eq!(seen, [&format!("2 {given_up}"), "3 [\"1\", \"y\"]", &format!("4 {given_up}")]);
        }
    }
}

#[test]
fn what_the_csv_crate_writes_is_read() {
    let mut dice = Dice(11);
    let file = tempfile::NamedTempFile::new().unwrap();
    let letters = ["a", "王", ",", "\"", "\n", "\r\n", "-", " b "];
    for _ in 0..300 {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["h1", "h2", "h3"]).unwrap();
        let mut expected = Vec::new();
        let mut line = 2;
        for _ in 0..dice.roll(6) {
            let mut record = vec!["1".to_owned()];
            record.extend((0..2).map(|_| (0..dice.roll(6)).map(|_| letters[dice.roll(letters.len())]).collect()));
            writer.write_record(&record).unwrap();
            expected.push(format!("{line} {record:?}"));
            line += 1 + record.concat().matches('\n').count();
        }
        fs::write(file.path(), writer.into_inner().unwrap()).unwrap();
        expected.sort_by_key(|it| it.split(' ').next().unwrap().parse::<usize>().unwrap());
        assert_eq!(read(file.path(), &csv(), 3, None), expected);
    }
}
