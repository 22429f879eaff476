//! Storage: one location on a local file system or in an object store, addressed by relative paths.
//!
//! The only place that names `object_store`. What differs between the two kinds of location (links or server-side
//! copies, `fsync` or nothing) is decided here; what a release is made of is decided in `publish`.

mod cloud;
mod error;
mod local;
mod path;
mod remote;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

pub use error::Error;
use local::Local;
use remote::Remote;

use crate::location::Location;
use crate::pattern::{Matched, PathPattern};

/// A file or object, by its path below the location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub path: String,
    pub size: u64,
    /// Changes whenever the content does.
    pub etag: Option<String>,
    /// What Google knows a version by when it is replaced; only [`Store::get`] and [`Store::head`] say it.
    pub(crate) generation: Option<String>,
    /// By the store's clock.
    pub modified_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    New,
    Exists,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swapped {
    Done,
    /// Somebody else was first; nothing was written.
    Stale,
}

/// A location.
#[derive(Clone, Debug)]
pub struct Store {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Local(Local),
    Remote(Remote),
}

impl Store {
    /// Opens a path (relative to `base`) or a URL. Nothing is read or created.
    pub fn open(location: &str, base: &Path) -> Result<Self, Error> {
        let kind = match Location::parse(location) {
            Ok(Location::Folder(path)) => Kind::Local(Local { root: base.join(path) }),
            Ok(Location::Bucket(bucket)) => Kind::Remote(Remote::open(&bucket)?),
            Err(refused) => return Err(Error::Location { location: refused.shown, reason: refused.reason }),
        };
        Ok(Self { kind })
    }

    pub fn local(root: impl Into<PathBuf>) -> Self {
        Self { kind: Kind::Local(Local { root: root.into() }) }
    }

