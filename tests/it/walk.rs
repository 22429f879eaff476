//! docs/add_a_mart.md, done word by word in a copy of the shipped project.

use std::fs;
use std::path::Path;

use crate::door::{self, REPOSITORY, Test};

/// A fenced block: the words after the fence, and its lines.
struct Block<'a> {
    kind: &'a str,
    about: &'a str,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(words), false) => {
                let (kind, about) = words.split_once(' ').unwrap_or((words, ""));
                blocks.push(Block { kind, about, text: String::new() });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = blocks.last_mut().expect("a block is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {}
        }
    }
    blocks
}

/// Writes a block where its fence says: a new file, one line of a file (`path:line`), or more at a file's end.
fn write(test: &Test, block: &Block<'_>) {
    if let Some((path, line)) = block.about.split_once(':') {
        let number: usize = line.parse().expect("a line's number");
        let mut lines: Vec<String> = test.read(path).lines().map(str::to_owned).collect();
        lines[number - 1] = block.text.trim_end().to_owned();
        test.write(path, lines.join("\n") + "\n");
    } else if test.path(block.about).exists() {
        test.append(block.about, &block.text);
    } else {
        test.write(block.about, &block.text);
    }
}

/// The words of a command line; quotes hold words together.
fn words(line: &str) -> Vec<&str> {
    let parts = line.split('"').enumerate();
    parts.flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }).collect()
}

#[test]
fn a_stranger_adds_a_mart_as_the_page_says() {
    let page = fs::read_to_string(Path::new(REPOSITORY).join("docs/add_a_mart.md")).expect("the page");
    let test = Test::empty();
    door::copy_project(test.root());
    // Published and known already, as the page asks for.
    door::copy_published(door::crm(), &test.path("marts"));
    let mut said = String::new();
    let mut commands = 0;
    for block in blocks(&page) {
        match block.kind {
            "yaml" | "sql" => {
                let path = block.about.split(':').next().unwrap_or_default();
                assert!(page.contains(&format!("`{path}`")), "the text names {path}");
                write(&test, &block);
            }
            "text" => assert!(said.contains(&block.text), "the page shows\n{}\nthe program says\n{said}", block.text),
            "sh" => {
                said.clear();
                for line in block.text.lines() {
                    let words = words(line);
                    assert_eq!(words.first(), Some(&"septet"), "{line}");
                    let ran = test.septet(&words[1..]);
                    said.push_str(&ran.stdout);
                    said.push_str(&ran.stderr);
                    // The first look is at the mistake.
                    assert_eq!(ran.code, if commands == 0 { 2 } else { 0 }, "{line}\n{}", ran.stderr);
                    commands += 1;
                }
            }
            other => panic!("a block of {other}"),
        }
    }
    assert_eq!(commands, 5);
    assert!(said.contains("| 0.00 "), "{said}");
    let results = test.results();
    let tables: Vec<&str> = results["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .filter(|table| table["status"] == "built")
        .filter_map(|table| table["name"].as_str())
        .collect();
    assert_eq!(tables, ["weekend_sales", "etl_status"]);
    let months = test.query("select count(*) = count(distinct month) * 2 and min(orders) > 0 from weekend_sales");
    assert!(months.ends_with("true\n"), "{months}");
}
