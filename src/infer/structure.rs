//! The start of a delimited text to its dialect: delimiter, header, rows that are none.

use std::collections::{BTreeMap, BTreeSet};

/// Records looked at.
const LOOK: usize = 200;
/// In the order in which they are believed where several fit as well.
const DELIMITERS: [&str; 8] = [",", "\t", ";", "||", "|", "\u{1}", "~", "^"];

/// How a delimited text is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub delimiter: &'static str,
    /// Names of the columns; without a header, their positions.
    pub columns: Vec<String>,
    pub header: bool,
    /// Line of the header, from 1, when it is not the first that has something.
    pub header_row: Option<u64>,
}

/// A record and the line it begins on.
struct Record {
    line: u64,
    fields: Vec<String>,
}

/// `None` when there is no table in it.
pub fn layout(text: &str) -> Option<Layout> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if let Some(layout) = stated(text) {
        return Some(layout);
    }
    let mut best: Option<(usize, usize, Layout)> = None;
    for delimiter in DELIMITERS {
        let records = split(text, delimiter);
        let Some((width, count)) = usual_width(&records) else { continue };
        let share = count * 100 / records.len().max(1);
        // One column is what every text has in every delimiter that it does not use.
        if width < 2 || share < 50 {
            continue;
        }
        let Some(found) = laid_out(&records, width, delimiter) else { continue };
        // Half of a delimiter makes as many columns without a name.
        let named = found.columns.iter().filter(|name| !name.is_empty()).count();
        let better = best.as_ref().is_none_or(|(known_share, known_named, _)| {
            share > known_share + 5 || (share + 5 >= *known_share && named > *known_named)
        });
        if better {
            best = Some((share, named, found));
        }
    }
    best.map(|(_, _, layout)| layout).or_else(|| {
        let records = split(text, ",");
        laid_out(&records, 1, ",")
    })
}

/// Excel takes a first line `sep=;` for the delimiter of what is below.
fn stated(text: &str) -> Option<Layout> {
    let (first, below) = text.split_once('\n')?;
    let first = first.trim_end_matches('\r').trim_matches('"');
    let said = first.get(..4).filter(|key| key.eq_ignore_ascii_case("sep=")).and_then(|_| first.get(4..))?;
    let delimiter = DELIMITERS.into_iter().find(|delimiter| *delimiter == said)?;
    let records = split(below, delimiter);
    let (width, _) = usual_width(&records)?;
    let (at, first) = records.iter().enumerate().find(|(_, record)| record.fields.len() == width)?;
    let line = first.line + 1;
    let layout = laid_out(records.get(at..).unwrap_or_default(), width, delimiter)?;
    layout.header.then_some(Layout { header_row: Some(line), ..layout })
}

fn laid_out(records: &[Record], width: usize, delimiter: &'static str) -> Option<Layout> {
    let (at, first) = records.iter().enumerate().find(|(_, record)| record.fields.len() == width)?;
    let below: Vec<&Record> = records.iter().skip(at + 1).filter(|record| record.fields.len() == width).collect();
    let header = is_header(first, &below);
    let columns = if header {
        first.fields.iter().map(|field| field.trim().to_owned()).collect()
    } else {
        (1..=width).map(|position| position.to_string()).collect()
    };
    let header_row = (header && at > 0).then_some(first.line);
    Some(Layout { delimiter, columns, header, header_row })
}

/// Whether a record names the columns of those below: its fields differ, and none is a value where values are below.
fn is_header(first: &Record, below: &[&Record]) -> bool {
    let names: Vec<&str> = first.fields.iter().map(|field| field.trim()).collect();
    let filled: Vec<&&str> = names.iter().filter(|name| !name.is_empty()).collect();
    let distinct: BTreeSet<&&&str> = filled.iter().collect();
    if filled.is_empty() || filled.len() * 2 < names.len() || distinct.len() * 10 < filled.len() * 9 {
        return false;
    }
    // A number or a day names no column, unless it stands above words: months across a table are named so.
    let values = names.iter().enumerate().filter(|(at, name)| is_value(name) && !is_word_below(below, *at)).count();
    values * 4 < filled.len().max(1) && values < 2
}

fn is_word_below(below: &[&Record], at: usize) -> bool {
    below
        .iter()
        .take(20)
        .any(|record| record.fields.get(at).is_some_and(|field| !field.trim().is_empty() && !is_value(field.trim())))
}

