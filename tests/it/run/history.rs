//! Releases over time: going back, cleaning up, looking at what was.

use super::{served, with_march};
use crate::door::Test;

fn three_releases() -> Test {
    let test = Test::tiny();
    test.ok(&["run"]);
    with_march(&test);
    test.ok(&["run"]);
    test.append("raw/orders-2026-03.csv", "o9,1,c3,2026-03-09,1.00\n");
    test.ok(&["run"]);
    test
}

fn lines(test: &Test) -> String {
    test.query("select count(*) as n from fct_sale")
}

#[test]
fn rollback_is_a_new_release_with_the_old_content() {
    let test = three_releases();
    assert_eq!(lines(&test), "n\n9\n");
    let ran = test.ok(&["rollback", "1"]);
    assert!(ran.stderr.contains("release 4 has the content of release 1"), "{}", ran.stderr);
    assert_eq!((test.release(), lines(&test).as_str()), (4, "n\n6\n"));
    test.ok(&["run"]);
    assert_eq!((test.release(), lines(&test).as_str()), (5, "n\n9\n"), "what was undone is built again");
}

#[test]
fn rollback_to_no_release_is_refused() {
    let test = three_releases();
    let before = served(&test);
    let ran = test.septet(&["rollback", "7"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains('7') && ran.stderr.contains("help:"), "{}", ran.stderr);
    assert_eq!(served(&test), before);
}

#[test]
fn gc_keeps_what_it_is_told_and_what_is_served() {
    let test = three_releases();
    let ran = test.ok(&["gc", "--keep", "1", "--hours", "0", "--dry-run"]);
    assert!(ran.stderr.contains("would remove 2 releases (2, 1)"), "{}", ran.stderr);
    assert_eq!(
        std::fs::read_dir(test.path("marts.store/releases")).expect("releases").count(),
        3,
        "nothing is gone yet"
    );
    let ran = test.ok(&["gc", "--keep", "1", "--hours", "0"]);
    assert!(ran.stderr.contains("removed 2 releases (2, 1)"), "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(test.path("marts.store/releases")).expect("releases").count(), 1);
    assert_eq!(lines(&test), "n\n9\n");
    let ran = test.septet(&["rollback", "1"]);
    assert_ne!(ran.code, 0, "its files are gone");
    assert!(test.ok(&["run"]).stderr.contains("nothing to do"));
    test.edit("raw/orders-2026-03.csv", "1.00", "2.00");
    test.ok(&["run"]);
    assert_eq!(test.release(), 4);
}

#[test]
fn gc_keeps_young_releases() {
    let test = three_releases();
    let ran = test.ok(&["gc", "--keep", "1", "--hours", "1"]);
    assert!(ran.stderr.contains("removed 0 releases"), "{}", ran.stderr);
}

#[test]
fn gc_takes_what_dead_runs_left() {
    let test = three_releases();
    test.write("marts.store/releases/00000009-dead/fct_sale/part-dead-00000.parquet", "half a file");
    test.write("marts.store/work/dead/out/x.parquet", "half a file");
    test.ok(&["gc"]);
    assert!(!test.path("marts.store/releases/00000009-dead").exists());
    assert!(!test.path("marts.store/work/dead").exists());
}

#[test]
fn runs_lists_releases_newest_first() {
    let test = three_releases();
    test.ok(&["rollback", "2"]);
    let ran = test.ok(&["runs", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one document");
    let runs = document["runs"].as_array().expect("runs");
    let numbers: Vec<u64> = runs.iter().filter_map(|run| run["release"].as_u64()).collect();
    assert_eq!(numbers, [4, 3, 2, 1]);
    assert_eq!(runs[0]["kind"], "rollback to 2");
    assert!(test.ok(&["runs"]).stdout.contains("rollback to 2"));
}

#[test]
fn older_release_can_be_asked() {
    let test = three_releases();
    let asked = test.ok(&["query", "--release", "1", "--format", "csv", "select count(*) as n from fct_sale"]);
    assert_eq!(asked.stdout, "n\n6\n");
    let ran = test.septet(&["query", "--release", "9", "select 1"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("there is no release 9"), "{}", ran.stderr);
}

#[test]
fn moved_marts_are_still_served() {
    let test = three_releases();
    std::fs::create_dir(test.path("elsewhere")).expect("a folder");
    for name in ["marts", "marts.store"] {
        std::fs::rename(test.path(name), test.path("elsewhere").join(name)).expect("folders can be moved together");
    }
    let test = test.env("SEPTET_MARTS", "elsewhere/marts");
    assert_eq!(lines(&test), "n\n9\n");
    assert!(test.ok(&["run"]).stderr.contains("nothing to do"));
}
