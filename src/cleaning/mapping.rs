//! `map(file)`: a project's own list of what one value is written as, and what is meant.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::clean_text::clean_text;

/// From values as they are compared to values as they are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(BTreeMap<String, String>);

/// What is wrong in a file, by the line it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A value stands for two different things.
    Twice { line: usize, first: usize },
    /// A record has not two fields.
    Fields { line: usize, found: usize },
}

impl Mapping {
    /// Reads a CSV of two columns, `from,to`; a first line that says just that is its header.
    pub fn parse(text: &str) -> (Self, Vec<Problem>) {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
        let mut mapping = Self::default();
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        let mut problems = Vec::new();
        // The text is UTF-8 and records may have any length: nothing is left that could fail.
        for (number, record) in reader.records().flatten().enumerate() {
            let line = record.position().and_then(|at| usize::try_from(at.line()).ok()).unwrap_or(1);
            let fields: Vec<&str> = record.iter().collect();
            let [from, to] = fields.as_slice() else {
                if !fields.iter().all(|field| field.trim().is_empty()) {
                    problems.push(Problem::Fields { line, found: fields.len() });
                }
                continue;
            };
            let (key, to) = (key(from), to.trim().to_owned());
            if number == 0 && key == "from" && to.eq_ignore_ascii_case("to") {
                continue;
            }
            let first = *lines.entry(key.clone()).or_insert(line);
            match mapping.0.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(to);
                }
                Entry::Occupied(entry) if *entry.get() == to => {}
                Entry::Occupied(_) => problems.push(Problem::Twice { line, first }),
            }
        }
        (mapping, problems)
    }

    /// What a value is meant to be, if the list has it.
    pub fn get(&self, text: &str) -> Option<&str> {
        self.0.get(&key(text)).map(String::as_str)
    }
}

/// What two spellings of a value have in common: NFKC, case, white space.
fn key(text: &str) -> String {
    // Lower case of the upper case folds what has several lower forms, such as the sigmas.
    clean_text(text).map_or_else(String::new, |text| text.to_uppercase().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_what_they_have_in_common() {
        let (mapping, problems) = Mapping::parse(
            "\u{FEFF}From,To\r\n华东区,华东\n\"North, East\",NE\n\nＳouth,S\nsouth , S\nStraße,street\nnone,\n",
        );
        assert_eq!(problems, []);
        let cases = [
            (" 华东区\u{3000}", Some("华东")),
            ("NORTH,  EAST", Some("NE")),
            ("SOUTH", Some("S")),
            ("STRASSE", Some("street")),
            ("None", Some("")),
            ("from", None),
            ("", None),
        ];
        for (from, to) in cases {
            assert_eq!(mapping.get(from), to, "{from}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let (_, problems) = Mapping::parse("a,b\nc\nA,x\nd,e,f\n\"open,1\n");
        let expected = [
            Problem::Fields { line: 2, found: 1 },
            Problem::Twice { line: 3, first: 1 },
            Problem::Fields { line: 4, found: 3 },
            Problem::Fields { line: 5, found: 1 },
        ];
        assert_eq!(problems, expected);
    }
}
