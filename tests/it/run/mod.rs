//! Runs of the little shop: what is published, what is refused, what is left behind.

mod dates;
mod days;
mod history;
mod increment;
mod interrupted;
mod mapping;
mod modes;
mod output;
mod publish;
mod quality;
mod quarantine;
mod refused;

use std::path::Path;

use crate::door::{Test, files_below};

/// A day of sales that was not there before.
pub const MARCH: &str = "\
order_id,line_no,customer_id,ordered_on,amount
o5,1,c2,2026-03-03,30.00
o6,1,c1,2026-03-04,40.00
";

pub fn with_march(test: &Test) {
    test.write("raw/orders-2026-03.csv", MARCH);
}

/// Which published tables a run computed, and which it took over.
pub fn built_and_carried(test: &Test) -> (Vec<String>, Vec<String>) {
    let results = test.results();
    let with = |status: &str| {
        let tables = results["tables"].as_array().expect("tables").iter();
        let named = tables.filter(|table| table["status"] == status && !text(&table["name"]).contains('.'));
        let mut names: Vec<String> = named.map(|table| text(&table["name"])).collect();
        names.sort();
        names
    };
    (with("built"), with("carried"))
}

/// The tables that a release got from its own run, as its record has it.
pub fn published_by(test: &Test, release: u64) -> Vec<String> {
    let commit = test.commit(release);
    let marts = commit["marts"].as_object().expect("marts").iter();
    marts.filter(|(_, mart)| mart["built_in"] == release).map(|(name, _)| name.clone()).collect()
}

pub fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The published files and what is in them: equal before and after means that nothing was published.
pub fn served(test: &Test) -> Vec<(String, Vec<u8>)> {
    let current = test.path("marts/current");
    files_below(&current)
        .into_iter()
        .map(|file| (file.display().to_string(), std::fs::read(current.join(&file)).expect("a served file")))
        .collect()
}

pub fn inode(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).ino()
}

/// The one file of a table, or of one of its partitions, in a release.
pub fn file_of(test: &Test, release: u64, folder: &str) -> std::path::PathBuf {
    let releases = test.path("marts.store/releases");
    let prefix = format!("{release:08}-");
    let entries = std::fs::read_dir(&releases).expect("releases").map(|entry| entry.expect("an entry").path());
    let named =
        |path: &std::path::PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix));
    let folder = entries.into_iter().find(named).expect("the release").join(folder);
    let files = files_below(&folder);
    assert_eq!(files.len(), 1, "{}: {files:?}", folder.display());
    folder.join(&files[0])
}
