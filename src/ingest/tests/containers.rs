//! Files in other files.

use std::io::{Cursor, Write as _};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut bzip2 = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    bzip2.write_all(bytes).unwrap();
    bzip2.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut zstd = ::zstd::Encoder::new(Vec::new(), 3).unwrap();
    zstd.include_checksum(true).unwrap();
    zstd.write_all(bytes).unwrap();
    zstd.finish().unwrap()
}

/// Members with their method, as an archiver writes them.
fn zip(members: &[(&str, &[u8], u16)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, method) in members {
        let packed = match method {
            8 => {
                let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
                deflate.write_all(bytes).unwrap();
                deflate.finish().unwrap()
            }
            12 => bzip2(bytes),
            93 => zstd(bytes),
            _ => bytes.to_vec(),
        };
        let mut checksum = flate2::Crc::new();
        checksum.update(bytes);
        let mut fields = Vec::new();
        fields.extend(20_u16.to_le_bytes());
        // Names are UTF-8.
        fields.extend((1_u16 << 11).to_le_bytes());
        fields.extend(method.to_le_bytes());
        fields.extend([0, 0, 33, 0]);
        fields.extend(checksum.sum().to_le_bytes());
        fields.extend((packed.len() as u32).to_le_bytes());
        fields.extend((bytes.len() as u32).to_le_bytes());
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        let offset = out.len() as u32;
        directory.extend([b"PK\x01\x02\x14\x03".as_slice(), &fields, &[0; 10]].concat());
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
        out.extend([b"PK\x03\x04".as_slice(), &fields, name.as_bytes(), &packed].concat());
    }
    let (start, length, count) = (out.len() as u32, directory.len() as u32, members.len() as u16);
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([length.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

fn fails(source: &Source, name: &str, bytes: &[u8]) -> String {
    match run_files(source, &[(name, bytes)], 1) {
        Ok(got) => panic!("{name} was read: {:?}", got.ingested.ledger),
        Err(error) => error.to_diagnostic().to_string(),
    }
}

#[test]
fn packed_files_are_read_as_if_they_were_not() {
    let s = source("a integer; b string");
    for (extension, pack) in [("GZ", gzip as fn(&[u8]) -> Vec<u8>), ("zst", zstd), ("bz2", bzip2)] {
        // One file may be several, one behind the other.
        let two = [pack(b"a,b\n1,x\n"), pack(b"2,y\n")].concat();
        let name = format!("a.csv.{extension}");
        let got = run_files(&s, &[(&name, &two)], 1).unwrap();
        assert_eq!(got.rows, "1|x|2\n2|y|3", "{extension}");
        assert_eq!(got.ingested.ledger[0].bytes, two.len() as u64);
        assert_eq!(got.ingested.ledger[0].sha256, hex_sha(&two));
        for cut in [0, 1, 10, two.len() / 4, two.len() - 3] {
            let result = run_files(&s, &[(&name, &two[..cut])], 1).map(|got| got.ingested.ledger);
            assert!(matches!(result, Err(Error::Packed { .. })), "{extension} {cut} of {}: {result:?}", two.len());
        }
        let mut damaged = two.clone();
        damaged[two.len() / 3] ^= 0x55;
        let error = run_files(&s, &[(&name, &damaged)], 1).err().unwrap();
        assert!(matches!(error, Error::Packed { .. }), "{extension}: {error}");
    }
}

#[test]
fn two_members_of_one_name_are_refused() {
    let s = source("a integer; b string");
    let told =
        fails(&s, "a.zip", &zip(&[("a.csv", b"a,b\n1,x\n", 8), ("b.csv", b"a,b\n", 8), ("a.csv", b"a,b\n2,y\n", 8)]));
    let expected = "error[S0316]: the archive has two files of the name `a.csv`\n --> a.zip\n\
                    help: pack them under names of their own";
    assert_eq!(told, expected);
}

#[test]
fn an_empty_snapshot_is_no_table_without_rows() {
    let s = Source { load: Load::Snapshot, ..source("a integer; b string") };
    let expected = "error[S0305]: the header cannot be read: the file is empty, and a snapshot says what there is\n --> b.csv\n\
                    help: remove the file; a snapshot of nothing is a file with its header alone";
    assert_eq!(fails(&s, "b.csv", b""), expected);
    assert_eq!(run_files(&s, &[("b.csv", b"a,b\n")], 1).unwrap().rows, "");
}

#[test]
fn bombs_are_not_unpacked() {
    use crate::ingest::read::is_bomb;
    assert!(is_bomb(1 << 20, 1 << 30) && is_bomb(u64::MAX, 2 << 40));
    assert!(!is_bomb(1 << 20, 400 << 20) && !is_bomb(1 << 10, 60 << 20));
    let zeros = vec![0; 65 << 20];
    let s = Source { format: Format::Parquet, ..source("a integer") };
    let told = fails(&s, "a.parquet.zst", &zstd(&zeros));
    assert!(told.starts_with("error[S0303]: the file unpacks to more than 500 times"), "{told}");
    // Whatever the directory says of it.
    let told = fails(&s, "a.zip", &zip(&[("a.parquet", &zeros, 93)]));
    assert!(told.starts_with("error[S0303]: the file unpacks to more than 500 times"), "{told}");
    let s = Source {
        format: Format::Workbook(crate::project::source::Workbook {
            sheet: crate::project::source::Sheet::Number(1),
            header: Header::First,
            header_rows: 1,
            comment: Vec::new(),
            null_words: Vec::new(),
        }),
        ..s
    };
    let told = fails(&s, "a.xlsx", &zip(&[("xl/workbook.xml", &zeros, 8)]));
    assert!(told.starts_with("error[S0303]: the file unpacks to more than 500 times"), "{told}");
}

#[test]
fn names_and_bytes_agree() {
    let s = source("a integer; b string");
    let text = b"a,b\n1,x\n".as_slice();
    let expected = "error[S0315]: the file is gzip data, which its name does not say\n --> a.csv\n\
                    help: name it `a.csv.gz`, or unpack it";
    assert_eq!(fails(&s, "a.csv", &gzip(text)), expected);
    let expected = "error[S0315]: the file ends in `.gz`, but what it has is something else\n --> a.csv.gz\n\
                    help: if it is not packed, name it `a.csv`";
    assert_eq!(fails(&s, "a.csv.gz", text), expected);
    assert!(fails(&s, "a.csv.gz", &zstd(text)).ends_with("help: name it `a.csv.zst`"));
    assert!(fails(&s, "a.csv.gz", &gzip(&gzip(text))).ends_with("help: it is packed twice: unpack it once"));
    assert!(fails(&s, "a.csv", &zip(&[("a.csv", text, 8)])).ends_with("help: name it `a.csv.zip`, or unpack it"));
    assert!(fails(&s, "a.csv", &bzip2(text)).contains("is bzip2 data"));
    assert!(fails(&s, "a.csv", &zip(&[("[Content_Types].xml", text, 8)])).contains("declare `type: xlsx`"));
    assert!(fails(&s, "a.zip", text).contains("ends in `.zip`"));
    assert!(fails(&json(s), "a.jsonl", b"PAR1\x15\x04").contains("declare `type: parquet`"));
}

#[test]
fn members_of_an_archive_are_files() {
    let mut s = source("a integer; b string");
    s.amount = Some(name("a"));
    let members: [(&str, &[u8], u16); 8] = [
        ("z.csv", b"b,a\ny,2\nbad,x\n", 8),
        ("data/", b"", 0),
        ("data/m.csv", "a,b\n3,王\n".as_bytes(), 93),
        ("a.csv", b"a,b\n1,x\n", 0),
        ("d.csv", b"a,b\n5,x\n", 12),
        ("__MACOSX/._a.csv", b"\0", 0),
        (".DS_Store", b"\0", 0),
        ("data/.DS_Store", b"\0", 0),
    ];
    let packed = zip(&members);
    let got = run_files(&s, &[("b.csv", b"a,b\n9,z\n"), ("a.zip", &packed)], 2).unwrap();
    assert_eq!(got.rows, "1|x|2\n5|x|2\n3|王|2\n2|y|2\n9|z|2");
    let ledger = &got.ingested.ledger;
    let paths: Vec<&str> = ledger.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a.zip/a.csv", "a.zip/d.csv", "a.zip/data/m.csv", "a.zip/z.csv", "b.csv"]);
    assert!(ledger.iter().take(4).all(|file| file.sha256 == hex_sha(&packed)));
    assert_eq!((ledger[3].rows_in, ledger[3].rows_out, ledger[3].quarantined), (2, 1, 1));
    assert_eq!(got.rejects, "3|a|not_a_number|integer|bad,x");
}

#[test]
fn archives_that_cannot_be_read() {
    let s = source("a integer; b string");
    let text = b"a,b\n1,x\n".as_slice();
    let refused = |members: &[(&str, &[u8], u16)]| fails(&s, "a.zip", &zip(members));
    assert!(refused(&[("b.zip", text, 0)]).starts_with("error[S0316]: `b.zip` in the archive is itself packed"));
    assert!(refused(&[("../b.csv", text, 0)]).contains("leads out of it"));
    assert!(refused(&[("/etc/b.csv", text, 0)]).contains("leads out of it"));
    assert!(refused(&[("b.csv", text, 14)]).contains("help: pack it with deflate"));
    assert!(refused(&[(".DS_Store", text, 0)]).contains("has no files in it"));
    assert!(refused(&[("b.csv", &gzip(text), 0)]).contains("S0315"));
    let packed = zip(&[("a.csv", text, 8), ("b.csv", text, 8)]);
    for cut in [3, 20, packed.len() / 2, packed.len() - 4] {
        let error = run_files(&s, &[("a.zip", &packed[..cut])], 1).err().unwrap();
        assert!(matches!(error, Error::Packed { .. }), "{cut}: {error}");
    }
    let mut locked = packed.clone();
    let directory = locked.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    locked[directory + 8] |= 1;
    assert!(fails(&s, "a.zip", &locked).contains("is under a password"));
    // Other bytes than those that were packed.
    let mut damaged = zip(&[("a.csv", text, 0)]);
    let at = damaged.windows(3).position(|it| it == b"1,x").unwrap();
    damaged[at] = b'7';
    assert!(fails(&s, "a.zip", &damaged).contains("its checksum differs"));
    for at in 0..packed.len() {
        let mut damaged = packed.clone();
        damaged[at] ^= 0x81;
        // An error, or a part of the archive that says nothing about the files in it; never a panic.
        if let Err(error) = run_files(&s, &[("a.zip", &damaged)], 1) {
            assert!(!matches!(error, Error::Panicked { .. }), "{at}");
        }
    }
}

#[test]
fn files_that_need_seeking_are_unpacked_first() {
    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    let batch = RecordBatch::try_from_iter([("a", std::sync::Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]);
    let batch = batch.unwrap();
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let bytes = bytes.into_inner();
    let s = Source { format: Format::Parquet, ..source("a integer") };
    let packed = zip(&[("x.parquet", &bytes, 8)]);
    let got = run_files(&s, &[("a.parquet.zst", &zstd(&bytes)), ("b.zip", &packed)], 1).unwrap();
    assert_eq!(got.rows, "1|1\n2|2\n1|1\n2|2");
    assert_eq!(got.ingested.ledger[1].sha256, hex_sha(&packed));
    assert!(fails(&s, "a.parquet", &gzip(&bytes)).contains("name it `a.parquet.gz`"));
}
