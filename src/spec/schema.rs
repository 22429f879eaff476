//! Holds a YAML tree against the JSON schema made from the types, and says everything that differs.
//!
//! The same schema completes keys in editors (`septet schema`) and makes the reference in docs/yaml.md, so the three
//! cannot disagree.

use std::sync::Arc;

use schemars::Schema;
use serde_json::Value as Json;

use super::tree::{Node, Value};
use super::{Contract, Pipeline};
use crate::diag::{Diagnostic, Diagnostics, SourceText, Span};
use crate::names;

/// JSON schema of `pipelines/<name>.yaml`.
pub fn pipeline_schema() -> Schema {
    schemars::schema_for!(Pipeline)
}

/// JSON schema of contract files.
pub fn contract_schema() -> Schema {
    schemars::schema_for!(Contract)
}

pub(super) fn check(schema: &Schema, tree: &Node, source: &Arc<SourceText>) -> Diagnostics {
    let mut checker = Checker { root: schema.as_value(), source, found: Diagnostics::default() };
    checker.node(schema.as_value(), tree, tree.span, &[]);
    checker.found.sorted()
}

struct Checker<'a> {
    root: &'a Json,
    source: &'a Arc<SourceText>,
    found: Diagnostics,
}

impl<'a> Checker<'a> {
    fn resolve(&self, schema: &'a Json) -> &'a Json {
        match schema.get("$ref").and_then(Json::as_str).and_then(|path| path.strip_prefix('#')) {
            Some(pointer) => self.root.pointer(pointer).unwrap_or(schema),
            None => schema,
        }
    }

    fn node(&mut self, schema: &'a Json, node: &Node, key: Span, path: &[&str]) {
        let schema = self.resolve(schema);
        if let Some(alternatives) = ["anyOf", "oneOf"].into_iter().find_map(|word| schema.get(word)?.as_array()) {
            return self.alternatives(alternatives, node, key, path);
        }
        if let Some(allowed) = schema.get("enum").and_then(Json::as_array) {
            let words: Vec<&str> = allowed.iter().filter_map(Json::as_str).collect();
            if !matches!(&node.value, Value::Text(text) if words.contains(&text.as_str())) {
                self.wrong_word(node, &words, path);
            }
            return;
        }
        if let Some(word) = schema.get("const").and_then(Json::as_str) {
            if !matches!(&node.value, Value::Text(text) if text == word) {
                self.wrong_word(node, &[word], path);
            }
            return;
        }
        let kinds = kinds(schema);
        if kinds.is_empty() {
            return;
        }
        if !kinds.iter().any(|kind| fits(kind, &node.value)) {
            return self.wrong_kind(node, key, &kinds, path);
        }
        match &node.value {
            Value::Map(entries) => self.map(schema, entries, key, path),
            Value::List(items) => {
                if let Some(of) = schema.get("items") {
                    for item in items {
                        self.node(of, item, item.span, path);
                    }
                }
            }
            _ => {}
        }
    }

    fn map(&mut self, schema: &'a Json, entries: &[(String, Span, Node)], key: Span, path: &[&str]) {
        let properties = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties");
        for (name, span, value) in entries {
            let deeper: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
            if let Some(property) = properties.and_then(|properties| properties.get(name)) {
                self.node(property, value, *span, &deeper);
            } else if let Some(other) = others.filter(|other| other.is_object()) {
                self.node(other, value, *span, &deeper);
            } else {
                let mut known: Vec<&str> = properties.into_iter().flat_map(|p| p.keys()).map(String::as_str).collect();
                known.sort_unstable();
                let help = names::nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                self.found.push(
                    Diagnostic::error("S0107", format!("unknown key `{name}`{}", within(path)))
                        .at(self.source, Span { length: name.chars().count(), ..*span })
                        .label(format!("expected one of: {}", known.join(", ")))
                        .maybe_help(help),
                );
            }
        }
        for required in schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
            if !entries.iter().any(|(name, _, _)| name == required) {
                let about = properties
                    .and_then(|properties| properties.get(required)?.get("description")?.as_str())
                    .map(|about| format!("`{required}`: {about}"));
                self.found.push(
                    Diagnostic::error("S0106", format!("missing key `{required}`{}", within(path)))
                        .at(self.source, Span { length: path.last().map_or(1, |name| name.chars().count()), ..key })
                        .maybe_help(about),
                );
            }
        }
    }

