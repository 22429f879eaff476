//! Runs that are disturbed: by another run, by a signal.

use std::time::{Duration, Instant};

use super::served;
use crate::door::{Ran, Test};

/// A shop whose newest model takes longer than anybody waits.
fn endless() -> Test {
    let test = Test::tiny();
    test.ok(&["run"]);
    super::with_march(&test);
    test.edit(
        "sql/work/customer_total.sql",
        "from core.sale\n",
        "from core.sale\ncross join generate_series(1, 4000000) as a(value)\ncross join generate_series(1, 4000000) as b(value)\n",
    );
    test
}

/// Starts a run and waits until it builds.
fn building(test: &Test) -> std::process::Child {
    let child = test.spawn(&["run"]);
    let began = Instant::now();
    while !test.path("marts.store/work").exists() || crate::door::files_below(&test.path("marts.store/work")).is_empty()
    {
        assert!(began.elapsed() < Duration::from_secs(20), "the run does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    child
}

fn signal(child: &std::process::Child, name: &str) {
    let done = std::process::Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill");
    assert!(done.success());
}

#[test]
fn second_run_is_told_who_holds_the_lock() {
    let test = endless();
    let mut first = building(&test);
    let second = test.septet(&["run"]);
    assert_eq!(second.code, 4, "{}", second.stderr);
    assert!(second.stderr.contains(&format!("process {}", first.id())), "{}", second.stderr);
    assert!(second.last_line().starts_with("Done. PASS="), "{}", second.stderr);
    for other in [["rollback", "1"].as_slice(), &["gc"]] {
        assert_eq!(test.septet(other).code, 4, "{other:?}");
    }
    test.query("select count(*) as n from fct_sale");
    first.kill().expect("it runs");
    first.wait().expect("it ends");
    test.edit(
        "sql/work/customer_total.sql",
        "cross join generate_series(1, 4000000) as a(value)\ncross join generate_series(1, 4000000) as b(value)\n",
        "",
    );
    test.ok(&["run"]);
}

fn interrupt(name: &str, code: i32) {
    let test = endless();
    let before = served(&test);
    let child = building(&test);
    let sent = Instant::now();
    signal(&child, name);
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert!(sent.elapsed() < Duration::from_secs(10), "it took {:?}", sent.elapsed());
    assert_eq!(ran.code, code, "{}", ran.stderr);
    assert_eq!(test.results()["status"], "interrupted");
    assert!(ran.stderr.contains("readers see the last whole release"), "{}", ran.stderr);
    assert!(ran.last_line().starts_with("Done. PASS="), "{}", ran.stderr);
    assert_eq!(served(&test), before);
    test.edit(
        "sql/work/customer_total.sql",
        "cross join generate_series(1, 4000000) as a(value)\ncross join generate_series(1, 4000000) as b(value)\n",
        "",
    );
    assert_eq!(test.septet(&["run"]).code, 0, "the lock is free");
}

#[test]
fn sigterm_ends_a_run_with_143() {
    interrupt("-TERM", 143);
}

#[test]
fn sigint_ends_a_run_with_130() {
    interrupt("-INT", 130);
}

#[test]
fn output_json_of_an_interrupted_run_is_one_document() {
    let test = endless();
    let child = {
        let child = test.spawn(&["run", "--output", "json"]);
        std::thread::sleep(Duration::from_millis(1500));
        child
    };
    signal(&child, "-TERM");
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 143, "{}", ran.stderr);
    let document: Result<serde_json::Value, _> = serde_json::from_str(&ran.stdout);
    assert!(document.is_ok_and(|document| document["status"] == "interrupted"), "`{}`", ran.stdout);
}
