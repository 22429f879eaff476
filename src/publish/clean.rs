//! Clean-up: files of old releases, and what dead runs left. Records stay: they are the history, and small.

use std::fs;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::commit::parse_release_name;
use super::release::release_path;
use super::{Error, Lock, Releases};
use crate::store;

/// What may go.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// At least this many releases stay, and always the one that readers are on.
    pub keep: usize,
    /// Releases committed within this time stay: their readers may not be done.
    pub min_age: Duration,
    /// On object stores a folder without a record may belong to a run that has lost its lease but still writes; only
    /// after this time is it taken for dead.
    pub grace: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { keep: 7, min_age: Duration::from_secs(48 * 3600), grace: Duration::from_secs(24 * 3600) }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Releases that have no files any more.
    pub releases: Vec<u64>,
    pub orphans: Vec<String>,
    pub work: Vec<String>,
}

impl Releases {
    /// What [`Releases::gc`] would remove now.
    pub async fn garbage(&self, retention: &Retention, now: DateTime<Utc>) -> Result<Cleaned, Error> {
        let highest = self.numbers().await?.last().copied();
        let pointed = self.pointer().await?;
        let mut cleaned = Cleaned::default();
        let orphans = self.orphans(highest).await?;
        let mut present: Vec<u64> = self
            .folders()
            .await?
            .iter()
            .filter(|folder| !orphans.contains(folder))
            .filter_map(|folder| parse_release_name(folder).map(|(number, _)| number))
            .collect();
        present.sort_unstable_by(|a, b| b.cmp(a));
        let young = now - TimeDelta::from_std(retention.min_age).unwrap_or(TimeDelta::MAX);
        for number in present.into_iter().skip(retention.keep.max(1)) {
            if pointed.as_ref().is_some_and(|pointer| pointer.number == number) {
                continue;
            }
            // A release stays in use until the next one came, but its own age is a bound that needs no more reading.
            if self.get(number).await?.is_some_and(|commit| commit.created_at <= young) {
                cleaned.releases.push(number);
            }
        }
        let dead_since = self.store_time(now).await? - i64::try_from(retention.grace.as_millis()).unwrap_or(i64::MAX);
        for orphan in orphans {
            // Locally the lock proves that its run is gone.
            let newest = self.stored(&orphan).await?.iter().map(|object| object.modified_ms).max();
            if self.store.is_local() || newest.is_none_or(|newest| newest < dead_since) {
                cleaned.orphans.push(orphan);
            }
        }
        let stale = self.stale_work()?;
        cleaned.work = stale.iter().map(|path| path.display().to_string()).collect();
        Ok(cleaned)
    }

    /// Removes old releases, orphans and the work of dead runs. Safe to interrupt and to repeat.
    pub async fn gc(&self, _lock: &Lock, retention: &Retention, now: DateTime<Utc>) -> Result<Cleaned, Error> {
        let cleaned = self.garbage(retention, now).await?;
        for number in &cleaned.releases {
            if let Some(commit) = self.get(*number).await? {
                self.store.delete_folder(&release_path(&commit.release_name())).await?;
            }
        }
        for orphan in &cleaned.orphans {
            self.store.delete_folder(&release_path(orphan)).await?;
        }
        for path in &cleaned.work {
            match fs::remove_dir_all(path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::Store(store::Error::Io { action: "remove", place: path.clone(), source }));
                }
                _ => {}
            }
        }
        self.store.sweep().await?;
        Ok(cleaned)
    }
}
