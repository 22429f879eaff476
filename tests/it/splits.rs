//! However the input is split into files, in whatever order these come and in however many runs, whatever was wrong
//! meanwhile: the marts end in the same bytes as those of one run over everything in an empty store.
//!
//! `SEPTET_SPLITS=300 cargo test --test it splits` tries as many histories; `SEPTET_SPLITS_CRM=40` does so with a
//! company of two systems, and `SEPTET_SPLITS_BINARY` names a faster build of the program for that.

mod company;
mod crm;
mod history;
mod shop;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::door::{Ran, Test, files_below};
use company::Export;
use history::{Dice, History};

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var_os(variable)?;
    Some(text.to_string_lossy().parse().expect("a number of histories"))
}

#[test]
fn of_a_shop_do_not_matter() {
    let test = shop::project();
    all_ends_are_the_same(&test, "shop", &shop::exports(), number("SEPTET_SPLITS").unwrap_or(4));
}

#[test]
fn of_a_company_do_not_matter() {
    let Some(histories) = number("SEPTET_SPLITS_CRM") else {
        crate::door::skipped("splits::of_a_company_do_not_matter", "SEPTET_SPLITS_CRM does not say how many");
        return;
    };
    let (test, exports) = crm::company();
    all_ends_are_the_same(&test, "crm", &exports, histories);
}

fn all_ends_are_the_same(test: &Test, pipeline: &str, exports: &[Export], histories: u64) {
    let whole = test.path("whole");
    for export in exports {
        write(&whole.join("raw").join(&export.path), &export.whole());
    }
    run(test, pipeline, &whole, true);
    let expected = marts(&whole);
    assert!(expected.len() > 3, "there is something to compare");
    for seed in 1..=histories {
        let place = test.path("split");
        let _ = fs::remove_dir_all(&place);
        let history = History::of(exports, &mut Dice::new(seed));
        for (number, run_of) in history.runs.iter().enumerate() {
            for (path, content) in run_of {
                match content {
                    Some(content) => write(&place.join("raw").join(path), content),
                    None => fs::remove_file(place.join("raw").join(path)).expect("a file that was there"),
                }
            }
            run(test, pipeline, &place, number + 1 == history.runs.len());
        }
        let found = marts(&place);
        assert!(found.keys().eq(expected.keys()), "history {seed}: other files\n{history}");
        let differing: Vec<&String> =
            found.iter().filter(|(path, bytes)| expected[*path] != **bytes).map(|(path, _)| path).collect();
        assert!(differing.is_empty(), "history {seed} ends with other {differing:?}\n{history}");
    }
    if histories > 10 {
        let _ = writeln!(std::io::stderr(), "splits of {pipeline}: {histories} histories, all with the same end");
    }
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders can be made");
    fs::write(path, content).expect("a file can be written");
}

/// What is wrong meanwhile may fail a test of the data; the last run may not.
fn run(test: &Test, pipeline: &str, place: &Path, last: bool) {
    let binary = std::env::var_os("SEPTET_SPLITS_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_septet").into());
    let output = Command::new(binary)
        .args(["run", pipeline, "--quiet"])
        .current_dir(test.root())
        .env("SEPTET_RAW", place.join("raw"))
        .env("SEPTET_MARTS", place.join("marts"))
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts");
    let ran = Ran::of(output);
    assert!(ran.code == 0 || (!last && ran.code == 1), "exit code {}\n{}", ran.code, ran.stderr);
}

/// What is served, under names without the run and its release.
fn marts(place: &Path) -> BTreeMap<String, Vec<u8>> {
    let current = fs::canonicalize(place.join("marts/current")).expect("a release is published");
    let mut marts = BTreeMap::new();
    for file in files_below(&current) {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // It says which release each mart is of.
        if file.starts_with("etl_status") || !name.ends_with(".parquet") {
            continue;
        }
        let serial = name.rsplit('-').next().unwrap_or_default();
        let path = file.parent().map(PathBuf::from).unwrap_or_default().join(serial);
        let known = marts.insert(path.display().to_string(), fs::read(current.join(&file)).expect("a file"));
        assert!(known.is_none(), "two files are {}", path.display());
    }
    marts
}
