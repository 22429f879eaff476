//! One run at a time, to save work. Correctness never depends on it: two runs may write, one record is created.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use super::{Error, Releases, check_run_id};
use crate::store::{self, Created, Store, Swapped};

const LEASE: &str = "_lease.json";
/// A holder that has not renewed for this long is taken for dead.
const LEASE_FOR: TimeDelta = TimeDelta::minutes(10);
const ATTEMPTS: usize = 4;

/// Held while a run writes. Dropping it frees a local one; [`Lock::release`] frees either.
#[derive(Debug)]
pub struct Lock {
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// The operating system frees it when the process ends, however it ends.
    File(#[expect(dead_code, reason = "the lock lives as long as the open file")] File),
    Lease {
        store: Store,
        owner: Owner,
    },
}

/// Who holds a lease. Two processes may be given one run id: their moments and numbers tell them apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    run_id: String,
    process: u32,
    since_nanos: i64,
}

impl Owner {
    fn new(run_id: &str, now: DateTime<Utc>) -> Self {
        let since_nanos = now.timestamp_nanos_opt().unwrap_or(i64::MAX);
        Self { run_id: run_id.to_owned(), process: std::process::id(), since_nanos }
    }
}

#[derive(Serialize, Deserialize)]
struct Lease {
    owner: Owner,
    expires_at: String,
}

impl Lease {
    fn until(owner: &Owner, end: DateTime<Utc>) -> Self {
        Self { owner: owner.clone(), expires_at: end.to_rfc3339_opts(SecondsFormat::Secs, true) }
    }

    /// One that cannot be read binds nobody.
    fn expired(&self, now: DateTime<Utc>) -> bool {
        DateTime::parse_from_rfc3339(&self.expires_at).is_ok_and(|end| end <= now)
    }

    fn json(&self) -> Result<Bytes, Error> {
        serde_json::to_vec(self)
            .map(Bytes::from)
            .map_err(|e| Error::Damaged { place: LEASE.to_owned(), reason: e.to_string() })
    }
}

impl Releases {
    /// Takes the lock or says who has it; never waits.
    pub async fn lock(&self, run_id: &str, now: DateTime<Utc>) -> Result<Lock, Error> {
        check_run_id(run_id)?;
        match &self.served {
            Some(served) => self.lock_file(served, run_id, now),
            None => self.take_lease(run_id, now).await,
        }
    }

