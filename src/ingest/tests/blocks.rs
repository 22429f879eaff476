//! Splitting, whatever the size of the blocks a file is read in.

use super::*;
use crate::ingest::formats::fixed::FixedWidth;
use crate::ingest::formats::json::Shape;
use crate::ingest::part::Part;
use crate::ingest::read::Text;
use crate::ingest::records::Records;
use crate::project::source::Fixed;

/// Numbers without a pattern, the same each time.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Every record with its line, and every reject without its text; what was counted; the error, if that is how it ends.
fn read<'t>(
    part: &'t Part<'t>,
    progress: &'t Progress,
    charset: Charset,
    block: usize,
    limit: Option<usize>,
    open: impl Fn(Text<'t>) -> Result<(Records<'t>, usize), Error>,
) -> Vec<String> {
    let mut seen = Vec::new();
    let mut all = || {
        let (mut records, width) = open(Text::open(part, charset, progress)?.with_block(block))?;
        records.limit = limit.unwrap_or(records.limit);
        let (mut blank, mut skipped) = (0, 0);
        while let Some(chunk) = records.next()? {
            for (at, row) in chunk.rows.iter().enumerate() {
                let cells: Vec<Option<&str>> = (0..width).map(|field| chunk.column(field).nth(at).unwrap()).collect();
                seen.push((row.line, format!("{cells:?}")));
            }
            seen.extend(chunk.rejects.iter().map(|it| (it.line, format!("{} {}", it.reason.code(), it.expected))));
            (blank, skipped) = (blank + chunk.blank, skipped + chunk.skipped);
        }
        seen.push((i64::MAX, format!("{blank} blank, {skipped} skipped")));
        records.finish()
    };
    if let Err(error) = all() {
        return vec![error.to_string()];
    }
    seen.sort();
    seen.into_iter().map(|(line, text)| format!("{line} {text}")).collect()
}