fn is_value(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '$' | '¥'))
        && text.chars().all(|c| c.is_ascii_digit() || ".,:/-+ %$¥TZ".contains(c))
        && text.contains(|c: char| c.is_ascii_digit())
}

/// The number of fields that most records have, and how many have it.
fn usual_width(records: &[Record]) -> Option<(usize, usize)> {
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    for record in records {
        *widths.entry(record.fields.len()).or_default() += 1;
    }
    widths.into_iter().max_by_key(|(width, count)| (*count, *width))
}

/// Records of a text without regard to anything but delimiter, quotes and line ends; blank ones are left out.
fn split(text: &str, delimiter: &str) -> Vec<Record> {
    let mut records = Vec::new();
    let (mut line, mut rest) = (1_u64, text);
    while !rest.is_empty() && records.len() < LOOK {
        let start = line;
        let mut fields = Vec::new();
        loop {
            let (field, after) = field(rest, delimiter);
            line += lines(rest.get(..rest.len() - after.len()).unwrap_or_default());
            fields.push(field);
            rest = after;
            match rest.strip_prefix(delimiter) {
                Some(after) => rest = after,
                None => break,
            }
        }
        // Behind a field stands a delimiter, a line end or nothing.
        if let Some(after) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\r', '\n'])) {
            line += 1;
            rest = after;
        } else if let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
        if fields.iter().any(|field| !field.trim().is_empty()) {
            records.push(Record { line: start, fields });
        }
    }
    records
}

fn lines(text: &str) -> u64 {
    text.matches('\n').count() as u64 + text.replace("\r\n", "").matches('\r').count() as u64
}

fn field<'t>(text: &'t str, delimiter: &str) -> (String, &'t str) {
    if let Some(inner) = text.strip_prefix('"') {
        let mut value = String::new();
        let mut rest = inner;
        while let Some(at) = rest.find('"') {
            value.push_str(rest.get(..at).unwrap_or_default());
            rest = rest.get(at + 1..).unwrap_or_default();
            match rest.strip_prefix('"') {
                Some(after) => {
                    value.push('"');
                    rest = after;
                }
                None if rest.is_empty() || rest.starts_with(delimiter) || rest.starts_with(['\r', '\n']) => {
                    return (value, rest);
                }
                // A quote that ends nothing: the field was none in quotes.
                None => break,
            }
        }
    }
    let line_end = text.find(['\r', '\n']).unwrap_or(text.len());
    let end = text.find(delimiter).map_or(line_end, |at| at.min(line_end));
    (text.get(..end).unwrap_or_default().to_owned(), text.get(end..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (&'static str, Vec<String>, bool, Option<u64>) {
        let layout = layout(text).expect("a table");
        (layout.delimiter, layout.columns, layout.header, layout.header_row)
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn delimiters() {
        assert_eq!(of("id,name\n1,a\n2,\"b,c\"\n"), (",", names(&["id", "name"]), true, None));
        assert_eq!(of("id;amount\n1;1,5\n2;2,5\n"), (";", names(&["id", "amount"]), true, None));
        assert_eq!(of("id\tname\r\n1\ta\r\n"), ("\t", names(&["id", "name"]), true, None));
        assert_eq!(of("id||name||x\n1||a||b\n"), ("||", names(&["id", "name", "x"]), true, None));
        assert_eq!(of("name\na\nb\n"), (",", names(&["name"]), true, None));
    }

    #[test]
    fn delimiter_of_excel() {
        assert_eq!(of("sep=;\nid;amount\n1;1,5\n"), (";", names(&["id", "amount"]), true, Some(2)));
        assert_eq!(of("\u{FEFF}\"SEP=,\"\r\n\r\nid,x\r\n1,a\r\n"), (",", names(&["id", "x"]), true, Some(3)));
        assert_eq!(of("sep=,x\n1,a\n"), (",", names(&["sep=", "x"]), true, None));
    }

    #[test]
    fn headers() {
        let junk = "Report of March\n\nmade,by\nid,name,city\n1,a,b\n2,c,d\n3,e,f\n4,g,h\n";
        assert_eq!(of(junk), (",", names(&["id", "name", "city"]), true, Some(4)));
        assert_eq!(of("1,2024-03-05,9.5\n2,2024-03-06,8\n"), (",", names(&["1", "2", "3"]), false, None));
        assert!(!of("product,2023,2024\na,1,2\nb,3,4\n").2, "two years look like values");
    }
}
