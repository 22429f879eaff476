//! Where releases are, which there are, and what is known about each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::commit::{Commit, Header, parse_release_name};
use super::pointer::Pointer;
use super::{Error, Lock};
use crate::store::{Object, Store};

/// All releases of one pipeline.
#[derive(Clone, Debug)]
pub struct Releases {
    /// Holds records and files: beside the served folder locally, so that nothing but live data lies below that.
    pub(super) store: Store,
    /// The folder whose `current` readers open; object stores have none.
    pub(super) served: Option<PathBuf>,
    pub(super) work_root: PathBuf,
}

/// What [`Releases::recover`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The release that was committed but not yet pointed to: its run died in between.
    pub rolled_forward: Option<u64>,
    /// Folders without a record: their runs died before they committed. Clean-up removes them.
    pub orphans: Vec<String>,
}

/// A release as history shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub commit: Commit,
    /// Whether its files are still there.
    pub present: bool,
}

impl Releases {
    /// Opens a path (relative to `base`) or URL; reads and creates nothing. Object stores cannot hold what a run writes
    /// before it publishes: that goes below `scratch`.
    pub fn open(location: &str, base: &Path, scratch: &Path) -> Result<Self, Error> {
        let store = Store::open(location, base)?;
        let Some(root) = store.local_root() else {
            return Ok(Self { store, served: None, work_root: scratch.join("work") });
        };
        // The link in the served folder is relative to where that folder really is.
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let Some(name) = root.file_name() else {
            return Err(Error::Location {
                place: root.display().to_string(),
                reason: "it has no name",
                help: "use a folder below it",
            });
        };
        let mut beside = name.to_owned();
        beside.push(".store");
        let beside = root.with_file_name(beside);
        Ok(Self { store: Store::local(&beside), work_root: beside.join("work"), served: Some(root) })
    }

    /// What readers open: the path that changes with every release, or the place that the pointer is kept in.
    pub fn display(&self) -> String {
        match &self.served {
            Some(served) => served.join("current").display().to_string(),
            None => self.store.display(),
        }
    }

    /// The place of one release, for readers that stay on it.
    pub fn place_of(&self, commit: &Commit) -> String {
        self.store.place(&release_path(&commit.release_name()))
    }

