//! Another engine recomputes the marts from the published facts and dimensions: tests/duckdb/verify.py.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::door::{self, REPOSITORY, Test, skipped};

/// A Python that has DuckDB: this machine's, or one made for the test.
fn python() -> Result<&'static Path, &'static str> {
    static ONCE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    ONCE.get_or_init(|| crate::python::with("duckdb", &["duckdb"])).as_deref().map_err(String::as_str)
}

fn verify(test: &str, marts: &Path, as_of: &str, timezone: &str) {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return skipped(test, why),
    };
    let output = Command::new(python)
        .arg(Path::new(REPOSITORY).join("tests/duckdb/verify.py"))
        .arg(marts.join("current"))
        .args(["--as-of", as_of, "--timezone", timezone])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.trim_end().ends_with("all verified"), "{said}");
}

#[test]
fn duckdb_finds_the_same_in_crm() {
    verify("duckdb_finds_the_same_in_crm", &door::crm().marts, "2026-10-31", "Asia/Shanghai");
}

#[test]
fn duckdb_finds_the_same_in_complete_journey() {
    let published = door::complete_journey();
    verify("duckdb_finds_the_same_in_complete_journey", &published.marts, "2017-12-31", "America/New_York");
}

#[test]
fn duckdb_finds_the_same_in_adventureworks() {
    let test = "duckdb_finds_the_same_in_adventureworks";
    match door::adventureworks() {
        Some(published) => verify(test, &published.marts, "2019-06-30", "UTC"),
        None => skipped(test, "../shared/data/adventureworks is not there"),
    }
}

/// Core tables as they must not be, through the working models and marts of the repository.
fn hostile(test: &str, tables: &str) {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return skipped(test, why),
    };
    let folder = Test::empty();
    let written = Command::new(python)
        .arg(Path::new(REPOSITORY).join("tests/duckdb/hostile.py"))
        .arg(tables)
        .arg(folder.path("hostile"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python starts");
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    // Opportunities for products that nobody describes are among what must not be.
    folder.ok(&["run", "hostile", "--project-dir", "hostile", "--var", "largest_unknown_share=1"]);
    verify(test, &folder.path("hostile/marts"), "2026-02-15", "Asia/Shanghai");
}

#[test]
fn duckdb_finds_the_same_in_hostile_tables() {
    let test = "duckdb_finds_the_same_in_hostile_tables";
    for tables in ["hand", "1", "2"] {
        hostile(test, tables);
    }
}

#[test]
fn duckdb_finds_the_same_in_empty_tables() {
    hostile("duckdb_finds_the_same_in_empty_tables", "empty");
}

#[test]
fn duckdb_finds_the_same_in_crm_sales_opportunities() {
    let test = "duckdb_finds_the_same_in_crm_sales_opportunities";
    match door::crm_sales_opportunities() {
        Some(published) => verify(test, &published.marts, "2017-12-31", "UTC"),
        None => skipped(test, "../shared/data/crm_sales_opportunities is not there"),
    }
}
