//! Which files a run reads, known by what is in them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use indexmap::IndexMap;

use super::Error;
use super::error::Class;
use crate::diag::Diagnostic;
use crate::names::Name;
use crate::pattern::Matched;
use crate::project::{Project, Source};
use crate::publish;
use crate::state::{Fingerprint, Hasher};
use crate::store::{Object, Store};

/// The files of one source, in path order.
#[derive(Clone, Debug)]
pub struct SourceInputs {
    pub objects: Vec<Object>,
    /// The day in each object's path, where the source's path has one.
    pub dates: Vec<Option<NaiveDate>>,
    /// Files that the path matches and this run does not read.
    pub left_out: LeftOut,
    pub records: Vec<publish::Input>,
    pub fingerprint: Fingerprint,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct LeftOut {
    /// Of days after the logical date.
    pub later: usize,
    /// With digits in the place of a day that are no day.
    pub no_such_day: usize,
}

impl SourceInputs {
    pub fn bytes(&self) -> u64 {
        self.objects.iter().map(|object| object.size).sum()
    }

    /// Files on this machine are known by their checksums, whoever summed them: a copy of a project elsewhere has other
    /// ETags and the same content.
    pub fn unsummed(&self) -> impl Iterator<Item = usize> {
        self.records.iter().enumerate().filter(|(_, input)| input.sha256.is_none()).map(|(at, _)| at)
    }

    pub fn sum(&mut self, source: &Source, at: usize, sha256: String) {
        if let Some(input) = self.records.get_mut(at) {
            input.sha256 = Some(sha256);
        }
        self.fingerprint = fingerprint(source, &self.records);
    }
}

/// Lists the files of every source, none of a later day than the run's. A file that the base release knows by path,
/// size and ETag (of a local file: inode, time of modification and size) keeps its checksum; other local files are read
/// for it, where `sums` says so of their source.
pub async fn list(
    project: &Project,
    raw: &Store,
    known: &[publish::Input],
    as_of: NaiveDate,
    sums: &(dyn Fn(&Source) -> bool + Sync),
) -> Result<IndexMap<Name, SourceInputs>, Error> {
    let known: BTreeMap<(&str, &str), &publish::Input> =
        known.iter().map(|input| ((input.source.as_str(), input.path.as_str()), input)).collect();
    let mut out = IndexMap::new();
    for source in project.sources.values() {
        let (objects, dates, left_out) = of_days(source, raw.list_matching(&source.path).await?, as_of);
        if objects.is_empty() {
            return Err(nothing(project, source, raw, left_out, as_of));
        }
        let mut records = Vec::with_capacity(objects.len());
        for object in &objects {
            let before = known.get(&(source.name.as_str(), object.path.as_str()));
            let same =
                before.filter(|input| input.size == object.size && input.etag.is_some() && input.etag == object.etag);
            let sha256 = match same.and_then(|input| input.sha256.clone()) {
                Some(sha256) => Some(sha256),
                None if raw.is_local() && sums(source) => Some(raw.digest(object).await?.0),
                None => None,
            };
            records.push(publish::Input {
                source: source.name.to_string(),
                path: object.path.clone(),
                size: object.size,
                etag: object.etag.clone(),
                sha256,
            });
        }
        let fingerprint = fingerprint(source, &records);
        out.insert(source.name.clone(), SourceInputs { objects, dates, left_out, records, fingerprint });
    }
    Ok(out)
}

fn fingerprint(source: &Source, records: &[publish::Input]) -> Fingerprint {
    let hasher = Hasher::new("raw").part("source", description(source));
    let add = |hasher: Hasher, input: &publish::Input| {
        let identity = input.sha256.as_ref().or(input.etag.as_ref()).cloned().unwrap_or_default();
        hasher.part("path", &input.path).part("size", input.size.to_le_bytes()).part("identity", identity)
    };
    records.iter().fold(hasher, add).finish()
}

fn of_days(source: &Source, found: Vec<Object>, as_of: NaiveDate) -> (Vec<Object>, Vec<Option<NaiveDate>>, LeftOut) {
    let (mut objects, mut dates, mut left_out) = (Vec::with_capacity(found.len()), Vec::new(), LeftOut::default());
    for object in found {
        match source.path.matches(&object.path) {
            Matched::Yes(Some(day)) if day > as_of => left_out.later += 1,
            Matched::Yes(day) => {
                objects.push(object);
                dates.push(day);
            }
            Matched::NoSuchDay => left_out.no_such_day += 1,
            Matched::No => {}
        }
    }
    (objects, dates, left_out)
}

fn nothing(project: &Project, source: &Source, raw: &Store, left_out: LeftOut, as_of: NaiveDate) -> Error {
    let (name, path, place) = (&source.name, &source.path, raw.display());
    let diagnostic = match left_out.later {
        0 => Diagnostic::error("S0404", format!("source `{name}` has no files: nothing matches `{path}` in {place}"))
            .help(
                "check the path and `storage.raw`; a source that is meant to be empty has a file with its header alone",
            ),
        later => {
            let message = format!(
                "source `{name}` has no files up to {as_of}: all {later} that match `{path}` in {place} are of later days"
            );
            Diagnostic::error("S0430", message).help("choose a later `--logical-date`, or bring the earlier files")
        }
    };
    Error::new(Class::Data, diagnostic.at_place(project.source_places.get(name).map(|places| places.path.clone())))
}

/// Everything about how a source is read, in a form that changes when the reading does: what is only judged afterwards
/// is left out.
fn description(source: &Source) -> String {
    let read = Source { fail_above: 0.0, fail_above_rows: None, freshness: None, ..source.clone() };
    format!("{read:?}")
}