    pub(super) fn commits(&self) -> &'static str {
        // Below the prefix of a bucket everything is served, and many readers pass over names that begin with `_`.
        if self.store.is_local() { "commits" } else { "_commits" }
    }

    pub(super) fn record_path(&self, number: u64) -> String {
        format!("{}/{number:08}.json", self.commits())
    }

    /// The numbers of all releases ever committed, ascending.
    pub async fn numbers(&self) -> Result<Vec<u64>, Error> {
        let folder = self.commits();
        let mut numbers: Vec<u64> = self
            .store
            .list(folder)
            .await?
            .iter()
            .filter_map(|object| {
                object.path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".json")?.parse().ok()
            })
            .filter(|number| *number > 0)
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub async fn get(&self, number: u64) -> Result<Option<Commit>, Error> {
        let path = self.record_path(number);
        match self.store.get(&path).await? {
            Some((bytes, _)) => Commit::from_json(&self.store.place(&path), number, &bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The newest release: the highest number, whatever any clock or pointer says.
    pub async fn latest(&self) -> Result<Option<Commit>, Error> {
        match self.numbers().await?.last() {
            Some(number) => self.get(*number).await,
            None => Ok(None),
        }
    }

    /// All releases, newest first.
    pub async fn list(&self) -> Result<Vec<Listed>, Error> {
        let folders: BTreeSet<String> = self.folders().await?.into_iter().collect();
        let mut listed = Vec::new();
        for number in self.numbers().await?.into_iter().rev() {
            if let Some(commit) = self.get(number).await? {
                let present = folders.contains(&commit.release_name());
                listed.push(Listed { commit, present });
            }
        }
        Ok(listed)
    }

    pub(super) async fn folders(&self) -> Result<Vec<String>, Error> {
        Ok(self.store.folders("releases").await?)
    }

    /// The files of a release as they are stored, by their path below its folder.
    pub(super) async fn stored(&self, release: &str) -> Result<Vec<Object>, Error> {
        let folder = release_path(release);
        let mut objects = self.store.list(&folder).await?;
        for object in &mut objects {
            object.path = object.path.strip_prefix(&folder).unwrap_or_default().trim_start_matches('/').to_owned();
        }
        Ok(objects)
    }

    /// Brings readers to the newest committed release and finds what dead runs left. Every run begins with it; it
    /// refuses to go on from anything that it cannot read.
    pub async fn recover(&self, lock: &Lock) -> Result<Recovery, Error> {
        let pointer = self.pointer().await?;
        let highest = self.numbers().await?.last().copied();
        let latest = match highest {
            Some(number) => self.get(number).await?,
            None => None,
        };
        let mut recovery = Recovery { rolled_forward: None, orphans: self.orphans(highest).await? };
        let Some(latest) = latest else {
            return match pointer {
                None => Ok(recovery),
                Some(pointer) => Err(self.damaged_pointer(format!("release {} has no record", pointer.number))),
            };
        };
        self.check_pointer(pointer.as_ref(), &latest).await?;
        if let Some(reason) = self.incomplete(&latest).await? {
            return Err(Error::Damaged { place: self.place_of(&latest), reason });
        }
        if pointer.is_none_or(|pointer| pointer.number < latest.number) {
            self.point(lock, &latest).await?;
            recovery.rolled_forward = Some(latest.number);
        }
        Ok(recovery)
    }

    async fn check_pointer(&self, pointer: Option<&Pointer>, latest: &Commit) -> Result<(), Error> {
        let Some(pointer) = pointer else { return Ok(()) };
        if pointer.number > latest.number {
            return Err(self.damaged_pointer(format!(
                "it points to release {}, the newest record is {}",
                pointer.number, latest.number
            )));
        }
        let commit =
            if pointer.number == latest.number { Some(latest.clone()) } else { self.get(pointer.number).await? };
        match commit {
            Some(commit) if commit.release_name() == pointer.release => Ok(()),
            Some(_) => Err(self.damaged_pointer(format!("release {} is another one", pointer.number))),
            None => Err(self.damaged_pointer(format!("release {} has no record", pointer.number))),
        }
    }

    fn damaged_pointer(&self, reason: String) -> Error {
        let place = match &self.served {
            Some(served) => served.join("current").display().to_string(),
            None => self.store.place("current.json"),
        };
        Error::Damaged { place, reason }
    }

    /// Why a release cannot be served: a file that is missing or has another size.
    pub(super) async fn incomplete(&self, commit: &Commit) -> Result<Option<String>, Error> {
        let stored = self.stored(&commit.release_name()).await?;
        let found = |path: &str| {
            let at = stored.binary_search_by(|object| object.path.as_str().cmp(path)).ok()?;
            stored.get(at)
        };
        Ok(commit.files().find_map(|file| match found(&file.path) {
            None => Some(format!("{} is missing", file.path)),
            Some(object) if object.size != file.bytes => {
                Some(format!("{} has {} bytes, its record says {}", file.path, object.size, file.bytes))
            }
            Some(_) => None,
        }))
    }

    /// Release folders that no record names.
    pub(super) async fn orphans(&self, highest: Option<u64>) -> Result<Vec<String>, Error> {
        let mut orphans = Vec::new();
        for folder in self.folders().await? {
            let committed = match parse_release_name(&folder) {
                Some((number, run_id)) if highest.is_some_and(|highest| number <= highest) => {
                    self.run_of(number).await?.is_some_and(|by| by == run_id)
                }
                _ => false,
            };
            if !committed {
                orphans.push(folder);
            }
        }
        Ok(orphans)
    }

    /// Which run made a release; a look at the record's head, as a record can be long.
    async fn run_of(&self, number: u64) -> Result<Option<String>, Error> {
        let path = self.record_path(number);
        match self.store.get(&path).await? {
            Some((bytes, _)) => Ok(Some(Header::read(&self.store.place(&path), &bytes)?.run_id)),
            None => Ok(None),
        }
    }
}

pub(super) fn release_path(release: &str) -> String {
    format!("releases/{release}")
}
