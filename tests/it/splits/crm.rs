//! A small company of two systems, as `septet generate` makes it.

use std::fs;

use super::company::{Export, Split};
use crate::door::{Test, copy_project, files_below};

pub fn company() -> (Test, Vec<Export>) {
    let test = Test::empty();
    copy_project(test.root());
    // Keys that entities keep tell of the runs before; those of the records do not.
    test.edit("pipelines/crm.yaml", "    threshold: 0.999\n", "    threshold: 0.999\n    keys: records\n");
    test.ok(&["generate", "--customers", "200", "--lines", "2000", "--out", "company", "--quiet"]);
    let company = test.path("company");
    let files = files_below(&company).into_iter().filter(|path| !path.starts_with("truth"));
    let exports = files.map(|path| {
        let text = path.display().to_string();
        // Sources whose path has a star, with an order of their versions and without.
        let split = match text.as_str() {
            "crm/customers.csv" => Split::Anyhow,
            _ if text.contains("/order_lines") => Split::InOrder,
            _ => Split::Never,
        };
        Export::of(&text, split, !text.contains(".jsonl"), &fs::read(company.join(&path)).expect("a file"))
    });
    (test, exports.collect())
}
