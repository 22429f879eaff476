//! The YAML reference, made from the same schema that files are checked with.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::schema::{contract_schema, pipeline_schema};

/// docs/yaml.md.
pub fn reference() -> String {
    let mut out = String::from(
        "# YAML reference\n\nGenerated from the types that read it (`septet schema reference`); a test keeps it true. \
         Editors can use the JSON schemas: `septet schema pipeline`, `septet schema contract`.\n",
    );
    let mut told: Vec<String> = Vec::new();
    let parts = [("pipelines/<name>.yaml", pipeline_schema()), ("Contract files", contract_schema())];
    for (title, schema) in parts {
        let root = schema.as_value();
        let _ = write!(out, "\n## {title}\n\n{}\n", text(root));
        object(&mut out, root);
        for (name, part) in root.get("$defs").and_then(Json::as_object).into_iter().flatten() {
            // What both kinds of files have is the same in both.
            if name == "StringOrList" || told.contains(name) {
                continue;
            }
            told.push(name.clone());
            let _ = write!(out, "\n### {name}\n\n{}\n", text(part));
            match part.get("oneOf").or_else(|| part.get("anyOf")).and_then(Json::as_array) {
                Some(alternatives) => {
                    for alternative in alternatives {
                        choice(&mut out, alternative);
                    }
                }
                None => object(&mut out, part),
            }
        }
    }
    out
}

/// On one line, as a cell of a table has to be.
fn text(schema: &Json) -> String {
    schema.get("description").and_then(Json::as_str).unwrap_or_default().replace('\n', " ")
}

fn object(out: &mut String, schema: &Json) {
    let Some(properties) = schema.get("properties").and_then(Json::as_object) else { return };
    let required: Vec<&str> =
        schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
    out.push_str("\n| key | value | |\n|---|---|---|\n");
    for (name, property) in properties {
        if property.get("const").is_some() {
            continue;
        }
        let needed = if required.contains(&name.as_str()) { " (required)" } else { "" };
        let about = text(property).replace('\n', " ");
        let _ = writeln!(out, "| `{name}`{needed} | {} | {about} |", kind(property));
    }
}

/// One way to write a value that can be written in several.
fn choice(out: &mut String, schema: &Json) {
    if let Some(word) = schema.get("const").and_then(Json::as_str) {
        let _ = writeln!(out, "\n- `{word}`: {}", text(schema));
        return;
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        for word in words.iter().filter_map(Json::as_str) {
            let _ = writeln!(out, "\n- `{word}`");
        }
        return;
    }
    let properties = schema.get("properties").and_then(Json::as_object);
    let tag = properties.and_then(|p| p.iter().find_map(|(name, value)| Some((name, value.get("const")?.as_str()?))));
    match tag {
        Some((name, word)) => {
            let _ = write!(out, "\n`{name}: {word}`: {}\n", text(schema));
            object(out, schema);
        }
        None => {
            for (name, property) in properties.into_iter().flatten() {
                let _ = write!(out, "\n- `{name}`: {} {}\n", kind(property), text(schema));
                if property.get("properties").is_some() {
                    object(out, property);
                }
            }
        }
    }
}

fn kind(schema: &Json) -> String {
    if let Some(path) = schema.get("$ref").and_then(Json::as_str) {
        let name = path.rsplit('/').next().unwrap_or_default();
        return match name {
            "StringOrList" => "text or list of texts".to_owned(),
            name => format!("[{name}](#{})", name.to_lowercase()),
        };
    }
    if let Some(alternatives) = schema.get("anyOf").and_then(Json::as_array) {
        let kinds: Vec<String> =
            alternatives.iter().filter(|a| a.get("type").and_then(Json::as_str) != Some("null")).map(kind).collect();
        return kinds.join(" or ");
    }
    let word = match schema.get("type") {
        Some(Json::String(word)) => word.as_str(),
        Some(Json::Array(words)) => {
            words.iter().filter_map(Json::as_str).find(|word| *word != "null").unwrap_or_default()
        }
        _ => "",
    };
    match word {
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => format!("list of {}", schema.get("items").map_or_else(String::new, kind)),
        "object" => match schema.get("additionalProperties").filter(|of| of.is_object()) {
            Some(of) => format!("map of names to {}", kind(of)),
            None => "map".to_owned(),
        },
        other => other.to_owned(),
    }
}
