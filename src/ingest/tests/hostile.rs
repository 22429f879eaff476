//! testdata/hostile: a folder for each trouble, with its files, the source that reads them, and what comes of them.

use std::fmt::Write as _;

use super::*;
use crate::diag::SourceText;
use crate::ingest::{judge_currencies, judge_headers};
use crate::project::{Mappings, Overrides, Texts, resolve};
use crate::spec::{self, Document};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/hostile")
}

pub fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("source.yaml").is_file())
        .collect();
    cases.sort();
    cases
}

/// The source as `check` would take it.
pub fn source_of(yaml: &str) -> Source {
    let pipeline = Document::<spec::Pipeline>::parse(&SourceText::new("hostile.yaml", pipeline_of(yaml)))
        .unwrap_or_else(|found| panic!("{}", found.iter().map(ToString::to_string).collect::<String>()));
    let texts = Texts {
        pipeline,
        contracts: Vec::new(),
        sql: Vec::new(),
        mappings: Mappings::default(),
        matched: Mappings::default(),
    };
    let project = resolve(&texts, &Overrides::default())
        .unwrap_or_else(|found| panic!("{}", found.iter().map(ToString::to_string).collect::<String>()));
    project.sources.into_values().next().unwrap()
}

/// The smallest pipeline around a source.
pub fn pipeline_of(yaml: &str) -> String {
    let mut text = "version: 1\nname: hostile\ntimezone: Asia/Shanghai\ncurrency: CNY\n\
                    storage: { raw: raw, marts: marts }\nmodels: []\nsources:\n  s:\n"
        .to_owned();
    for line in yaml.lines() {
        writeln!(text, "    {line}").unwrap();
    }
    text
}

/// What people would see: rows, quarantine, counts, messages.
fn outcome(case: &Path) -> String {
    let source = source_of(&fs::read_to_string(case.join("source.yaml")).unwrap());
    let directory = tempfile::tempdir().unwrap();
    let mut inputs: Vec<Input> = fs::read_dir(case.join("files"))
        .unwrap()
        .map(|entry| {
            let local = entry.unwrap().path();
            let size = fs::metadata(&local).unwrap().len();
            Input { path: local.file_name().unwrap().to_string_lossy().into_owned(), local, size }
        })
        .collect();
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    let quarantine = directory.path().join("s.parquet");
    let job = Job { source: &source, inputs, out: directory.path().join("out"), quarantine: quarantine.clone() };
    let ingested = match ingest(&[job], 2, &Progress::default(), &AtomicBool::new(false)) {
        Ok(mut ingested) => ingested.remove(0),
        Err(error) => return format!("{}\n", error.to_diagnostic()),
    };
    let mut text = String::new();
    let indented = |table: &str| table.lines().map(|line| format!("  {}\n", shortened(line))).collect::<String>();
    let names: Vec<&str> = source.columns.iter().map(|column| column.name.as_str()).collect();
    writeln!(text, "rows: {}|line", names.join("|")).unwrap();
    for file in &ingested.files {
        text += &indented(&table(file, &[KEY_HASH]));
    }
    if quarantine.exists() {
        text += "quarantine: file|line|column|reason|expected|raw\n";
        text += &indented(&table(&quarantine, &["source"]));
    }
    text += "counts:\n";
    for ledger in &ingested.ledger {
        assert_eq!(ledger.rows_in, ledger.rows_out + ledger.quarantined + ledger.blank + ledger.skipped);
        assert_eq!(ledger.amount_in, ledger.amount_out + ledger.amount_quarantined);
        let (path, rows_in, rows_out) = (&ledger.path, ledger.rows_in, ledger.rows_out);
        let (bad, blank, skipped) = (ledger.quarantined, ledger.blank, ledger.skipped);
        writeln!(text, "  {path}: {rows_in} = {rows_out} rows + {bad} quarantined + {blank} blank + {skipped} skipped")
            .unwrap();
        for note in &ledger.notes {
            writeln!(text, "  {path}: {note}").unwrap();
        }
    }
    let headed = ingested.ledger.iter().filter_map(|ledger| Some((ledger.path.as_str(), ledger.headed.as_ref()?)));
    let drifted = judge_headers(&source, &headed.collect::<Vec<_>>());
    let priced = ingested.ledger.iter().map(|ledger| (ledger.path.as_str(), ledger.currencies.as_slice()));
    let mixed = judge_currencies(&source, &priced.collect::<Vec<_>>());
    for said in ingested.warnings.iter().chain(drifted.iter()).chain(mixed.iter()) {
        writeln!(text, "{said}").unwrap();
    }
    text
}

/// A line as a file of expectations can hold it.
fn shortened(line: &str) -> String {
    let shown: String =
        line.chars().flat_map(char::escape_debug).collect::<String>().replace("\\'", "'").replace("\\\"", "\"");
    match shown.char_indices().nth(160) {
        Some((end, _)) => format!("{}… ({} characters)", &shown[..end], line.chars().count()),
        None => shown,
    }
}

#[test]
fn every_trouble_ends_as_expected() {
    let rewrite = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    for case in &cases {
        let got = outcome(case);
        let file = case.join("expected.txt");
        if rewrite {
            fs::write(&file, &got).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != got {
            wrong.push(format!("── {}\n{got}", case.file_name().unwrap().to_string_lossy()));
        }
    }
    assert!(wrong.is_empty(), "otherwise than expected (UPDATE_EXPECT=1 rewrites):\n{}", wrong.join("\n"));
}
