//! A parsed file: its typed value, and the place of everything in it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::schema;
use super::tree::{self, Node, Value};
use crate::diag::{Diagnostic, Diagnostics, Place, SourceText, Span};

#[derive(Clone, Debug)]
pub struct Document<T> {
    pub source: Arc<SourceText>,
    pub value: T,
    tree: Node,
}

impl<T: DeserializeOwned + JsonSchema> Document<T> {
    /// Reads a file's text, or says everything that is wrong with its form.
    pub fn parse(source: &Arc<SourceText>) -> Result<Self, Diagnostics> {
        let tree = tree::parse(&source.text).map_err(|error| syntax_error(source, &error))?;
        let schema = schemars::schema_for!(T);
        let problems = schema::check(&schema, &tree, source);
        if problems.has_errors() {
            return Err(problems);
        }
        let value = serde_yaml::from_str(&source.text).map_err(|error| syntax_error(source, &error))?;
        Ok(Self { source: Arc::clone(source), value, tree })
    }
}

impl<T> Document<T> {
    /// Where the value at a path of keys stands; the nearest key above it when it is not there.
    pub fn place(&self, path: &[&str]) -> Place {
        Place { source: Arc::clone(&self.source), span: self.find(path, false) }
    }

    /// Where the last key of a path stands.
    pub fn key_place(&self, path: &[&str]) -> Place {
        Place { source: Arc::clone(&self.source), span: self.find(path, true) }
    }

    fn find(&self, path: &[&str], of_key: bool) -> Span {
        let mut node = &self.tree;
        let mut span = Span { line: 1, column: 1, length: 1 };
        for step in path {
            match &node.value {
                Value::Map(_) => match node.entry(step) {
                    Some((key, value)) => {
                        let on_one_line = !matches!(value.value, Value::Map(_) | Value::List(_));
                        span = if of_key || !on_one_line { key } else { value.span };
                        node = value;
                    }
                    None => return span,
                },
                Value::List(items) => {
                    // A step into a list is an index or the text of the item.
                    let by_text = items.iter().find(|item| matches!(&item.value, Value::Text(text) if text == step));
                    match by_text.or_else(|| step.parse::<usize>().ok().and_then(|index| items.get(index))) {
                        Some(item) => {
                            span = item.span;
                            node = item;
                        }
                        None => return span,
                    }
                }
                _ => return span,
            }
        }
        span
    }
}

fn syntax_error(source: &Arc<SourceText>, error: &serde_yaml::Error) -> Diagnostics {
    let message = error.without_snippet().to_string();
    // The library ends its sentence with its own location; the diagnostic has a better one.
    let message = message.split(" at line ").next().unwrap_or(&message).trim().trim_end_matches(['.', ',']).to_owned();
    let diagnostic = if let Some(rest) = message.strip_prefix("duplicate mapping key: ") {
        let key = rest.split(", set ").next().unwrap_or(rest);
        Diagnostic::error("S0102", format!("the key `{key}` stands twice in one map"))
            .help("remove or rename one of the two")
    } else if message.starts_with("budget breached") {
        Diagnostic::error("S0101", "this YAML grows beyond what a project file may be")
            .help("aliases that repeat aliases multiply: write it out, or split the file")
    } else {
        Diagnostic::error("S0101", format!("this YAML cannot be read: {message}"))
    };
    match error.location() {
        Some(at) => {
            let whole = |number: u64| usize::try_from(number).unwrap_or(1).max(1);
            diagnostic.at(source, Span { line: whole(at.line()), column: whole(at.column()), length: 1 }).into()
        }
        None => diagnostic.in_file(&source.path).into(),
    }
}
