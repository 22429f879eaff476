//! The pointer that readers follow: a symbolic link locally, a small object elsewhere.
//!
//! It is derived: whatever it says, the highest record is the newest release. It only moves forwards, so a run that was
//! slow to point cannot take readers back.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::commit::{Commit, parse_release_name};
use super::release::release_path;
use super::{Error, Lock, Releases};
use crate::store::{self, Created, Object, Swapped};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    pub number: u64,
    /// The name of the release's folder.
    pub release: String,
}

/// `current.json`: enough for a reader to find its files without any other request.
#[derive(Serialize, Deserialize)]
struct Written {
    format: u32,
    number: u64,
    release: String,
    commit: String,
}

const OBJECT: &str = "current.json";
const LINK: &str = "current";
const SWAPS: usize = 8;

impl Releases {
    /// Where readers are now.
    pub async fn pointer(&self) -> Result<Option<Pointer>, Error> {
        match &self.served {
            Some(served) => self.read_link(served),
            None => Ok(self.read_object().await?.map(|(pointer, _)| pointer)),
        }
    }

    /// Takes readers to a committed release. Readers already further on stay there.
    pub async fn point(&self, _lock: &Lock, to: &Commit) -> Result<(), Error> {
        match &self.served {
            Some(served) => {
                if self.read_link(served)?.is_some_and(|now| now.number >= to.number) {
                    return Ok(());
                }
                self.replace_link(served, to).map_err(|source| {
                    let place = served.join(LINK).display().to_string();
                    Error::Store(store::Error::Io { action: "point", place, source })
                })
            }
            None => self.swap_object(to).await,
        }
    }

    fn read_link(&self, served: &Path) -> Result<Option<Pointer>, Error> {
        let link = served.join(LINK);
        let place = link.display().to_string();
        let target = match fs::read_link(&link) {
            Ok(target) => target,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            // Something else of that name is there: a folder that another program made.
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => {
                return Err(Error::Location {
                    place,
                    reason: "it is not a link that septet made",
                    help: "move it away, or choose another location for the marts",
                });
            }
            Err(source) => return Err(Error::Store(store::Error::Io { action: "read", place, source })),
        };
        let name = target.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match parse_release_name(name) {
            Some((number, _)) if self.link_to(name).is_some_and(|expected| expected == target) => {
                Ok(Some(Pointer { number, release: name.to_owned() }))
            }
            _ => Err(Error::Damaged { place, reason: "it does not lead to a release".to_owned() }),
        }
    }

    /// `../marts.store/releases/00000042-<run>`: relative, so the two folders can be moved together.
    fn link_to(&self, release: &str) -> Option<PathBuf> {
        let store = self.store.local_root()?;
        Some(
            [Component::ParentDir, Component::Normal(store.file_name()?)]
                .iter()
                .collect::<PathBuf>()
                .join(release_path(release)),
        )
    }

    #[cfg(unix)]
    fn replace_link(&self, served: &Path, to: &Commit) -> io::Result<()> {
        let (Some(target), Some(next)) = (self.link_to(&to.release_name()), self.store.local_path("current.next"))
        else {
            return Err(io::Error::other("the location has no name"));
        };
        // Made where nobody looks, then renamed over the old one: readers see one or the other. A crash in between
        // leaves `current.next`, which the next run replaces.
        match fs::remove_file(&next) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        std::os::unix::fs::symlink(target, &next)?;
        fs::rename(&next, served.join(LINK))?;
        File::open(served)?.sync_all()
    }

    #[cfg(not(unix))]
    fn replace_link(&self, _served: &Path, _to: &Commit) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }

    async fn read_object(&self) -> Result<Option<(Pointer, Object)>, Error> {
        let Some((bytes, object)) = self.store.get(OBJECT).await? else { return Ok(None) };
        let damaged = |reason: &str| Error::Damaged { place: self.store.place(OBJECT), reason: reason.to_owned() };
        let written: Written = serde_json::from_slice(&bytes).map_err(|_| damaged("it is not a pointer"))?;
        let release = written.release.strip_prefix("releases/").unwrap_or_default();
        match parse_release_name(release) {
            Some((number, _)) if number == written.number => {
                Ok(Some((Pointer { number, release: release.to_owned() }, object)))
            }
            _ => Err(damaged("it does not lead to a release")),
        }
    }

    async fn swap_object(&self, to: &Commit) -> Result<(), Error> {
        let written = Written {
            format: super::FORMAT,
            number: to.number,
            release: release_path(&to.release_name()),
            commit: self.record_path(to.number),
        };
        let mut json = serde_json::to_vec_pretty(&written)
            .map_err(|e| Error::Damaged { place: self.store.place(OBJECT), reason: e.to_string() })?;
        json.push(b'\n');
        let json = Bytes::from(json);
        for _ in 0..SWAPS {
            let done = match self.read_object().await? {
                Some((now, _)) if now.number >= to.number => true,
                Some((_, object)) if object.etag.is_none() => {
                    return Err(Error::Location {
                        place: self.store.display(),
                        reason: "its objects have no ETag",
                        help: "use a store with conditional writes",
                    });
                }
                Some((_, object)) => self.store.swap(OBJECT, &object, json.clone()).await? == Swapped::Done,
                None => self.store.create(OBJECT, json.clone()).await? == Created::New,
            };
            if done {
                return Ok(());
            }
        }
        // Others moved it every time; the next run's recovery has the last word.
        Err(Error::Busy { place: self.store.place(OBJECT), holder: None })
    }
}
