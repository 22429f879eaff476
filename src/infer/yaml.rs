//! What is proposed, as people would write it.

use std::fmt::Write as _;

use super::column::Proposal;

/// A source as it is proposed.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub name: String,
    /// Sentences above it.
    pub head: Vec<String>,
    pub path: String,
    /// Keys and values of the format, beside the type.
    pub kind: &'static str,
    pub options: Vec<(&'static str, String)>,
    pub key: Option<(Vec<String>, String)>,
    pub order_by: Option<String>,
    /// Columns that could be the amount.
    pub amount: Option<String>,
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, Default)]
pub struct Column {
    pub name: String,
    /// What the files call it.
    pub from: Vec<String>,
    /// Not every file has it.
    pub optional: bool,
    pub proposal: Proposal,
    pub remarks: Vec<String>,
}

/// Indented so that it can be put under `sources:`.
pub fn write(draft: &Draft) -> String {
    let mut out = String::new();
    for line in &draft.head {
        let _ = writeln!(out, "  # {line}");
    }
    let _ = writeln!(out, "  {}:", scalar(&draft.name));
    let _ = writeln!(out, "    path: {}", scalar(&draft.path));
    let options: Vec<String> = std::iter::once(format!("type: {}", draft.kind))
        .chain(draft.options.iter().map(|(key, value)| format!("{key}: {value}")))
        .collect();
    let _ = writeln!(out, "    format: {{ {} }}", options.join(", "));
    match &draft.key {
        Some((columns, remark)) => {
            let _ = writeln!(
                out,
                "    key: [{}]    # {remark}",
                columns.iter().map(|column| scalar(column)).collect::<Vec<_>>().join(", ")
            );
            if let Some(column) = &draft.order_by {
                let _ = writeln!(out, "    order_by: {}", scalar(column));
            }
        }
        None => out.push_str(
            "    # no key: nothing called like one tells all records apart; `key: all` makes exact repeats one\n",
        ),
    }
    if let Some(column) = &draft.amount {
        let _ = writeln!(
            out,
            "    # amount: {}    # its total would be carried through the reconciliation",
            scalar(column)
        );
    }
    out.push_str("    columns:\n");
    let width = draft.columns.iter().map(|column| scalar(&column.name).len()).max().unwrap_or_default() + 1;
    for column in &draft.columns {
        let entry = entry(column);
        let mut remarks: Vec<&str> = column.remarks.iter().map(String::as_str).collect();
        remarks.extend(column.proposal.remarks.iter().map(String::as_str));
        let remark = if remarks.is_empty() { String::new() } else { format!("    # {}", remarks.join("; ")) };
        let _ = writeln!(out, "      {:width$} {{ {entry} }}{remark}", format!("{}:", scalar(&column.name)));
    }
    out
}

fn entry(column: &Column) -> String {
    let proposal = &column.proposal;
    let mut parts = Vec::new();
    if column.from.iter().any(|from| *from != column.name) {
        let from: Vec<String> = column.from.iter().map(|from| scalar(from)).collect();
        parts.push(format!("from: [{}]", from.join(", ")));
    }
    parts.push(format!("type: {}", scalar(&proposal.kind)));
    if !proposal.formats.is_empty() {
        parts.push(format!("format: {}", list(&proposal.formats)));
    }
    if !proposal.null_words.is_empty() {
        parts.push(format!("null_words: {}", list(&proposal.null_words)));
    }
    if proposal.required {
        parts.push("required: true".to_owned());
    }
    if column.optional && !proposal.required {
        parts.push("optional: true".to_owned());
    }
    if let Some(clean) = proposal.clean {
        parts.push(format!("clean: {clean}"));
    }
    if let Some(class) = proposal.class {
        parts.push(format!("class: {class}"));
    }
    parts.join(", ")
}

pub fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    format!("[{}]", items.join(", "))
}

/// As it is where that says the same, else in quotes.
pub fn scalar(text: &str) -> String {
    let plain = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '.' | '/' | '-'))
        && !text.ends_with(' ')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null"
        );
    if plain { text.to_owned() } else { quoted(text) }
}

/// JSON's quoting is YAML's, but for characters that YAML wants escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in serde_json::Value::from(text).to_string().chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}') {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}
