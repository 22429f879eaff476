//! Docs that are outputs of the program. `UPDATE_EXPECT=1` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::door::{REPOSITORY, Test, files_below};
use crate::slt::Database;

/// Holds a file of the repository against what it must say, or writes it.
fn same(path: &str, expected: &str) {
    let file = Path::new(REPOSITORY).join(path);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&file, expected).expect("a file can be written");
        return;
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "{path} is not what the program says: run the tests with UPDATE_EXPECT=1");
}

#[test]
fn every_function_has_an_example_that_runs() {
    let database = Database::new();
    for function in septet::functions::all() {
        let (sql, expected) = function.example;
        let rows = database.rows(&format!("select {sql}")).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(rows, [[expected]], "{sql}");
    }
}

#[test]
fn every_function_has_a_name_of_its_own_and_a_sentence() {
    let functions = septet::functions::all();
    let names: BTreeSet<&str> = functions.iter().map(|function| function.udf.name()).collect();
    assert_eq!(names.len(), functions.len(), "{names:?}");
    for function in &functions {
        assert!(function.about.len() > 20, "{}", function.udf.name());
        assert!(function.example.0.contains(function.udf.name()), "{}", function.udf.name());
    }
}

#[test]
fn functions_are_documented() {
    let mut text = String::from(
        "# SQL functions\n\nGenerated from the functions themselves (`UPDATE_EXPECT=1 cargo test`); every example is run by a test.\n\
         All functions of DataFusion are there too, but for those that give another result tomorrow.\n\n\
         | function | what it gives | example | gives |\n|---|---|---|---|\n",
    );
    let mut functions = septet::functions::all();
    functions.sort_by_key(|function| function.udf.name().to_owned());
    for function in functions {
        let (sql, gives) = function.example;
        let _ = writeln!(text, "| `{}` | {} | `{sql}` | `{gives}` |", function.udf.name(), function.about);
    }
    same("docs/functions.md", &text);
}

#[test]
fn yaml_reference_is_what_the_program_reads() {
    let ran = Test::empty().ok(&["schema", "reference"]);
    same("docs/yaml.md", &ran.stdout);
}

#[test]
fn matching_page_has_every_kind_with_its_levels() {
    let mut table = String::from("| kind | levels |\n|---|---|\n");
    for (word, kind) in septet::matching::Kind::ALL {
        let levels: Vec<String> =
            kind.levels().iter().map(|level| format!("{} (`{}`)", level.label, written(level.likeness))).collect();
        let _ = writeln!(table, "| `{word}` | {} |", levels.join(" · "));
    }
    let page = fs::read_to_string(Path::new(REPOSITORY).join("docs/matching.md")).expect("docs/matching.md");
    let (begin, end) = ("<!-- kinds: written by a test -->\n", "<!-- end of kinds -->");
    let (before, rest) = page.split_once(begin).expect("the place of the kinds");
    let (_, after) = rest.split_once(end).expect("their end");
    same("docs/matching.md", &format!("{before}{begin}\n{table}\n{end}{after}"));
}

/// The test of a level as people write it.
fn written(likeness: septet::matching::Likeness) -> String {
    use septet::matching::Likeness as L;
    match likeness {
        L::Same => "same: true".to_owned(),
        L::Form => "form: true".to_owned(),
        L::JaroWinkler(least) => format!("jaro_winkler: {least}"),
        L::Edits(most) => format!("edits: {most}"),
        L::EditsOfDigits(most) => format!("edits_of_digits: {most}"),
        L::Words(least) => format!("words: {least}"),
        L::Local => "local: true".to_owned(),
        L::LocalLike(least) => format!("local_like: {least}"),
        L::Ending(count) => format!("ending: {count}"),
        L::Beginning(count) => format!("beginning: {count}"),
        L::Misread => "misread: true".to_owned(),
        L::Days(most) => format!("days: {most}"),
        L::Share(most) => format!("share: {most}"),
        L::Kilometres(most) => format!("kilometres: {most}"),
    }
}

#[test]
fn schemas_for_editors_are_json() {
    for of in ["pipeline", "contract"] {
        let ran = Test::empty().ok(&["schema", of]);
        let schema: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert!(schema["properties"].is_object(), "{of}");
    }
}

#[test]
fn every_code_of_an_error_is_documented() {
    let codes = |text: &str| -> BTreeSet<String> {
        let starts = text.match_indices("S0").filter_map(|(at, _)| text.get(at..at + 5));
        starts.filter(|code| code.bytes().skip(1).all(|byte| byte.is_ascii_digit())).map(str::to_owned).collect()
    };
    let root = Path::new(REPOSITORY);
    let sources = root.join("src");
    let texts = crate::door::files_below(&sources).into_iter().map(|path| fs::read_to_string(sources.join(path)));
    let given: BTreeSet<String> = texts.flat_map(|text| codes(&text.unwrap_or_default())).collect();
    let documented = codes(&fs::read_to_string(root.join("docs/errors.md")).expect("docs/errors.md"));
    let undocumented: Vec<_> = given.difference(&documented).collect();
    let unknown: Vec<_> = documented.difference(&given).collect();
    assert!(undocumented.is_empty() && unknown.is_empty(), "not documented: {undocumented:?}; not given: {unknown:?}");
}

#[test]
fn pages_lead_only_to_files_that_there_are() {
    let root = Path::new(REPOSITORY);
    let mut pages = vec![root.join("README.md")];
    pages.extend(crate::door::files_below(&root.join("docs")).into_iter().map(|path| root.join("docs").join(path)));
    let mut broken = Vec::new();
    for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(page).expect("a page");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !page.with_file_name(file).exists() {
                broken.push(format!("{}: {link}", page.strip_prefix(root).unwrap_or(page).display()));
            }
        }
    }
    // Written by other parts of the project; a page that is not there yet is said, not hidden.
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The columns of every mart, as the contracts have them.
fn marts() -> BTreeMap<String, BTreeSet<String>> {
    let mut marts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let folder = Path::new(REPOSITORY).join("sql/marts");
    for contract in files_below(&folder).iter().filter(|path| path.ends_with("contract.yaml")) {
        let text = fs::read_to_string(folder.join(contract)).expect("a contract");
        let (_, text) = text.split_once("\nmarts:\n").expect("marts");
        let mut mart = String::new();
        for line in text.lines() {
            let name = line.trim_start().split(':').next().unwrap_or_default();
            match line.len() - line.trim_start().len() {
                2 => mart = name.to_owned(),
                6 if !name.starts_with('-') => {
                    marts.entry(mart.clone()).or_default().insert(name.to_owned());
                }
                _ => {}
            }
        }
    }
    marts
}

#[test]
fn every_mart_is_in_the_docs_and_every_column_they_name_exists() {
    let marts = marts();
    let text = fs::read_to_string(Path::new(REPOSITORY).join("docs/marts.md")).expect("docs/marts.md");
    for mart in marts.keys().filter(|mart| *mart != "dim_date") {
        assert!(text.contains(&format!("| `{mart}` |")), "docs/marts.md does not list {mart}");
    }
    let word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let named = text.split('`').skip(1).step_by(2).filter_map(|name| name.split_once('.'));
    let named: Vec<(&str, &str)> = named.filter(|(mart, column)| word(mart) && word(column)).collect();
    assert!(named.len() > 100, "{named:?}");
    for (mart, column) in named {
        assert!(marts.get(mart).is_some_and(|columns| columns.contains(column)), "there is no {mart}.{column}");
    }
}
