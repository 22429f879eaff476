//! Reads a project's files and resolves them. The only place that reads the environment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Global;
use crate::diag::{Diagnostic, Diagnostics, SourceText};
use crate::names::nearest;
use crate::project::{Mappings, Overrides, Project, Texts, mapped_file, resolve};
use crate::spec::{self, Document};

/// Finds, reads and resolves a pipeline, or says everything that is wrong with it.
pub fn project(global: &Global, pipeline: Option<&str>) -> Result<Arc<Project>, Diagnostics> {
    let dir = &global.project_dir;
    let path = find(dir, pipeline)?;
    let source = read(&path)?;
    let pipeline = Document::<spec::Pipeline>::parse(&source)?;
    let mut found = Diagnostics::default();
    let mut contracts = Vec::new();
    let beside = path.parent().unwrap_or(Path::new(""));
    for include in &pipeline.value.include {
        let place = pipeline.place(&["include", include]);
        let mut refuse = |problems: Diagnostics| {
            problems.iter().cloned().for_each(|problem| {
                found.push(if problem.place.is_none() { problem.at_place(Some(place.clone())) } else { problem });
            });
        };
        let files = included(beside, include).unwrap_or_else(|problem| {
            refuse(problem.into());
            Vec::new()
        });
        for file in files {
            match read(&file).and_then(|source| Document::<spec::Contract>::parse(&source)) {
                Ok(document) => contracts.push(document),
                Err(problems) => refuse(problems),
            }
        }
    }
    // Without its contracts a project is a list of tables that nobody knows: what is wrong with them comes first.
    if found.has_errors() {
        return Err(found.sorted());
    }
    let mut sql = Vec::new();
    for folder in &pipeline.value.models {
        let at = normal(&dir.join(folder));
        let place = pipeline.place(&["models", folder]);
        let mut files = Vec::new();
        match sql_files(&at, &mut files) {
            Ok(()) => {
                files.sort();
                for file in files {
                    match read(&file) {
                        Ok(source) => sql.push(source),
                        Err(problems) => found.extend(problems),
                    }
                }
            }
            Err(error) => found.push(
                Diagnostic::error("S0140", format!("the folder of models `{folder}` cannot be read: {error}"))
                    .at_place(Some(place))
                    .help("folders in `models` are relative to the project"),
            ),
        }
    }
    let mappings = mappings(dir, &pipeline.value);
    let matched = decided(beside, &pipeline.value);
    let overrides = match overrides(global) {
        Ok(overrides) => overrides,
        Err(problem) => {
            found.push(problem);
            return Err(found.sorted());
        }
    };
    match resolve(&Texts { pipeline, contracts, sql, mappings, matched }, &overrides) {
        Ok(project) if !found.has_errors() => Ok(Arc::new(project)),
        Ok(_) => Err(found.sorted()),
        Err(problems) => {
            found.extend(problems);
            Err(found.sorted())
        }
    }
}

/// The file that an `include` names, or those that match its `*`, in the order of their names.
fn included(beside: &Path, include: &str) -> Result<Vec<PathBuf>, Diagnostic> {
    if !include.contains('*') {
        return Ok(vec![normal(&beside.join(include))]);
    }
    let mut folders = vec![beside.to_owned()];
    for part in Path::new(include).components() {
        let part = part.as_os_str().to_string_lossy();
        if !part.contains('*') {
            folders.iter_mut().for_each(|folder| folder.push(part.as_ref()));
            continue;
        }
        let wrong = |error| Diagnostic::error("S0142", format!("`{include}` names no files: {error}"));
        let pattern = globset::Glob::new(&part).map_err(wrong)?.compile_matcher();
        let within = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
        let found = folders.into_iter().flat_map(within).filter(|entry| pattern.is_match(entry.file_name()));
        folders = found.map(|entry| entry.path()).collect();
    }
    let mut files: Vec<PathBuf> = folders.iter().filter(|path| path.is_file()).map(|path| normal(path)).collect();
    files.sort();
    if files.is_empty() {
        return Err(Diagnostic::error("S0142", format!("`{include}` matches no file"))
            .help("`include` is relative to the pipeline's file"));
    }
    Ok(files)
}

