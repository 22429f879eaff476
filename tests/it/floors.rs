//! What is absent from the sources, and stays so.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::door::{REPOSITORY, files_below};

/// Modules by floor, as the comments of src/lib.rs have them.
fn floors() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(Path::new(REPOSITORY).join("src/lib.rs")).expect("src/lib.rs");
    let mut floors = BTreeMap::new();
    let mut floor = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("// Floor ") {
            floor = rest.split(':').next().and_then(|number| number.parse().ok());
        }
        if let Some(module) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
            let floor = floor.unwrap_or_else(|| panic!("module {module} stands on no floor"));
            floors.insert(module.to_owned(), floor);
        }
    }
    assert!(floors.len() > 10, "src/lib.rs is the map");
    floors
}

/// Rust files below `src`: path and text, without what only tests see.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(REPOSITORY).join("src");
    let files =
        files_below(&root).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let tests = |path: &Path| path.iter().any(|part| part == "tests" || part == "tests.rs");
    files
        .filter(|path| !tests(path))
        .map(|path| {
            let text = fs::read_to_string(root.join(&path)).expect("a source");
            (path, without_tests(&text))
        })
        .collect()
}

/// Without comments and without the module of tests that ends a file. One that lies in a file of its own is a line.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.ends_with('{')) {
            break;
        }
        let code = line.trim_start();
        kept.push_str(if code.starts_with("//") { "" } else { line });
        kept.push('\n');
    }
    kept
}

fn module_of(path: &Path) -> String {
    let first = path.iter().next().and_then(|part| part.to_str()).expect("a name");
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

/// Lines that have a word, as `file:line`.
fn places(word: &str, allowed: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources() {
        if allowed(&module_of(&path)) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if line.contains(word) {
                found.push(format!("src/{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    found
}

fn none(found: &[String], why: &str) {
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

#[test]
fn modules_use_only_floors_below_their_own() {
    let floors = floors();
    let mut found = Vec::new();
    for (path, text) in sources() {
        let module = module_of(&path);
        let Some(own) = floors.get(&module) else { continue };
        for (number, line) in text.lines().enumerate() {
            for part in line.split("crate::").skip(1) {
                // `crate::{a, b}` names several at once.
                let names: Vec<&str> = match part.strip_prefix('{') {
                    Some(list) => list.split([',', '}']).map(str::trim).collect(),
                    None => vec![part],
                };
                for name in names {
                    let used: String = name.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                    if let Some(floor) = floors.get(&used).filter(|_| used != module)
                        && floor >= own
                    {
                        found.push(format!(
                            "src/{}:{}: {module} (floor {own}) uses {used} (floor {floor})",
                            path.display(),
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    none(&found, "a module uses only floors below its own");
}

#[test]
fn only_the_engine_makes_sessions() {
    for word in ["SessionContext", "SessionStateBuilder", "SessionState::"] {
        none(&places(word, |module| module == "engine"), "only `engine` makes sessions");
    }
}

#[test]
fn only_the_store_names_object_store() {
    none(&places("object_store", |module| module == "store"), "only `store` names object_store");
}

#[test]
fn only_spec_reads_yaml() {
    none(&places("serde_yaml", |module| module == "spec"), "only `spec` reads YAML");
    let own = ["spec", "ingest", "state", "publish", "run"];
    none(
        &places("Deserialize", |module| own.contains(&module)),
        "only `spec` derives Deserialize on what people write",
    );
}

#[test]
fn nothing_panics_on_purpose() {
    for word in [".unwrap()", ".expect(\"", "todo!", "unimplemented!", "panic!(", "unreachable!("] {
        none(&places(word, |_| false), &format!("no `{word}` outside of tests"));
    }
}

#[test]
fn nothing_is_printed_below_the_command_line() {
    for word in ["println!", "print!(", "dbg!"] {
        none(&places(word, |module| module == "cli"), "only `cli` prints");
    }
}

#[test]
fn environment_and_clock_are_read_in_few_places() {
    none(&places("env::var", |module| matches!(module, "cli" | "observe")), "the environment is read in `cli`");
    for word in ["Utc::now", "Local::now", "SystemTime::now"] {
        none(&places(word, |module| module == "observe"), "the wall clock is read in `observe`");
    }
    let random = ["rand::", "thread_rng", "RandomState::new"];
    for word in random {
        none(&places(word, |module| module == "generate"), "nothing is left to chance");
    }
}

#[test]
fn no_file_is_too_long() {
    let mut found = Vec::new();
    for folder in ["src", "tests/it"] {
        let root = Path::new(REPOSITORY).join(folder);
        for path in files_below(&root) {
            let lines = fs::read_to_string(root.join(&path)).map_or(0, |text| text.lines().count());
            if lines > 800 {
                found.push(format!("{folder}/{}: {lines} lines", path.display()));
            }
        }
    }
    none(&found, "no file has more than 800 lines");
}

#[test]
fn no_room_is_a_junk_room() {
    let junk = ["utils", "util", "common", "helpers", "helper", "types", "prelude", "misc"];
    let root = Path::new(REPOSITORY).join("src");
    let found: Vec<String> = files_below(&root)
        .into_iter()
        .filter(|path| {
            path.iter().filter_map(|part| part.to_str()).any(|part| junk.contains(&part.trim_end_matches(".rs")))
        })
        .map(|path| path.display().to_string())
        .collect();
    none(&found, "a module is named for what is in it");
}

#[test]
fn every_module_says_what_it_is() {
    let root = Path::new(REPOSITORY).join("src");
    let found: Vec<String> = files_below(&root)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| !path.iter().any(|part| part == "tests" || part == "tests.rs"))
        .filter(|path| !fs::read_to_string(root.join(path)).expect("a source").starts_with("//!"))
        .map(|path| path.display().to_string())
        .collect();
    none(&found, "a module begins with a sentence");
}

#[test]
fn tree_has_no_path_of_a_machine() {
    let root = Path::new(REPOSITORY);
    let mut files = vec![root.join("README.md"), root.join("Cargo.toml"), root.join("clippy.toml")];
    for folder in ["src", "tests", "sql", "pipelines", "docs", "benches", ".ci"] {
        let folder = root.join(folder);
        if folder.is_dir() {
            files.extend(files_below(&folder).into_iter().map(|path| folder.join(path)));
        }
    }
    // Put together here, so that this file does not have what it looks for.
    let paths = ["root", "home", "Users", "work", "tmp/wt"].map(|name| format!("/{name}/"));
    let mut found = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        for (number, line) in text.lines().enumerate() {
            // `//root/` of a URL, and a path below another folder, are no absolute paths.
            let absolute = |path: &String| {
                line.match_indices(path.as_str()).any(|(at, _)| {
                    let before = line.get(..at).and_then(|start| start.chars().next_back());
                    !before.is_some_and(|c| {
                        c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '}' | '$' | '*' | '>')
                    })
                })
            };
            if paths.iter().any(absolute) {
                found.push(format!(
                    "{}:{}: {}",
                    file.strip_prefix(root).unwrap_or(&file).display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    none(&found, "the tree speaks of no machine");
}
