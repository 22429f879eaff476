//! Putting a release together, and the one step that makes it exist.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, TryStreamExt as _};

use super::commit::{Commit, FileRecord, Kind};
use super::release::release_path;
use super::{Error, Lock, Releases};
use crate::names::Name;
use crate::store::{self, Created};

const AT_ONCE: usize = 16;
const ATTEMPTS: u32 = 5;

/// Whose record was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Won,
    Lost,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assembled {
    pub new_files: usize,
    pub new_bytes: u64,
    pub carried_files: usize,
    pub carried_bytes: u64,
}

impl Releases {
    /// Fills the folder of a release that is about to be committed. Files that `from` has too come from its folder, all
    /// others from `work`, where they lie under the same path.
    pub async fn assemble(
        &self,
        _lock: &Lock,
        commit: &Commit,
        from: Option<&Commit>,
        work: &Path,
    ) -> Result<Assembled, Error> {
        let release = commit.release_name();
        commit.check().map_err(|reason| Error::Audit {
            release: release.clone(),
            file: "its record".to_owned(),
            reason,
        })?;
        if self.store.head(&self.record_path(commit.number)).await?.is_some() {
            return Err(Error::Lost { number: commit.number });
        }
        let folder = release_path(&release);
        // An earlier attempt of the same run may have died here, and a listing of the folder must show the release only.
        self.store.delete_folder(&folder).await?;
        let (carried, new) = split(commit, from);
        let source = from.map(|from| release_path(&from.release_name())).unwrap_or_default();
        let copies = carried.iter().map(|file| (format!("{source}/{}", file.path), format!("{folder}/{}", file.path)));
        futures::stream::iter(copies)
            .map(|(from, to)| async move { self.store.copy(&from, &to).await })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        let uploads = new.iter().map(|file| (work.join(&file.path), format!("{folder}/{}", file.path)));
        futures::stream::iter(uploads)
            .map(|(from, to)| async move { self.store.upload(&from, &to).await })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        Ok(Assembled {
            new_files: new.len(),
            new_bytes: new.iter().map(|file| file.bytes).sum(),
            carried_files: carried.len(),
            carried_bytes: carried.iter().map(|file| file.bytes).sum(),
        })
    }