/// The files of `clean: map(…)`, relative to the project.
fn mappings(dir: &Path, pipeline: &spec::Pipeline) -> Mappings {
    let columns = pipeline.sources.values().flat_map(|source| source.columns.values());
    let words = columns.flat_map(|column| column.clean.iter().flat_map(|words| &words.0));
    words
        .filter_map(|word| mapped_file(word))
        .map(|path| {
            let at = normal(&dir.join(path));
            let text = fs::read_to_string(&at).map(|text| SourceText::new(at, text)).map_err(|error| error.to_string());
            (path.to_owned(), text)
        })
        .collect()
}

/// The files of decisions and labels, relative to the pipeline's.
fn decided(beside: &Path, pipeline: &spec::Pipeline) -> Mappings {
    let paths = pipeline.matching.values().flat_map(|stage| stage.decisions.iter().chain(&stage.labels));
    paths
        .map(|path| {
            let at = normal(&beside.join(path));
            let text = fs::read_to_string(&at).map(|text| SourceText::new(at, text)).map_err(|error| error.to_string());
            (path.clone(), text)
        })
        .collect()
}

/// `crm`, `pipelines/crm.yaml`, or nothing: then the only pipeline, or the one named crm.
fn find(dir: &Path, pipeline: Option<&str>) -> Result<PathBuf, Diagnostics> {
    let folder = normal(&dir.join("pipelines"));
    let mut known: Vec<String> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    known.sort();
    let named = |name: &str| folder.join(format!("{name}.yaml"));
    match pipeline {
        Some(path) if path.ends_with(".yaml") || path.ends_with(".yml") => Ok(normal(&dir.join(path))),
        Some(name) if known.iter().any(|known| known == name) => Ok(named(name)),
        Some(name) => {
            let help = match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "say where the project is with `--project-dir`".to_owned(),
                None => format!("there are: {}", known.join(", ")),
            };
            Err(Diagnostic::error("S0141", format!("there is no pipeline `{name}` in {}", folder.display()))
                .help(help)
                .into())
        }
        None => match known.as_slice() {
            [] => Err(Diagnostic::error("S0141", format!("there is no pipeline in {}", folder.display()))
                .help("say where the project is with `--project-dir`")
                .into()),
            [only] => Ok(named(only)),
            many if many.iter().any(|name| name == "crm") => Ok(named("crm")),
            many => Err(Diagnostic::error("S0141", "which pipeline?")
                .help(format!("name one of: {}", many.join(", ")))
                .into()),
        },
    }
}

/// Without `./`, so that paths in messages are as short as people write them.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

fn read(path: &Path) -> Result<Arc<SourceText>, Diagnostics> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(SourceText::new(path, text)),
        Err(error) => {
            Err(Diagnostic::error("S0142", format!("this file cannot be read: {error}")).in_file(path).into())
        }
    }
}

fn sql_files(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sql_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    Ok(())
}

fn overrides(global: &Global) -> Result<Overrides, Diagnostic> {
    let mut vars = BTreeMap::new();
    if let Some(json) = &global.vars {
        let wrong = || Diagnostic::error("S0143", "`--vars` is not a JSON object of texts, numbers and booleans");
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).map_err(|_| wrong())?;
        for (name, value) in object {
            let text = match value {
                serde_json::Value::String(text) => text,
                serde_json::Value::Number(number) => number.to_string(),
                serde_json::Value::Bool(value) => value.to_string(),
                _ => return Err(wrong()),
            };
            vars.insert(name, text);
        }
    }
    for pair in &global.var {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(
                Diagnostic::error("S0143", format!("`--var {pair}` has no `=`")).help("write `--var name=value`")
            );
        };
        vars.insert(name.to_owned(), value.to_owned());
    }
    #[allow(clippy::disallowed_methods)]
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Overrides { target: global.target.clone(), vars, environment: environment.collect() })
}