    fn lock_file(&self, served: &Path, run_id: &str, now: DateTime<Utc>) -> Result<Lock, Error> {
        let Some(path) = self.store.local_path("lock") else {
            return Err(Error::Busy { place: self.display(), holder: None });
        };
        let failed =
            |source| Error::Store(store::Error::Io { action: "lock", place: path.display().to_string(), source });
        let open = || -> io::Result<File> {
            fs::create_dir_all(served)?;
            if let Some(parent) = path.parent() {
                // Here, so that the flush before the first record makes these folders durable too.
                fs::create_dir_all(parent.join(self.commits()))?;
                fs::create_dir_all(parent.join("releases"))?;
            }
            File::options().read(true).write(true).create(true).truncate(false).open(&path)
        };
        let mut file = open().map_err(failed)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                let read = file.take(300).read_to_string(&mut holder);
                let holder = read.ok().map(|_| holder.trim().to_owned()).filter(|holder| !holder.is_empty());
                return Err(Error::Busy { place: self.display(), holder });
            }
            Err(error) => return Err(failed(error.into())),
        }
        self.check_device(served)?;
        let since = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let note = format!("run {run_id}, process {}, since {since}\n", std::process::id());
        let write = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes()));
        write.map_err(failed)?;
        Ok(Lock { held: Held::File(file) })
    }

    /// The link is renamed from one folder to the other, and leads back: both must be on one file system.
    fn check_device(&self, served: &Path) -> Result<(), Error> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let device = |path: &Path| fs::metadata(path).map(|meta| meta.dev()).ok();
            if self.store.local_root().and_then(device) != device(served) {
                return Err(Error::Location {
                    place: served.display().to_string(),
                    reason: "it is a mount of its own, and releases are kept in a folder beside it",
                    help: "mount the folder above, or use a folder inside the mount",
                });
            }
        }
        Ok(())
    }

    async fn take_lease(&self, run_id: &str, now: DateTime<Utc>) -> Result<Lock, Error> {
        let owner = Owner::new(run_id, now);
        let mine = Lease::until(&owner, now + LEASE_FOR).json()?;
        let held = Lock { held: Held::Lease { store: self.store.clone(), owner: owner.clone() } };
        for _ in 0..ATTEMPTS {
            if self.store.create(LEASE, mine.clone()).await? == Created::New {
                return Ok(held);
            }
            // Freed or stolen in between: look again.
            let Some((bytes, object)) = self.store.get(LEASE).await? else { continue };
            let theirs: Option<Lease> = serde_json::from_slice(&bytes).ok();
            if let Some(theirs) = theirs.filter(|theirs| !theirs.expired(now) && theirs.owner != owner) {
                let holder = Some(format!("run {}, until {}", theirs.owner.run_id, theirs.expires_at));
                return Err(Error::Busy { place: self.store.display(), holder });
            }
            if self.store.swap(LEASE, &object, mine.clone()).await? == Swapped::Done {
                return Ok(held);
            }
        }
        Err(Error::Busy { place: self.store.display(), holder: None })
    }

    /// When the store last said what time it is: clocks of machines differ, ages of objects are the store's.
    pub(super) async fn store_time(&self, now: DateTime<Utc>) -> Result<i64, Error> {
        let lease = if self.store.is_local() { None } else { self.store.head(LEASE).await? };
        Ok(lease.map_or(now.timestamp_millis(), |lease| lease.modified_ms))
    }

    /// A folder of its own for what a run writes before it publishes.
    pub fn work(&self, run_id: &str) -> Result<Work, Error> {
        check_run_id(run_id)?;
        let path = self.work_root.join(run_id);
        let failed =
            |source| Error::Store(store::Error::Io { action: "create", place: path.display().to_string(), source });
        fs::create_dir_all(&path).map_err(failed)?;
        // Copies of inputs, spilled rows: what is published of them leaves it file by file.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        let alive = File::options().read(true).write(true).create(true).truncate(false).open(path.join(ALIVE));
        let alive = alive.map_err(failed)?;
        match rustix::fs::flock(&alive, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Work { path, _alive: alive }),
            Err(rustix::io::Errno::WOULDBLOCK) => {
                Err(Error::Busy { place: path.display().to_string(), holder: Some(format!("run {run_id}")) })
            }
            Err(error) => Err(failed(error.into())),
        }
    }

    /// Work folders whose runs have ended without removing them.
    pub(super) fn stale_work(&self) -> Result<Vec<PathBuf>, Error> {
        let failed = |source| {
            Error::Store(store::Error::Io { action: "list", place: self.work_root.display().to_string(), source })
        };
        let entries = match fs::read_dir(&self.work_root) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(failed(e)),
        };
        let mut stale = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let alive = match File::open(path.join(ALIVE)) {
                Ok(file) => rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err(),
                Err(e) => e.kind() != io::ErrorKind::NotFound,
            };
            if !alive {
                stale.push(path);
            }
        }
        stale.sort();
        Ok(stale)
    }
}

const ALIVE: &str = ".alive";

/// The folder of a run that is alive; see [`Releases::work`].
#[derive(Debug)]
pub struct Work {
    path: PathBuf,
    _alive: File,
}

impl Work {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it with all that is in it. What a release took over from it has its own name there.
    pub fn remove(self) -> Result<(), Error> {
        fs::remove_dir_all(&self.path).map_err(|source| {
            Error::Store(store::Error::Io { action: "remove", place: self.path.display().to_string(), source })
        })
    }
}

impl Lock {
    /// Extends a lease. A long run calls it every few minutes; locally there is nothing to extend.
    pub async fn renew(&self, now: DateTime<Utc>) -> Result<(), Error> {
        self.replace(now + LEASE_FOR).await
    }

    pub async fn release(self) -> Result<(), Error> {
        // Replaced by an expired one rather than removed: removal cannot be made to depend on whose it is.
        self.replace(DateTime::UNIX_EPOCH).await
    }

    async fn replace(&self, end: DateTime<Utc>) -> Result<(), Error> {
        let Held::Lease { store, owner } = &self.held else { return Ok(()) };
        let lost = |holder| Error::Busy { place: store.display(), holder };
        // A write that landed while its answer was lost is sent again, and then finds its own: look a second time.
        for _ in 0..2 {
            let Some((bytes, object)) = store.get(LEASE).await? else { return Err(lost(None)) };
            let now: Option<Lease> = serde_json::from_slice(&bytes).ok();
            match now {
                Some(now) if now.owner == *owner => {
                    if store.swap(LEASE, &object, Lease::until(owner, end).json()?).await? == Swapped::Done {
                        return Ok(());
                    }
                }
                now => return Err(lost(now.map(|now| format!("run {}", now.owner.run_id)))),
            }
        }
        Err(lost(None))
    }
}
