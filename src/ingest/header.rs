//! Header names to declared columns.

use std::collections::{HashMap, HashSet};

use super::error::{DELIMITERS, Error};
use super::text::{half_width, trim};
use crate::project::source::Source;

/// Where the declared columns are in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// For every column of the source: the field it is read from.
    pub fields: Vec<Option<usize>>,
    /// Optional columns that the file does not have.
    pub absent: Vec<String>,
    /// Headers that no column reads, and where they stand.
    pub extra: Vec<(usize, String)>,
}

/// Exports differ in blanks and in the width of characters; those are not different names.
pub fn normalised(name: &str) -> String {
    trim(&half_width(trim(name))).to_owned()
}

/// By name: for every column the first of its `from` that the file has.
pub fn by_name(source: &Source, path: &str, header: &[String]) -> Result<Mapping, Error> {
    mapping(source, path, header, false)
}

/// By the names that a file's schema states: there is no doubt that they are names.
pub fn by_stated_name(source: &Source, path: &str, names: &[String]) -> Result<Mapping, Error> {
    mapping(source, path, names, true)
}

/// `certain`: what is given is names, and not a record in their place.
fn mapping(source: &Source, path: &str, header: &[String], certain: bool) -> Result<Mapping, Error> {
    let mut positions: HashMap<String, Vec<usize>> = HashMap::new();
    let names: Vec<String> = header.iter().map(|name| normalised(name)).collect();
    for (at, name) in names.iter().enumerate() {
        positions.entry(name.clone()).or_default().push(at);
    }
    let mut known = vec![false; names.len()];
    let mut mapping = Mapping { fields: Vec::new(), absent: Vec::new(), extra: Vec::new() };
    for column in &source.columns {
        let mut field = None;
        for from in &column.from {
            let Some(found) = positions.get(&normalised(from)) else { continue };
            found.iter().for_each(|at| known.iter_mut().skip(*at).take(1).for_each(|known| *known = true));
            if field.is_some() {
                continue;
            }
            if found.len() > 1 {
                return Err(Error::DuplicateColumn {
                    path: path.to_owned(),
                    column: column.name.to_string(),
                    header: from.clone(),
                });
            }
            field = found.first().copied();
        }
        if field.is_none() && column.required && !certain && names.iter().any(|name| is_value(name)) {
            // What stands there may be somebody's name: it is not repeated.
            let problem = "what stands there looks like a record; say `header: false`, or `header_row` if the header is further down";
            return Err(Error::Header { path: path.to_owned(), problem: problem.to_owned() });
        }
        if field.is_none() && column.required {
            let listed = certain || are_names(source, &names);
            return Err(Error::MissingColumn {
                path: path.to_owned(),
                column: column.name.to_string(),
                expected: column.from.clone(),
                fields: names.len(),
                // A record in the header's place is not repeated.
                found: names.into_iter().filter(|name| listed && !name.is_empty()).collect(),
            });
        }
        if field.is_none() {
            mapping.absent.push(column.name.to_string());
        }
        mapping.fields.push(field);
    }
    mapping.extra = names
        .into_iter()
        .zip(known)
        .enumerate()
        .filter(|(_, (name, known))| !known && !name.is_empty())
        .map(|(at, (name, _))| (at, name))
        .collect();
    Ok(mapping)
}

/// Whether one of them is declared, be it in other case or divided by another delimiter.
fn are_names(source: &Source, names: &[String]) -> bool {
    let declared: HashSet<String> =
        source.columns.iter().flat_map(|column| &column.from).map(|from| normalised(from).to_lowercase()).collect();
    let is_declared = |name: &str| declared.contains(&normalised(name.trim_matches('"')).to_lowercase());
    names.iter().any(|name| is_declared(name) || (names.len() == 1 && name.split(DELIMITERS).any(is_declared)))
}

/// No header names a column with an address, a number or a day.
fn is_value(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    name.contains('@')
        || digits >= 5
        || (digits > 0 && name.chars().all(|c| c.is_ascii_digit() || ".,-+/:¥$€ ".contains(c)))
}

/// Without a header: `from: ["3"]` is the third field.
pub fn by_position(source: &Source, path: &str, width: usize) -> Result<Mapping, Error> {
    let header: Vec<String> = (1..=width).map(|position| position.to_string()).collect();
    mapping(source, path, &header, true)
}
