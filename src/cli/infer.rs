//! `septet schema infer`.

use std::fs;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use super::arguments::{Global, InferArguments};
use super::{End, printing};
use crate::diag::Diagnostic;
use crate::infer::{Fault, Request, infer as propose};
use crate::names::Name;
use crate::run::{Class, Error};

pub fn infer(global: &Global, arguments: &InferArguments) -> Result<End, End> {
    let files = files(&global.project_dir, &arguments.path)?;
    let raw = global.project_dir.join(&arguments.raw);
    let name = match &arguments.name {
        Some(name) => {
            Name::new(name).map_err(|bad| usage("S0443", &bad.to_string(), "such as `--name crm_orders`"))?.to_string()
        }
        None => name_of(&arguments.path),
    };
    let encoding = match &arguments.encoding {
        Some(label) => Some(encoding_rs::Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            usage("S0444", &format!("`{label}` is not an encoding"), "such as utf-8, gbk or windows-1252")
        })?),
        None => None,
    };
    let request = Request {
        path: below(&global.project_dir, &raw, &arguments.path),
        files,
        name,
        encoding,
        timezone: arguments.timezone.clone(),
    };
    // One of its own for each process, so that two at once do not meet.
    let scratch = std::env::temp_dir().join(format!("septet-infer-{}", std::process::id()));
    let made = fs::create_dir_all(&scratch).map_err(|cause| Fault::Scratch { path: scratch.clone(), cause });
    let text = made.and_then(|()| propose(&request, &scratch));
    let _ = fs::remove_dir_all(&scratch);
    let text = text.map_err(|fault| {
        let class = if matches!(fault, Fault::Ingest(_) | Fault::NoTable { .. }) { Class::Data } else { Class::Usage };
        Error::new(class, fault.to_diagnostic())
    })?;
    printing::out(&text);
    Ok(End::Done)
}

fn usage(code: &'static str, message: &str, help: &str) -> Error {
    Error::new(Class::Usage, Diagnostic::error(code, message.to_owned()).help(help.to_owned()))
}

/// The file, or those that a glob matches, in order.
fn files(project: &Path, path: &str) -> Result<Vec<PathBuf>, Error> {
    let whole = project.join(path);
    if whole.is_file() {
        return Ok(vec![whole]);
    }
    let glob = GlobBuilder::new(&whole.to_string_lossy()).literal_separator(true).build();
    let glob =
        glob.map_err(|error| usage("S0437", &format!("not a path: {error}"), "name a file, or a glob in quotes"))?;
    let matcher = glob.compile_matcher();
    let mut folder = PathBuf::new();
    for part in whole.components() {
        if part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']) {
            break;
        }
        folder.push(part);
    }
    let mut found = Vec::new();
    walk(&folder, &mut |file| {
        if matcher.is_match(file) {
            found.push(file.to_owned());
        }
    });
    found.sort();
    if found.is_empty() {
        return Err(Error::new(Class::Usage, Fault::NoFiles.to_diagnostic().in_file(path)));
    }
    Ok(found)
}

fn walk(folder: &Path, see: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, see) } else { see(&path) }
    }
}

/// Relative to the raw storage, or to the project when it lies elsewhere; the name alone as the last resort.
fn below(project: &Path, raw: &Path, path: &str) -> String {
    let whole = project.join(path);
    let relative = whole.strip_prefix(raw).or_else(|_| whole.strip_prefix(project)).unwrap_or(&whole);
    let text = relative.to_string_lossy().into_owned();
    if text.starts_with('/') || text.split('/').any(|part| part == "..") {
        return text.rsplit('/').next().unwrap_or_default().to_owned();
    }
    text
}

/// `exports/Order Lines_2024*.csv.gz` is `order_lines`.
fn name_of(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    let mut name = String::new();
    for c in stem.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_matches(|c: char| c == '_' || c.is_ascii_digit()).to_owned();
    if name.is_empty() { "source".to_owned() } else { name }
}