    /// Creates the record if there is none of that number: from then on the release exists.
    pub async fn commit(&self, _lock: &Lock, commit: &Commit) -> Result<Outcome, Error> {
        // The record must not outlive a power cut that its files do not survive.
        self.store.sync().await?;
        let path = self.record_path(commit.number);
        let json = Bytes::from(commit.to_json()?);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let created = self.store.create(&path, json.clone()).await;
            match created {
                Ok(Created::New) => return Ok(Outcome::Won),
                Ok(Created::Exists) => {}
                Err(error) if error.transient() && attempt < ATTEMPTS => {}
                Err(error) => return self.read_back(&path, &json).await?.ok_or(Error::Store(error)),
            }
            // "Already there" can be this very attempt, sent twice by a client that missed the first answer; an error can
            // hide a success. Only what is stored tells.
            match self.read_back(&path, &json).await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) if attempt < ATTEMPTS => {}
                Err(error) if attempt < ATTEMPTS && matches!(&error, Error::Store(e) if e.transient()) => {}
                Ok(None) => {
                    let (action, place) = ("create", self.store.place(&path));
                    let reason = "the store neither takes the record nor has one".to_owned();
                    return Err(Error::Store(store::Error::Remote { action, place, reason, transient: true }));
                }
                Err(error) => return Err(error),
            }
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
        }
    }

    async fn read_back(&self, path: &str, json: &Bytes) -> Result<Option<Outcome>, Error> {
        let stored = self.store.get(path).await?;
        Ok(stored.map(|(bytes, _)| if bytes == *json { Outcome::Won } else { Outcome::Lost }))
    }

    /// All steps from files to readers. An error after the record was created is made good by the next run's recovery.
    pub async fn publish(
        &self,
        lock: &Lock,
        commit: &Commit,
        from: Option<&Commit>,
        work: &Path,
    ) -> Result<Assembled, Error> {
        let assembled = self.assemble(lock, commit, from, work).await?;
        self.audit(commit, from).await?;
        match self.commit(lock, commit).await? {
            Outcome::Won => self.point(lock, commit).await.map(|()| assembled),
            Outcome::Lost => Err(Error::Lost { number: commit.number }),
        }
    }

    /// Publishes the content of an earlier release as a new one.
    pub async fn rollback(&self, lock: &Lock, to: u64, run_id: &str, now: DateTime<Utc>) -> Result<Commit, Error> {
        super::check_run_id(run_id)?;
        let Some(latest) = self.latest().await? else { return Err(Error::NoRelease { number: to }) };
        let Some(old) = self.get(to).await? else { return Err(Error::NoRelease { number: to }) };
        if self.incomplete(&old).await?.is_some() {
            return Err(Error::Expired { number: to });
        }
        let commit = Commit {
            number: latest.number + 1,
            base: Some(to),
            kind: Kind::Rollback { of: to },
            run_id: run_id.to_owned(),
            created_at: now,
            ..old.clone()
        };
        self.publish(lock, &commit, Some(&old), Path::new("")).await?;
        Ok(commit)
    }

    /// The files of a release on this machine: where they are, or fetched into `cache` under the name of their digest.
    pub async fn local_files(
        &self,
        commit: &Commit,
        files: &[&FileRecord],
        cache: &Path,
    ) -> Result<Vec<PathBuf>, Error> {
        let folder = release_path(&commit.release_name());
        let mut paths = Vec::with_capacity(files.len());
        for file in files {
            let path = format!("{folder}/{}", file.path);
            match self.store.local_path(&path) {
                Some(here) => paths.push(here),
                None => paths.push(self.fetch(&path, file, cache).await?),
            }
        }
        Ok(paths)
    }

    /// The folder of one mart on this machine with at least these of its files: in the release itself, or laid out like
    /// one below `scratch` where the store is remote.
    pub async fn local_folder(
        &self,
        commit: &Commit,
        mart: &Name,
        files: &[&FileRecord],
        scratch: &Path,
    ) -> Result<PathBuf, Error> {
        if let Some(folder) = self.store.local_path(&release_path(&commit.release_name())) {
            return Ok(folder.join(mart.as_str()));
        }
        let fetched = self.local_files(commit, files, &scratch.join("fetched")).await?;
        let root = scratch.join(commit.release_name());
        for (path, file) in fetched.iter().zip(files) {
            let link = root.join(&file.path);
            let made = link.parent().map_or(Ok(()), std::fs::create_dir_all);
            made.and_then(|()| if link.exists() { Ok(()) } else { std::fs::hard_link(path, &link) }).map_err(
                |source| Error::Store(store::Error::Io { action: "write", place: link.display().to_string(), source }),
            )?;
        }
        Ok(root.join(mart.as_str()))
    }

    async fn fetch(&self, path: &str, file: &FileRecord, cache: &Path) -> Result<PathBuf, Error> {
        let failed = |place: &Path, source| {
            Error::Store(store::Error::Io { action: "write", place: place.display().to_string(), source })
        };
        let to = cache.join(format!("{}.parquet", file.sha256));
        if std::fs::metadata(&to).is_ok_and(|meta| meta.len() == file.bytes) {
            return Ok(to);
        }
        std::fs::create_dir_all(cache).map_err(|e| failed(cache, e))?;
        let Some(object) = self.store.head(path).await? else {
            return Err(Error::Store(store::Error::Missing { place: self.store.place(path) }));
        };
        // Renamed when whole, so that an interrupted download never passes for the file.
        let part = cache.join(format!("{}.{}.part", file.sha256, std::process::id()));
        self.store.download(&object, &part).await?;
        let local = crate::store::Store::local(cache);
        let name = part.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (digest, _) = match local.head(&name).await? {
            Some(object) => local.digest(&object).await?,
            None => (String::new(), 0),
        };
        if digest != file.sha256 {
            let reason = "does not have the digest of its record".to_owned();
            return Err(Error::Damaged { place: self.store.place(path), reason });
        }
        std::fs::rename(&part, &to).map_err(|e| failed(&to, e))?;
        Ok(to)
    }
}

/// The files that `from` has too, and those that it has not.
pub(super) fn split<'a>(commit: &'a Commit, from: Option<&Commit>) -> (Vec<&'a FileRecord>, Vec<&'a FileRecord>) {
    // Paths hold the id of the run that wrote them, so one path is one content; the digest is compared all the same.
    let known: BTreeMap<&str, &FileRecord> =
        from.into_iter().flat_map(Commit::files).map(|file| (file.path.as_str(), file)).collect();
    commit.files().partition(|file| known.get(file.path.as_str()).is_some_and(|old| *old == *file))
}
