//! The same inputs, project and logical date give the same bytes: whatever the thread count, wherever it lies.

use std::fs;

use crate::door::{self, files_below};

#[test]
fn one_thread_and_two_write_the_same_bytes() {
    let two = door::crm();
    let one = door::publish("crm", &["--threads", "1"], None);
    let (one, two) = (one.current(), two.current());
    let files = files_below(&one);
    assert_eq!(files, files_below(&two), "the same files");
    assert!(files.len() > 40, "{} files are no warehouse", files.len());
    let differing: Vec<String> = files
        .iter()
        .filter(|file| fs::read(one.join(file)).expect("a file") != fs::read(two.join(file)).expect("a file"))
        .map(|file| file.display().to_string())
        .collect();
    assert_eq!(differing, Vec::<String>::new(), "of {} files", files.len());
}

#[test]
fn paths_do_not_reach_the_marts() {
    let published = door::crm();
    let places = [published.marts.display().to_string(), door::REPOSITORY.to_owned()];
    for file in files_below(&published.current()) {
        let bytes = fs::read(published.current().join(&file)).expect("a file");
        for place in &places {
            let found = bytes.windows(place.len()).any(|window| window == place.as_bytes());
            assert!(!found, "{} has the path {place}", file.display());
        }
    }
}