fn on_part<T>(local: &Path, run: impl FnOnce(&Part<'_>, &Progress) -> T) -> T {
    let size = fs::metadata(local).unwrap().len();
    let input = Input { path: "a.csv".to_owned(), local: local.to_owned(), size };
    run(&Part::of(&input).unwrap().remove(0), &Progress::default())
}

fn read_csv(local: &Path, csv: &Csv, block: usize, limit: Option<usize>) -> Vec<String> {
    on_part(local, |part, progress| {
        read(part, progress, csv.charset, block, limit, |text| {
            Records::csv(text, csv).map(|(records, first)| (records, first.map_or(0, |first| first.len())))
        })
    })
}

#[test]
fn their_size_does_not_matter() {
    let mut dice = Dice(7);
    let file = tempfile::NamedTempFile::new().unwrap();
    let parts: [&[u8]; 18] = [
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
        b"|",
        b"\\",
        b"\n#x",
        b"\na,b\n",
    ];
    for round in 0..240 {
        let mut bytes = if round % 2 == 0 { b"a,b\n".to_vec() } else { Vec::new() };
        for _ in 0..dice.roll(40) {
            bytes.extend(parts[dice.roll(parts.len())]);
        }
        fs::write(file.path(), &bytes).unwrap();
        for charset in [Charset::Declared(encoding_rs::UTF_8), Charset::Declared(encoding_rs::GBK), Charset::Auto] {
            let csv = Csv {
                charset,
                header: [Header::First, Header::First, Header::None, Header::Line(2)][round % 4],
                delimiter: if round % 8 < 5 { "," } else { "||" }.to_owned(),
                escape: (round % 3 == 0).then_some(b'\\'),
                comment: if round % 5 < 2 { vec!["#x".to_owned()] } else { Vec::new() },
                ..csv()
            };
            let whole = read_csv(file.path(), &csv, 1 << 20, None);
            for block in [1, 2, 3, 5, 8] {
                let shown = bytes.escape_ascii();
                assert_eq!(read_csv(file.path(), &csv, block, None), whole, "{shown} in blocks of {block}");
            }
        }
    }
}

#[test]
fn their_size_does_not_matter_to_documents_and_fixed_places() {
    let mut dice = Dice(3);
    let file = tempfile::NamedTempFile::new().unwrap();
    let parts: [&[u8]; 18] = [
        b"{\"a\": 1}",
        b",",
        b"{\"a\": \"x\\\"}\"}",
        b"{\"a\": [1, {}], \"b\": null}",
        b"\n",
        b" ",
        b"]",
        b"[",
        b"{",
        b"}",
        b"\"",
        b"7",
        b"true",
        "\"王\"".as_bytes(),
        b"\xff",
        b"\r\n",
        b"{\"a\" 1},",
        b"{\"a\": 2},\n",
    ];
    let s = source("a string; b string");
    let places = Fixed {
        charset: Charset::Declared(encoding_rs::UTF_8),
        first_row: 2,
        comment: vec!["{".to_owned()],
        null_words: Vec::new(),
    };
    let mut fixed_columns = s.columns.clone();
    fixed_columns[0].from = vec!["1-2".to_owned()];
    fixed_columns[1].from = vec!["4-5".to_owned()];
    for round in 0..600 {
        let mut bytes = [b"[".as_slice(), b"{\"x\": [", b"[{\"a\": 1},", b""][round % 4].to_vec();
        for at in 0..dice.roll(12) {
            // Mostly what may stand there, so that most documents are not over at once.
            if round % 3 > 0 && at % 2 == 0 {
                bytes.extend(b"{\"a\": 3}")
            } else {
                bytes.extend(parts[dice.roll(parts.len())])
            }
        }
        bytes.extend([b"]".as_slice(), b"]}", b"]", b""][round % 4]);
        fs::write(file.path(), &bytes).unwrap();
        let path: Vec<String> = if round % 4 == 1 { vec!["x".to_owned()] } else { Vec::new() };
        let utf8 = Charset::Declared(encoding_rs::UTF_8);
        let document = |block| {
            on_part(file.path(), |part, progress| {
                read(part, progress, utf8, block, None, |text| {
                    Ok((Records::json(text, Shape::new(&s.columns), &path, 2), 2))
                })
            })
        };
        let fixed = |block| {
            on_part(file.path(), |part, progress| {
                read(part, progress, utf8, block, None, |text| {
                    Ok((Records::fixed(text, FixedWidth::new(&places, &fixed_columns), places.first_row, 2)?, 2))
                })
            })
        };
        let whole = (document(1 << 20), fixed(1 << 20));
        for block in [1, 2, 3, 7] {
            let shown = bytes.escape_ascii();
            assert_eq!((document(block), fixed(block)), whole, "{shown} in blocks of {block}");
        }
        // What a strict reader takes is taken; what it does not take is not, unless it was set aside.
        if let (Ok(text), 0) = (std::str::from_utf8(&bytes), path.len()) {
            let sound = serde_json::from_str::<serde_json::Value>(text).is_ok();
            let objects = whole.0.iter().all(|line| !line.contains("not_json"));
            let read = whole.0.last().is_some_and(|line| line.starts_with(&i64::MAX.to_string()));
            assert!(!sound || read, "{text}");
            assert!(sound || !read || !objects || text.trim().is_empty(), "{text}");
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
            let seen = read_csv(file.path(), &csv(), block, Some(64));
            let given_up = "field_too_long records of at most 64 bytes";
            let rest = format!("{} 0 blank, 0 skipped", i64::MAX);
            let record = "3 [Some(\"1\"), Some(\"y\")]";
            assert_eq!(seen, [&format!("2 {given_up}"), record, &format!("4 {given_up}"), &rest]);
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
            expected.push(format!("{line} {:?}", record.iter().map(Some).collect::<Vec<_>>()));
            line += 1 + record.concat().matches('\n').count();
        }
        fs::write(file.path(), writer.into_inner().unwrap()).unwrap();
        expected.sort_by_key(|it| it.split(' ').next().unwrap().parse::<usize>().unwrap());
        expected.push(format!("{} 0 blank, 0 skipped", i64::MAX));
        assert_eq!(read_csv(file.path(), &csv(), 3, None), expected);
    }
}
