//! `--select` and `--exclude`: dbt's grammar over this project's tables.
//!
//! `name`, `layer.name`, `published_name`, `*` in names; `+x` with everything upstream, `x+` downstream, `2+x` two
//! steps; `@x` with all that is needed to build what depends on it; `path:`, `source:`, `tag:` (the layer or the
//! folder of a mart); a space is a union, a comma an intersection.

use std::collections::BTreeSet;

use globset::Glob;

use super::End;
use crate::diag::Diagnostic;
use crate::names::{Layer, TableName};
use crate::project::Project;
use crate::run::{Class, Error, direct, published_name};

/// Tables that a selection names; `None` when nothing was said.
pub fn tables(
    project: &Project,
    select: Option<&str>,
    exclude: Option<&str>,
) -> Result<Option<BTreeSet<TableName>>, End> {
    if select.is_none() && exclude.is_none() {
        return Ok(None);
    }
    let all = all(project);
    let mut chosen = match select {
        Some(text) => union(project, &all, text)?,
        None => all.clone(),
    };
    if let Some(text) = exclude {
        let out = union(project, &all, text)?;
        chosen.retain(|table| !out.contains(table));
    }
    Ok(Some(chosen))
}

pub fn all(project: &Project) -> BTreeSet<TableName> {
    let mut tables: BTreeSet<TableName> = project.order.iter().cloned().collect();
    tables.extend(project.sources.keys().map(|name| TableName::new(Layer::Raw, name.clone())));
    tables.extend(project.matching.keys().map(|name| TableName::new(Layer::Match, name.clone())));
    tables.extend(project.marts.keys().map(|name| TableName::new(Layer::Marts, name.clone())));
    tables
}

fn union(project: &Project, all: &BTreeSet<TableName>, text: &str) -> Result<BTreeSet<TableName>, End> {
    let mut out = BTreeSet::new();
    for part in text.split_whitespace() {
        let mut kept: Option<BTreeSet<TableName>> = None;
        for term in part.split(',') {
            let found = one(project, all, term)?;
            kept = Some(match kept {
                None => found,
                Some(before) => before.intersection(&found).cloned().collect(),
            });
        }
        out.extend(kept.unwrap_or_default());
    }
    Ok(out)
}

fn one(project: &Project, all: &BTreeSet<TableName>, term: &str) -> Result<BTreeSet<TableName>, End> {
    let (at, term) = term.strip_prefix('@').map_or((false, term), |rest| (true, rest));
    let (up, term) = match term.split_once('+') {
        Some((steps, rest)) if steps.is_empty() || steps.bytes().all(|b| b.is_ascii_digit()) => {
            (Some(steps.parse().unwrap_or(usize::MAX)), rest)
        }
        _ => (None, term),
    };
    let (term, down) = match term.rsplit_once('+') {
        Some((rest, steps)) if steps.is_empty() || steps.bytes().all(|b| b.is_ascii_digit()) => {
            (rest, Some(steps.parse().unwrap_or(usize::MAX)))
        }
        _ => (term, None),
    };
    let named = named(project, all, term)?;
    if named.is_empty() {
        let known: Vec<&str> = all.iter().map(|table| table.name.as_str()).collect();
        let near = crate::names::nearest(term.rsplit(['.', ':']).next().unwrap_or(term), known);
        let mut diagnostic = Diagnostic::error("S0150", format!("`{term}` selects nothing"));
        diagnostic = diagnostic.help(
            near.map_or_else(|| "`septet ls` lists what there is".to_owned(), |near| format!("did you mean `{near}`?")),
        );
        return Err(Error::new(Class::Usage, diagnostic).into());
    }
    let mut out = named.clone();
    if at {
        let below = spread(&named, usize::MAX, |table| dependants(project, all, table));
        out.extend(spread(&below, usize::MAX, |table| direct(project, table)));
        out.extend(below);
    }
    if let Some(steps) = up {
        out.extend(spread(&named, steps, |table| direct(project, table)));
    }
    if let Some(steps) = down {
        out.extend(spread(&named, steps, |table| dependants(project, all, table)));
    }
    Ok(out.into_iter().filter(|table| all.contains(table)).collect())
}

fn spread(
    from: &BTreeSet<TableName>,
    steps: usize,
    next: impl Fn(&TableName) -> Vec<TableName>,
) -> BTreeSet<TableName> {
    let mut seen = from.clone();
    let mut edge: Vec<TableName> = from.iter().cloned().collect();
    let mut left = steps;
    while left > 0 && !edge.is_empty() {
        left -= 1;
        edge = edge.iter().flat_map(&next).filter(|table| seen.insert(table.clone())).collect();
    }
    seen
}

fn dependants(project: &Project, all: &BTreeSet<TableName>, table: &TableName) -> Vec<TableName> {
    all.iter().filter(|other| direct(project, other).contains(table)).cloned().collect()
}

fn named(project: &Project, all: &BTreeSet<TableName>, term: &str) -> Result<BTreeSet<TableName>, End> {
    let matches: Box<dyn Fn(&TableName) -> bool> = match term.split_once(':') {
        Some(("path", path)) => {
            let path = path.trim_end_matches('/').to_owned();
            Box::new(move |table| project.models.get(table).is_some_and(|model| model.source.path.starts_with(&path)))
        }
        Some(("source", name)) => {
            let glob = glob(name)?;
            Box::new(move |table| table.layer == Layer::Raw && glob.is_match(table.name.as_str()))
        }
        Some(("tag", tag)) => {
            let tag = tag.to_owned();
            Box::new(move |table| {
                let folder = project.marts.get(&table.name).and_then(|mart| mart.folder.as_ref());
                table.layer.as_str() == tag
                    || (table.layer == Layer::Marts && folder.is_some_and(|folder| folder.as_str() == tag))
            })
        }
        Some((method, _)) => {
            let diagnostic = Diagnostic::error("S0151", format!("`{method}:` is not a way to select"))
                .help("use path:, source: or tag:");
            return Err(Error::new(Class::Usage, diagnostic).into());
        }
        None => {
            let glob = glob(term)?;
            Box::new(move |table| {
                // All tables of a match stage are made at once.
                let stage = project.matching.get(&table.name).filter(|_| table.layer == Layer::Match);
                let mut given = stage.into_iter().flat_map(|stage| stage.outputs());
                glob.is_match(table.name.as_str())
                    || given.any(|(_, one)| glob.is_match(one.name.as_str()) || glob.is_match(one.to_string()))
                    || glob.is_match(table.to_string())
                    || published_name(project, table).is_some_and(|name| glob.is_match(name.as_str()))
            })
        }
    };
    Ok(all.iter().filter(|table| matches(table)).cloned().collect())
}

fn glob(text: &str) -> Result<globset::GlobMatcher, End> {
    Glob::new(text).map(|glob| glob.compile_matcher()).map_err(|_| {
        End::Failed(Error::new(
            Class::Usage,
            Diagnostic::error("S0150", format!("`{text}` is not a name or a pattern")),
        ))
    })
}