    fn alternatives(&mut self, alternatives: &'a [Json], node: &Node, key: Span, path: &[&str]) {
        let mut nearest: Option<(bool, Diagnostics)> = None;
        // A map that may be left out is the only one that can be meant, whatever its keys are.
        let only_map = alternatives.iter().filter(|it| kinds(self.resolve(it)).contains(&"object")).count() == 1;
        for alternative in alternatives {
            let resolved = self.resolve(alternative);
            let mut attempt = Checker { root: self.root, source: self.source, found: Diagnostics::default() };
            attempt.node(alternative, node, key, path);
            if !attempt.found.has_errors() {
                return;
            }
            let meant = kinds(resolved).iter().any(|kind| fits(kind, &node.value))
                && match (&node.value, resolved.get("properties").and_then(Json::as_object)) {
                    (Value::Map(entries), Some(properties)) => {
                        let tag = properties.iter().find_map(|(name, p)| Some((name, p.get("const")?.as_str()?)));
                        match tag {
                            // `type: csv` says which alternative is meant.
                            Some((name, word)) => {
                                matches!(node.get(name).map(|n| &n.value), Some(Value::Text(text)) if text == word)
                            }
                            None => only_map || entries.iter().any(|(name, _, _)| properties.contains_key(name)),
                        }
                    }
                    (Value::Map(_), None) | (Value::List(_), _) => true,
                    _ => resolved.get("enum").is_none() && resolved.get("const").is_none(),
                };
            if meant && nearest.as_ref().is_none_or(|(_, found)| attempt.found.errors() < found.errors()) {
                nearest = Some((meant, attempt.found));
            }
        }
        if let Some((_, found)) = nearest {
            self.found.extend(found);
            return;
        }
        let mut words: Vec<&str> = Vec::new();
        for word in alternatives.iter().flat_map(|a| self.words(a)) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if let (Value::Map(_), Some(tag)) = (&node.value, alternatives.iter().find_map(|a| self.tag(a))) {
            match node.entry(tag) {
                Some((_, value)) => self.wrong_word(value, &words, path),
                None => self.found.push(
                    Diagnostic::error("S0106", format!("missing key `{tag}`{}", within(path)))
                        .at(self.source, key)
                        .label(format!("one of: {}", words.join(", "))),
                ),
            }
        } else if words.is_empty() {
            let kinds: Vec<&str> = alternatives.iter().flat_map(|a| kinds(self.resolve(a))).collect();
            self.wrong_kind(node, key, &kinds, path);
        } else {
            self.wrong_word(node, &words, path);
        }
    }

    fn tag(&self, alternative: &'a Json) -> Option<&'a str> {
        let properties = self.resolve(alternative).get("properties")?.as_object()?;
        properties.iter().find(|(_, property)| property.get("const").is_some()).map(|(name, _)| name.as_str())
    }

    /// The words that choose an alternative: enumerated texts, tags, or the one key of a map.
    fn words(&self, alternative: &'a Json) -> Vec<&'a str> {
        let schema = self.resolve(alternative);
        if let Some(word) = schema.get("const").and_then(Json::as_str) {
            return vec![word];
        }
        if let Some(words) = schema.get("enum").and_then(Json::as_array) {
            return words.iter().filter_map(Json::as_str).collect();
        }
        if let Some(nested) = ["anyOf", "oneOf"].into_iter().find_map(|word| schema.get(word)?.as_array()) {
            return nested.iter().flat_map(|one| self.words(one)).collect();
        }
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else { return Vec::new() };
        match properties.values().find_map(|property| property.get("const")?.as_str()) {
            Some(tag) => vec![tag],
            None => properties.keys().map(String::as_str).collect(),
        }
    }

    fn wrong_kind(&mut self, node: &Node, key: Span, kinds: &[&str], path: &[&str]) {
        let expected: Vec<&str> = kinds.iter().filter(|kind| **kind != "null").map(|kind| spoken(kind)).collect();
        let what = path.last().map_or_else(|| "this file".to_owned(), |name| format!("`{name}`"));
        let place = if matches!(node.value, Value::Map(_) | Value::List(_) | Value::Null) { key } else { node.span };
        let help = match &node.value {
            Value::Bool(_) | Value::Number(_) if expected.contains(&"a text") => Some("put it in quotes".to_owned()),
            _ => None,
        };
        self.found.push(
            Diagnostic::error(
                "S0103",
                format!("{what} is {}, expected {}", node.value.describe(), expected.join(" or ")),
            )
            .at(self.source, place)
            .label(format!("expected {}", expected.join(" or ")))
            .maybe_help(help),
        );
    }

    fn wrong_word(&mut self, node: &Node, words: &[&str], path: &[&str]) {
        let what = path.last().copied().unwrap_or("value");
        let written = |text: &str| {
            let help = names::nearest(text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            (format!("`{text}` is not a value of `{what}`"), help)
        };
        let ((message, help), span) = match &node.value {
            Value::Text(text) => (written(text), node.span),
            // `{ word: … }`: the word is what is wrong with it.
            Value::Map(entries) if entries.len() == 1 => entries.first().map_or_else(
                || (written(""), node.span),
                |(key, span, _)| (written(key), Span { length: key.chars().count(), ..*span }),
            ),
            other => ((format!("{} is not a value of `{what}`", other.describe()), None), node.span),
        };
        self.found.push(
            Diagnostic::error("S0104", message)
                .at(self.source, span)
                .label(format!("expected one of: {}", words.join(", ")))
                .maybe_help(help),
        );
    }
}

fn within(path: &[&str]) -> String {
    match path {
        [] => String::new(),
        [section] => format!(" in `{section}`"),
        [section, name] => format!(" in {} `{name}`", section.trim_end_matches('s')),
        [section, name, .., last] => format!(" in `{last}` of {} `{name}`", section.trim_end_matches('s')),
    }
}

fn kinds(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(kind)) => vec![kind],
        Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

fn fits(kind: &str, value: &Value) -> bool {
    match value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::Number(number) => kind == "number" || (kind == "integer" && number.fract() == 0.0),
        Value::Text(_) => kind == "string",
        Value::List(_) => kind == "array",
        Value::Map(_) => kind == "object",
    }
}

fn spoken(kind: &str) -> &'static str {
    match kind {
        "boolean" => "true or false",
        "number" => "a number",
        "integer" => "a whole number",
        "string" => "a text",
        "array" => "a list",
        "object" => "a map",
        _ => "nothing",
    }
}