    /// The folder, when it is one on this machine.
    pub fn local_root(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Local(local) => Some(&local.root),
            Kind::Remote(_) => None,
        }
    }

    pub fn is_local(&self) -> bool {
        matches!(self.kind, Kind::Local(_))
    }

    /// The location as people may see it: no credentials, no query.
    pub fn display(&self) -> String {
        match &self.kind {
            Kind::Local(local) => local.root.display().to_string(),
            Kind::Remote(remote) => remote.shown().to_owned(),
        }
    }

    /// The full name of a path, for messages.
    pub fn place(&self, path: &str) -> String {
        match &self.kind {
            Kind::Local(local) => local.full(path).display().to_string(),
            Kind::Remote(remote) => remote.place(path),
        }
    }

    /// Where a path is on this machine's file system, if it is.
    pub fn local_path(&self, path: &str) -> Option<PathBuf> {
        match &self.kind {
            Kind::Local(local) => path::checked(path).ok().map(|path| local.full(path)),
            Kind::Remote(_) => None,
        }
    }

    /// Everything below a folder (`""`: everything), by path. A folder that does not exist is empty.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Object>, Error> {
        if !prefix.is_empty() {
            path::checked(prefix)?;
        }
        match &self.kind {
            Kind::Local(local) => {
                let (local, prefix) = (local.clone(), prefix.to_owned());
                blocking("list", move || local.list(&prefix, &|_| true)).await
            }
            Kind::Remote(remote) => remote.list(prefix).await,
        }
    }

    /// The objects whose path matches a pattern, by path: also those whose day is none (see [`Matched`]). Only the
    /// folder that the pattern begins with is listed.
    pub async fn list_matching(&self, pattern: &PathPattern) -> Result<Vec<Object>, Error> {
        let prefix = pattern.folder().to_owned();
        if !prefix.is_empty() {
            path::checked(&prefix)?;
        }
        let (pattern, literal) = (pattern.clone(), pattern.literal().map(str::to_owned));
        let wanted = move |path: &str| pattern.matches(path) != Matched::No;
        match &self.kind {
            Kind::Local(local) => {
                let local = local.clone();
                blocking("list", move || local.list(&prefix, &wanted)).await
            }
            Kind::Remote(remote) => {
                // One name is asked for by that name: its folder may hold thousands of others.
                if let Some(path) = literal {
                    return Ok(remote.head(path::checked(&path)?).await?.into_iter().collect());
                }
                let mut found = remote.list(&prefix).await?;
                found.retain(|object| wanted(&object.path));
                Ok(found)
            }
        }
    }

    /// The names of the folders directly below a folder, sorted.
    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>, Error> {
        path::checked(prefix)?;
        match &self.kind {
            Kind::Local(local) => local.folders(prefix),
            Kind::Remote(remote) => remote.folders(prefix).await,
        }
    }

    pub async fn head(&self, path: &str) -> Result<Option<Object>, Error> {
        path::checked(path)?;
        match &self.kind {
            Kind::Local(local) => local.head(path),
            Kind::Remote(remote) => remote.head(path).await,
        }
    }

    /// The content and what it was a version of; `None` when nothing is there. For small objects.
    pub async fn get(&self, path: &str) -> Result<Option<(Bytes, Object)>, Error> {
        path::checked(path)?;
        match &self.kind {
            Kind::Local(local) => local.get(path),
            Kind::Remote(remote) => remote.get(path).await,
        }
    }

    pub async fn get_range(&self, path: &str, start: u64, length: u64) -> Result<Bytes, Error> {
        path::checked(path)?;
        match &self.kind {
            Kind::Local(local) => local.get_range(path, start, length),
            Kind::Remote(remote) => remote.get_range(path, start, length).await,
        }
    }

    /// The SHA-256 of the whole content, in hexadecimal, and its length: every byte is read.
    pub async fn digest(&self, object: &Object) -> Result<(String, u64), Error> {
        path::checked(&object.path)?;
        match &self.kind {
            Kind::Local(local) => {
                let full = local.full(&object.path);
                blocking("read", move || {
                    let mut file = HashingSink::default();
                    let copy = std::fs::File::open(&full).and_then(|mut from| std::io::copy(&mut from, &mut file));
                    copy.map_err(|e| Error::io("read", full.display().to_string(), e))?;
                    Ok(file.finish())
                })
                .await
            }
            Kind::Remote(remote) => {
                let mut parts = remote.parts(object)?;
                let mut sink = HashingSink::default();
                while let Some(bytes) = parts.try_next().await? {
                    sink.add(&bytes);
                }
                Ok(sink.finish())
            }
        }
    }

    /// Replaces an object as one.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<(), Error> {
        path::checked(path)?;
        match &self.kind {
            Kind::Local(local) => local.put(path, &bytes),
            Kind::Remote(remote) => remote.put(path, bytes).await,
        }
    }

    /// Creates an object if there is none. After a transient error it may or may not be there: read it back.
    pub async fn create(&self, path: &str, bytes: Bytes) -> Result<Created, Error> {
        path::checked(path)?;
        match &self.kind {
            Kind::Local(local) => local.create(path, &bytes),
            Kind::Remote(remote) => remote.create(path, bytes).await,
        }
    }

    /// Replaces an object if it is still the version that [`Store::get`] gave.
    ///
    /// On a local file system nothing compares and writes in one step, so there it must happen under a lock.
    pub async fn swap(&self, path: &str, seen: &Object, bytes: Bytes) -> Result<Swapped, Error> {
        path::checked(path)?;
        match &self.kind {
            Kind::Local(local) => {
                let now = local.head(path)?.and_then(|object| object.etag);
                if now.is_none() || now != seen.etag {
                    return Ok(Swapped::Stale);
                }
                local.put(path, &bytes).map(|()| Swapped::Done)
            }
            Kind::Remote(remote) => remote.swap(path, seen, bytes).await,
        }
    }

    /// Copies an object, in the version that was listed, to a local file. An object replaced since is
    /// [`Error::Changed`].
    pub async fn download(&self, object: &Object, to: &Path) -> Result<(), Error> {
        path::checked(&object.path)?;
        match &self.kind {
            Kind::Local(local) => {
                let (local, object, to) = (local.clone(), object.clone(), to.to_owned());
                blocking("copy", move || {
                    let full = local.full(&object.path);
                    let shown = full.display().to_string();
                    std::fs::copy(&full, &to).map_err(|e| Error::io("copy", shown.clone(), e))?;
                    let now = local.head(&object.path)?.and_then(|object| object.etag);
                    if object.etag.is_some() && now != object.etag {
                        return Err(Error::Changed { place: shown });
                    }
                    Ok(())
                })
                .await
            }
            Kind::Remote(remote) => remote.download(object, to).await,
        }
    }

    /// Brings a local file that will not change any more into the location: a link where possible, an upload otherwise.
    pub async fn upload(&self, from: &Path, path: &str) -> Result<(), Error> {
        path::checked(path)?;
        match &self.kind {
            Kind::Local(local) => local.link(from, path),
            Kind::Remote(remote) => remote.upload(from, path).await,
        }
    }

    /// Gives an object that will not change any more a second path, without moving its bytes through this machine.
    pub async fn copy(&self, from: &str, to: &str) -> Result<(), Error> {
        path::checked(from)?;
        path::checked(to)?;
        match &self.kind {
            Kind::Local(local) => local.link(&local.full(from), to),
            Kind::Remote(remote) => remote.copy(from, to).await,
        }
    }

    /// Removes an object; one that is not there is fine.
    pub async fn delete(&self, path: &str) -> Result<(), Error> {
        path::checked(path)?;
        match &self.kind {
            Kind::Local(local) => local.delete(path),
            Kind::Remote(remote) => remote.delete(vec![path.to_owned()]).await,
        }
    }

    /// Removes a folder and everything below it.
    pub async fn delete_folder(&self, prefix: &str) -> Result<(), Error> {
        path::checked(prefix)?;
        match &self.kind {
            Kind::Local(local) => {
                let (local, prefix) = (local.clone(), prefix.to_owned());
                blocking("remove", move || local.delete_folder(&prefix)).await
            }
            Kind::Remote(remote) => {
                let paths: Vec<String> = remote.list(prefix).await?.into_iter().map(|object| object.path).collect();
                if paths.is_empty() { Ok(()) } else { remote.delete(paths).await }
            }
        }
    }

    /// Removes what interrupted writes and removals of this module left. Only under a lock: it cannot tell a crashed
    /// writer from a slow one.
    pub async fn sweep(&self) -> Result<(), Error> {
        match &self.kind {
            Kind::Local(local) => {
                let local = local.clone();
                blocking("clean", move || local.sweep()).await
            }
            Kind::Remote(_) => Ok(()),
        }
    }

    /// Everything written so far survives a power cut when this returns. Object stores promise that by themselves.
    pub async fn sync(&self) -> Result<(), Error> {
        match &self.kind {
            Kind::Local(local) => {
                let local = local.clone();
                blocking("flush", move || local.sync()).await
            }
            Kind::Remote(_) => Ok(()),
        }
    }
}

/// Runs file system calls that may take long where they do not hold up other tasks.
async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Error::io(action, "files", std::io::Error::other(error))),
    }
}

#[derive(Default)]
struct HashingSink {
    hash: Sha256,
    length: u64,
}

impl HashingSink {
    fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
    }

    fn finish(self) -> (String, u64) {
        (hex(&self.hash.finalize()), self.length)
    }
}

impl std::io::Write for HashingSink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A digest as people compare it.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
