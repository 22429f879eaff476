//! Damaged files of every format, and damaged YAML: no panic, no hang, and every row accounted for.
//!
//! A few hundred each time; `SEPTET_FUZZ_SECONDS=1800 cargo test --lib fuzz` for as long as one likes.

use std::time::{Duration, Instant};

use super::blocks::Dice;
use super::fuzz_yaml::Documents;
use super::hostile::{cases, source_of};
use super::*;

/// Larger files only take longer.
const LARGEST: u64 = 16 << 10;
const HANG: Duration = Duration::from_secs(30);

struct Sample {
    source: Source,
    name: String,
    bytes: Vec<u8>,
}

fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for case in cases() {
        for entry in fs::read_dir(case.join("files")).unwrap() {
            let path = entry.unwrap().path();
            // What unpacks to hundreds of megabytes is looked at once, in another test.
            let slow = case.to_string_lossy().contains("_bomb") || case.to_string_lossy().contains("_megabyte");
            if fs::metadata(&path).unwrap().len() <= LARGEST && !slow {
                let source = source_of(&fs::read_to_string(case.join("source.yaml")).unwrap());
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                samples.push(Sample { source, name, bytes: fs::read(&path).unwrap() });
            }
        }
    }
    samples
}

/// What means something in one format or another.
const TOKENS: [&[u8]; 16] = [
    b"\"",
    b"\n",
    b"\r",
    b",",
    b"\0",
    b"\\",
    b"{",
    b"[",
    b"]}",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe7\x8e",
    b"-",
    b"1e999",
    b"PK\x03\x04",
    b"\x1f\x8b",
];

/// Up to `most` times: some bytes otherwise, some gone, some twice, some of another file.
pub fn damage(bytes: &[u8], other: &[u8], tokens: &[&[u8]], most: usize, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.roll(most) {
        let at = dice.roll(bytes.len() + 1);
        match dice.roll(7) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
            1 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            2 => bytes.truncate(at),
            3 => {
                let end = (at + dice.roll(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let token = tokens[dice.roll(tokens.len())];
                bytes.splice(at..at, token.iter().copied());
            }
            5 => {
                let end = (at + dice.roll(60)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let from = dice.roll(other.len() + 1);
                let end = (from + dice.roll(60)).min(other.len());
                bytes.splice(at..at, other[from..end].iter().copied());
            }
        }
    }
    bytes
}

fn read(sample: &Sample, bytes: &[u8], directory: &Path) -> String {
    let local = directory.join(&sample.name);
    fs::write(&local, bytes).unwrap();
    let input = Input { path: sample.name.clone(), local, size: bytes.len() as u64 };
    let quarantine = directory.join("s.parquet");
    let _ = fs::remove_file(&quarantine);
    let job =
        Job { source: &sample.source, inputs: vec![input], out: directory.join("out"), quarantine: quarantine.clone() };
    match ingest(&[job], 1, &Progress::default(), &AtomicBool::new(false)) {
        Err(Error::Panicked { path }) => panic!("the reader of {path} panicked"),
        Err(error) => error.to_diagnostic().code.to_owned(),
        Ok(ingested) => {
            let rows = |path: &Path| {
                let file = File::open(path).unwrap();
                let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
                u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap()
            };
            let (mut out, mut bad) = (0, 0);
            for ledger in &ingested[0].ledger {
                assert_eq!(ledger.rows_in, ledger.rows_out + ledger.quarantined + ledger.blank + ledger.skipped);
                (out, bad) = (out + ledger.rows_out, bad + ledger.quarantined);
            }
            assert_eq!(ingested[0].files.iter().map(|file| rows(file)).sum::<u64>(), out);
            assert_eq!(if quarantine.exists() { rows(&quarantine) } else { 0 }, bad);
            "read".to_owned()
        }
    }
}

#[test]
fn damage_is_survived() {
    let given = |name: &str| std::env::var_os(name).and_then(|text| text.to_str()?.parse::<u64>().ok());
    let (seconds, first) = (given("SEPTET_FUZZ_SECONDS").unwrap_or(0), given("SEPTET_FUZZ_SEED").unwrap_or(1));
    let samples = samples();
    let documents = Documents::read();
    let directory = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let (mut seed, mut sound, mut yaml, mut yaml_sound) = (first, 0_u64, 0_u64, 0_u64);
    while seed < first + 300 || began.elapsed() < Duration::from_secs(seconds) {
        let mut dice = Dice(seed);
        let (sample, other) = (&samples[dice.roll(samples.len())], &samples[dice.roll(samples.len())]);
        let bytes = damage(&sample.bytes, &other.bytes, &TOKENS, 6, &mut dice);
        let one = Instant::now();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if seed.is_multiple_of(5) {
                yaml += 1;
                yaml_sound += u64::from(documents.survive(&sample.bytes, &mut dice));
            }
            read(sample, &bytes, directory.path())
        }));
        let outcome =
            outcome.unwrap_or_else(|_| panic!("SEPTET_FUZZ_SEED={seed}: {} ({} bytes)", sample.name, bytes.len()));
        assert!(one.elapsed() < HANG, "SEPTET_FUZZ_SEED={seed}: {} took {:?}", sample.name, one.elapsed());
        sound += u64::from(outcome == "read");
        seed += 1;
    }
    println!("{} damaged files, {sound} of them read; ", seed - first);
    println!("{yaml} damaged documents, {yaml_sound} of them taken; {:?}", began.elapsed());
}
