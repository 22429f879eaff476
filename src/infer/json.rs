//! The start of a JSON text to where its records are and what is in them.

use indexmap::IndexMap;
use serde_json::Value;

/// Records looked at for their keys.
const LOOK: usize = 2_000;

/// Where records are, and the dotted paths of their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// One object a line; else a document.
    pub lines: bool,
    /// Dotted path to the array of records, empty when the document is the array.
    pub records: String,
    /// Paths with values, in the order in which they came up.
    pub columns: Vec<String>,
    /// Paths with arrays, which a column cannot hold.
    pub arrays: Vec<String>,
}

/// `None` when it is not JSON, or has no records.
pub fn shape(text: &str, whole: bool) -> Option<Shape> {
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let mut shape = Shape::default();
    let mut paths: IndexMap<String, bool> = IndexMap::new();
    let mut found = false;
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let first = lines.first().and_then(|line| serde_json::from_str::<Value>(line).ok());
    if matches!(first, Some(Value::Object(_))) && (lines.len() > 1 || !whole) {
        shape.lines = true;
        // The last line may be cut off.
        for line in lines.iter().take(LOOK) {
            if let Ok(value) = serde_json::from_str::<Value>(line) {
                gather("", &value, &mut paths);
                found = true;
            }
        }
    } else {
        let document = parsed(text, whole)?;
        let (path, records) = longest_array("", &document)?;
        shape.records = path;
        for record in records.iter().take(LOOK) {
            gather("", record, &mut paths);
            found = true;
        }
    }
    for (path, is_array) in paths {
        if is_array { shape.arrays.push(path) } else { shape.columns.push(path) }
    }
    (found && !shape.columns.is_empty()).then_some(shape)
}

/// The document, or as much of its array as there is of it.
fn parsed(text: &str, whole: bool) -> Option<Value> {
    if whole {
        return serde_json::from_str(text).ok();
    }
    // Cut behind the last object that ends, and closed; one of the few places at which it can have been open.
    let end = text.rfind('}')?;
    let cut = text.get(..=end)?;
    ["]", "]}", "]}}", "]}}}"].iter().find_map(|close| serde_json::from_str(&format!("{cut}{close}")).ok())
}

fn longest_array<'v>(path: &str, value: &'v Value) -> Option<(String, &'v Vec<Value>)> {
    match value {
        Value::Array(items) if items.iter().any(Value::is_object) => Some((path.to_owned(), items)),
        Value::Object(entries) => entries
            .iter()
            .filter_map(|(key, value)| longest_array(&joined(path, key), value))
            .max_by_key(|(_, items)| items.len()),
        _ => None,
    }
}

/// Paths of an object's values; true for those that hold arrays.
fn gather(path: &str, value: &Value, paths: &mut IndexMap<String, bool>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                gather(&joined(path, key), value, paths);
            }
        }
        Value::Array(_) if !path.is_empty() => {
            paths.insert(path.to_owned(), true);
        }
        // An object elsewhere: then the path is that of its keys.
        Value::Null if !path.is_empty() && paths.keys().any(|known| known.starts_with(&format!("{path}."))) => {}
        _ if !path.is_empty() => {
            paths.entry(path.to_owned()).or_insert(false);
        }
        _ => {}
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_documents_and_cut_documents() {
        let columns =
            |shape: Option<Shape>| shape.map(|shape| (shape.lines, shape.records, shape.columns, shape.arrays));
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            columns(shape("{\"id\":1,\"a\":{\"b\":2},\"tags\":[1]}\n{\"id\":2,\"c\":null}\n", true)),
            Some((true, String::new(), names(&["id", "a.b", "c"]), names(&["tags"])))
        );
        assert_eq!(
            columns(shape("[{\"id\":1},{\"id\":2}]", true)),
            Some((false, String::new(), names(&["id"]), vec![]))
        );
        let document = "{\"meta\":{\"n\":2},\"data\":{\"items\":[{\"id\":1},{\"id\":2}]}}";
        assert_eq!(columns(shape(document, true)), Some((false, "data.items".to_owned(), names(&["id"]), vec![])));
        assert_eq!(
            columns(shape("{\"data\":[{\"id\":1},{\"id\":2},{\"i", false)),
            Some((false, "data".to_owned(), names(&["id"]), vec![]))
        );
        assert_eq!(shape("a,b\n1,2\n", true), None);
    }
}
