//! The planner's errors as diagnostics that point into the SQL file.

use datafusion::common::{DataFusionError, SchemaError};

use crate::diag::{Diagnostic, Span};
use crate::model::Model;
use crate::names::nearest;

/// Every problem in a planner error, each with the best place that is known.
pub(super) fn diagnostics(model: &Model, error: &DataFusionError) -> Vec<Diagnostic> {
    match error.find_root() {
        DataFusionError::Collection(errors) => errors.iter().flat_map(|error| diagnostics(model, error)).collect(),
        root => vec![diagnostic(model, error, root)],
    }
}

fn diagnostic(model: &Model, error: &DataFusionError, root: &DataFusionError) -> Diagnostic {
    let known = error.diagnostic();
    let spanned = known.and_then(|known| known.span).map(|span| {
        let whole = |number: u64| usize::try_from(number).unwrap_or(1).max(1);
        let one_line = span.start.line == span.end.line;
        let length = if one_line { span.end.column.saturating_sub(span.start.column) } else { 1 };
        Span { line: whole(span.start.line), column: whole(span.start.column), length: whole(length) }
    });
    let text = known.map_or_else(|| root.strip_backtrace(), |known| known.message.clone());
    let sentence = text.lines().next().unwrap_or_default().trim().to_owned();
    let sentence = ["Error during planning: ", "Schema error: ", "SQL error: ", "This feature is not implemented: "]
        .iter()
        .fold(sentence, |sentence, prefix| sentence.strip_prefix(prefix).map(str::to_owned).unwrap_or(sentence));
    if let DataFusionError::SchemaError(schema, _) = root
        && let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref()
    {
        let word = field.name();
        // The table's own columns come first: a name that is near there is what was meant.
        let same = valid_fields.iter().filter(|valid| field.relation.is_none() || valid.relation == field.relation);
        let near = nearest(word, same.map(|valid| valid.name()))
            .or_else(|| nearest(word, valid_fields.iter().map(|f| f.name())));
        let from = field.relation.as_ref().map_or_else(String::new, |table| format!("`{table}` has "));
        return Diagnostic::error("S0204", format!("model `{}` reads an unknown column", model.table.name))
            .at(&model.source, place(model, spanned, word))
            .label(format!("{from}no column `{word}`"))
            .maybe_help(near.map(|near| format!("did you mean `{near}`?")));
    }
    if let Some(word) = between(&sentence, "Invalid function '", "'") {
        let help = between(&text, "Did you mean '", "'").map(|near| format!("did you mean `{near}`?"));
        return Diagnostic::error("S0213", format!("model `{}` calls an unknown function", model.table.name))
            .at(&model.source, place(model, spanned, word))
            .label(format!("there is no function `{word}`"))
            .maybe_help(help);
    }
    if let Some((function, wrong)) = wrong_arguments(&sentence) {
        return Diagnostic::error("S0214", format!("model `{}` calls `{function}` wrongly: {wrong}", model.table.name))
            .at(&model.source, place(model, spanned, function))
            .maybe_help(between(&sentence, "argument types '", "'").map(|call| format!("it is called as `{call}`")));
    }
    let word = quoted(&sentence).unwrap_or_default();
    let help = known.and_then(|known| known.helps.first()).map(|help| help.message.clone());
    Diagnostic::error("S0214", format!("model `{}` cannot be planned: {sentence}", model.table.name))
        .at(&model.source, place(model, spanned, word))
        .maybe_help(help)
}

fn place(model: &Model, spanned: Option<Span>, word: &str) -> Span {
    spanned.or_else(|| model.find(word)).unwrap_or(Span { line: 1, column: 1, length: 1 })
}

/// The function, and what it says of the arguments that it is called with: the innermost of the planner's sentences.
fn wrong_arguments(sentence: &str) -> Option<(&str, String)> {
    const PLANNING: &str = "Error during planning: ";
    let function = between(sentence, "Function '", "'")?;
    if let Some(own) = between(sentence, "user-defined coercion failed with: ", " No function matches") {
        let own = own.trim_start_matches(PLANNING).trim_end_matches('.');
        let wrong = own.strip_prefix(function).map_or_else(|| own.to_owned(), |takes| format!("it{takes}"));
        return Some((function, wrong));
    }
    let said = sentence.split_once("failed to match any signature, errors: ")?.1;
    // One sentence for every form of the function: what they want, and what all of them got.
    let mut wanted: Vec<String> = Vec::new();
    let mut given = "";
    for form in said.split(PLANNING).filter(|form| !form.is_empty()) {
        let (want, got) = match (between(form, "requires ", ", but received "), between(form, "expects ", " arguments"))
        {
            (Some(kind), _) => (kind.to_owned(), between(form, ", but received ", " (")?),
            (_, Some(number)) => {
                let noun = if number == "1" { "argument" } else { "arguments" };
                (format!("{number} {noun}"), form.split_once("but received ")?.1.trim_end_matches(['.', ',']))
            }
            _ => return None,
        };
        if !wanted.contains(&want) {
            wanted.push(want);
        }
        given = got;
    }
    let last = wanted.pop()?;
    let others = if wanted.is_empty() { String::new() } else { format!("{} or ", wanted.join(", ")) };
    Some((function, format!("it takes {others}{last}, not {given}")))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(inner, _)| inner)
}

/// The first word in quotes: usually what the sentence is about.
fn quoted(text: &str) -> Option<&str> {
    let start = text.find(['\'', '`', '"'])?;
    let rest = text.get(start + 1..)?;
    rest.split(['\'', '`', '"']).next()
}
