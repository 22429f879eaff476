//! Which files a run reads, known by what is in them.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::Error;
use super::error::Class;
use crate::diag::Diagnostic;
use crate::names::Name;
use crate::project::{Project, Source};
use crate::publish;
use crate::state::{Fingerprint, Hasher};
use crate::store::{Object, Store};

/// The files of one source, in path order.
#[derive(Clone, Debug)]
pub struct SourceInputs {
    pub objects: Vec<Object>,
    pub records: Vec<publish::Input>,
    pub fingerprint: Fingerprint,
}

impl SourceInputs {
    pub fn bytes(&self) -> u64 {
        self.objects.iter().map(|object| object.size).sum()
    }
}

/// Lists the files of every source. A file that the base release knows by path, size and ETag keeps its checksum;
/// others are hashed, locally: a copy of a project elsewhere has other ETags and the same content.
pub async fn list(
    project: &Project,
    raw: &Store,
    known: &[publish::Input],
) -> Result<IndexMap<Name, SourceInputs>, Error> {
    let known: BTreeMap<(&str, &str), &publish::Input> =
        known.iter().map(|input| ((input.source.as_str(), input.path.as_str()), input)).collect();
    let mut out = IndexMap::new();
    for source in project.sources.values() {
        let objects = raw.list_glob(&source.path).await?;
        if objects.is_empty() {
            return Err(Error::new(
                Class::Data,
                Diagnostic::error("S0404", format!("source `{}` has no files: nothing matches `{}` in {}", source.name, source.path, raw.display()))
                    .at_place(project.source_places.get(&source.name).map(|places| places.path.clone()))
                    .help("check the path and `storage.raw`; a source that is meant to be empty has a file with its header alone"),
            ));
        }
        let mut records = Vec::with_capacity(objects.len());
        let mut hasher = Hasher::new("raw").part("source", description(source));
        for object in &objects {
            let before = known.get(&(source.name.as_str(), object.path.as_str()));
            let same =
                before.filter(|input| input.size == object.size && input.etag.is_some() && input.etag == object.etag);
            let sha256 = match same.and_then(|input| input.sha256.clone()) {
                Some(sha256) => Some(sha256),
                None if raw.is_local() => Some(raw.digest(object).await?.0),
                None => None,
            };
            let identity = sha256.clone().or_else(|| object.etag.clone()).unwrap_or_default();
            hasher =
                hasher.part("path", &object.path).part("size", object.size.to_le_bytes()).part("identity", identity);
            records.push(publish::Input {
                source: source.name.to_string(),
                path: object.path.clone(),
                size: object.size,
                etag: object.etag.clone(),
                sha256,
            });
        }
        out.insert(source.name.clone(), SourceInputs { objects, records, fingerprint: hasher.finish() });
    }
    Ok(out)
}

/// Everything about how a source is read, in a form that changes when the reading does: what is only judged afterwards
/// is left out.
fn description(source: &Source) -> String {
    let read = Source { fail_above: 0.0, fail_above_rows: None, freshness: None, ..source.clone() };
    format!("{read:?}")
}
