//! `clean:` of a source's column.

use std::sync::Arc;

use super::Resolver;
use crate::cleaning::mapping::{Mapping, Problem};
use crate::cleaning::{PLAIN, REGIONAL, Region, plain, regional};
use crate::column::ColumnType;
use crate::diag::{Diagnostic, Place, SourceText, Span};
use crate::names::nearest;
use crate::project::source::Clean;
use crate::spec;

/// The path in `map(path)`.
pub fn mapped_file(word: &str) -> Option<&str> {
    call(word).filter(|(name, _)| *name == "map").map(|(_, path)| path).filter(|path| !path.is_empty())
}

/// The name and the argument of `name(argument)`.
fn call(word: &str) -> Option<(&str, &str)> {
    let (name, argument) = word.strip_suffix(')')?.split_once('(')?;
    Some((name.trim(), argument.trim()))
}

impl Resolver<'_> {
    pub(super) fn clean(
        &mut self,
        source: &str,
        column: &str,
        yaml: &spec::SourceColumn,
        kind: Option<ColumnType>,
    ) -> Vec<Clean> {
        let words = yaml.clean.as_ref().map(|words| words.0.as_slice()).unwrap_or_default();
        let doc = self.doc;
        let place = |word: &str| doc.place(&["sources", source, "columns", column, "clean", word]);
        if let Some(kind) = kind.filter(|kind| !words.is_empty() && *kind != ColumnType::String) {
            self.error(
                "S0164",
                format!("`{source}.{column}` is a {kind}, and only strings are cleaned"),
                doc.place(&["sources", source, "columns", column, "clean"]),
                Some("declare it as a string and cast in staging, or leave `clean` out".to_owned()),
            );
        }
        words.iter().filter_map(|word| self.step(word, place(word))).collect()
    }

    fn step(&mut self, word: &str, place: Place) -> Option<Clean> {
        if let Some(function) = plain(word) {
            return Some(Clean::Plain(function));
        }
        if let Some(path) = mapped_file(word) {
            return self.mapping_file(path, place).map(Clean::Map);
        }
        let (name, argument) = call(word).map_or((word, None), |(name, argument)| (name, Some(argument)));
        let Some(function) = regional(name) else {
            self.error("S0121", format!("there is no cleaning `{word}`"), place, Some(unknown(name)));
            return None;
        };
        let region = argument.or(function.default).and_then(Region::parse);
        if region.is_none() {
            let code = argument.unwrap_or_default();
            // Names and other codes of countries are known elsewhere.
            let meant = plain("country").and_then(|country| (country.clean)(code));
            let help = meant.map_or_else(
                || format!("write a region as its two letters of ISO 3166-1, such as `{name}(CN)` or `{name}(US)`"),
                |region| format!("did you mean `{name}({region})`?"),
            );
            self.error("S0121", format!("`{code}` is not a region that `{name}` knows"), place, Some(help));
        }
        Some(Clean::Regional(function, region?))
    }

    fn mapping_file(&mut self, path: &str, place: Place) -> Option<Arc<Mapping>> {
        let outside = path.starts_with('/') || path.split('/').any(|part| part == "..");
        let reason = match self.mappings.get(path) {
            _ if outside => "it is not in the project".to_owned(),
            None => "it was not looked for".to_owned(),
            Some(Err(reason)) => reason.clone(),
            Some(Ok(text)) => {
                let (mapping, problems) = Mapping::parse(&text.text);
                for problem in &problems {
                    self.found.push(diagnostic(problem, text));
                }
                return problems.is_empty().then(|| Arc::new(mapping));
            }
        };
        self.error(
            "S0161",
            format!("the mapping `{path}` cannot be read: {reason}"),
            place,
            Some("write its path relative to the project; it is a CSV of two columns, `from,to`".to_owned()),
        );
        None
    }
}

fn diagnostic(problem: &Problem, text: &Arc<SourceText>) -> Diagnostic {
    let (code, line, message, help) = match problem {
        Problem::Twice { line, first } => (
            "S0162",
            *line,
            format!("this value stands on line {first} already, with another meaning"),
            "keep one of the two lines; values are compared without case, width and surrounding blanks",
        ),
        Problem::Fields { line, found: 1 } => {
            ("S0163", *line, "a mapping has two columns, this record has one".to_owned(), "write `from,to`")
        }
        Problem::Fields { line, found } => (
            "S0163",
            *line,
            format!("a mapping has two columns, this record has {found}"),
            "write `from,to`, and a value that has a comma in double quotes",
        ),
    };
    let length = text.line(line).map_or(1, |text| text.chars().count().max(1));
    Diagnostic::error(code, message).at(text, Span { line, column: 1, length }).help(help)
}

/// The nearest name, and all of them.
fn unknown(name: &str) -> String {
    let names = || {
        PLAIN.iter().map(|function| function.name).chain(REGIONAL.iter().map(|function| function.name)).chain(["map"])
    };
    let mut all: Vec<String> = PLAIN.iter().map(|function| function.name.to_owned()).collect();
    all.extend(REGIONAL.iter().map(|function| format!("{}(REGION)", function.name)));
    all.push("map(FILE)".to_owned());
    let near = match nearest(name, names()) {
        Some("map") => "`map(FILE)` names a file of the project; ".to_owned(),
        Some(near) if near == name => format!("`{name}` takes no argument; "),
        Some(near) => format!("did you mean `{near}`? "),
        None => String::new(),
    };
    format!("{near}there are: {}", all.join(", "))
}
