//! A location on a local file system.
//!
//! Written with `std::fs` rather than an object store's imitation of it: hard links, `fsync`, exclusive creation and
//! exact file names are what releases stand on.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::{Created, Error, Object};

/// Tells apart the unfinished files of one process; the process id tells apart processes.
static UNFINISHED: AtomicU64 = AtomicU64::new(0);

/// Files that are being written carry this ending until they are whole. A crash leaves them; clean-up removes them.
pub(super) const UNFINISHED_SUFFIX: &str = ".unfinished";

#[derive(Clone, Debug)]
pub(super) struct Local {
    pub root: PathBuf,
}

fn place(path: &Path) -> String {
    path.display().to_string()
}

impl Local {
    pub fn full(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The wanted files below a folder, by path. Links are followed as long as they stay inside the location.
    pub fn list(&self, prefix: &str, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Object>, Error> {
        let start = if prefix.is_empty() { self.root.clone() } else { self.root.join(prefix) };
        let mut found = Vec::new();
        if !start.try_exists().map_err(|e| Error::io("list", place(&start), e))? {
            return Ok(found);
        }
        let root = self.root.canonicalize().map_err(|e| Error::io("list", place(&self.root), e))?;
        let mut walk = Walk { root, wanted, entered: HashSet::new(), found: &mut found };
        walk.folder(&start, prefix)?;
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// The names of the folders directly below a folder.
    pub fn folders(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let start = self.root.join(prefix);
        let entries = match fs::read_dir(&start) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Error::io("list", place(&start), e)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| Error::io("list", place(&start), e))?;
            let kind = entry.file_type().map_err(|e| Error::io("list", place(&entry.path()), e))?;
            if kind.is_dir()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    pub fn head(&self, path: &str) -> Result<Option<Object>, Error> {
        let full = self.full(path);
        match fs::metadata(&full) {
            Ok(meta) if meta.is_file() => Ok(Some(object(path.to_owned(), &meta))),
            Ok(_) => Ok(None),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(e) => Err(Error::io("read", place(&full), e)),
        }
    }

    pub fn get(&self, path: &str) -> Result<Option<(Bytes, Object)>, Error> {
        let Some(before) = self.head(path)? else { return Ok(None) };
        let full = self.full(path);
        let bytes = fs::read(&full).map_err(|e| Error::io("read", place(&full), e))?;
        Ok(Some((Bytes::from(bytes), before)))
    }

    pub fn get_range(&self, path: &str, start: u64, length: u64) -> Result<Bytes, Error> {
        let full = self.full(path);
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&full)?;
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.take(length).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map(Bytes::from).map_err(|e| Error::io("read", place(&full), e))
    }

    /// Replaces the file as one: readers see the old content or the new, also after a crash.
    pub fn put(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let full = self.full(path);
        let write = || -> io::Result<()> {
            let unfinished = self.write_unfinished(&full, bytes)?;
            fs::rename(&unfinished, &full)?;
            sync_parent(&full)
        };
        write().map_err(|e| Error::io("write", place(&full), e))
    }

    /// Creates the file with its whole content, or not at all when one is there. Durable when it returns.
    pub fn create(&self, path: &str, bytes: &[u8]) -> Result<Created, Error> {
        let full = self.full(path);
        let create = || -> io::Result<Created> {
            let unfinished = self.write_unfinished(&full, bytes)?;
            // A link is the one call that both fails when the name is taken and shows the file with all its bytes.
            let linked = fs::hard_link(&unfinished, &full);
            let removed = fs::remove_file(&unfinished);
            match linked {
                Ok(()) => {
                    sync_parent(&full)?;
                    removed.map(|()| Created::New)
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(Created::Exists),
                Err(e) => Err(e),
            }
        };
        create().map_err(|e| Error::io("create", place(&full), e))
    }

    /// Unfinished files stand at the top of the location, away from folders that are listed for what is whole.
    fn write_unfinished(&self, full: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
        if let Some(parent) = full.parent() {
            fs::create_dir_all(parent)?;
        }
        let serial = UNFINISHED.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join(format!("{}-{serial}{UNFINISHED_SUFFIX}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(path)
    }

    /// Gives existing bytes a second name; copies where the file system cannot (another device, too many links).
    pub fn link(&self, from: &Path, to: &str) -> Result<(), Error> {
        let full = self.full(to);
        let link = || -> io::Result<()> {
            if let Some(parent) = full.parent() {
                fs::create_dir_all(parent)?;
            }
            match fs::hard_link(from, &full) {
                Ok(()) => Ok(()),
                Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists) => Err(e),
                Err(_) => fs::copy(from, &full).map(drop),
            }
        };
        link().map_err(|e| Error::io("link", place(from), e))
    }

    pub fn delete(&self, path: &str) -> Result<(), Error> {
        let full = self.full(path);
        match fs::remove_file(&full) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(Error::io("remove", place(&full), e)),
        }
    }

    /// The folder first leaves its place as one, so that a crash half way never leaves a folder with some files missing.
    pub fn delete_folder(&self, prefix: &str) -> Result<(), Error> {
        let full = self.full(prefix);
        let trash = self.root.join("trash");
        let serial = UNFINISHED.fetch_add(1, Ordering::Relaxed);
        let gone = trash.join(format!("{}-{serial}", std::process::id()));
        let remove = || -> io::Result<()> {
            fs::create_dir_all(&trash)?;
            match fs::remove_dir_all(&gone) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            match fs::rename(&full, &gone) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
                renamed => renamed?,
            }
            fs::remove_dir_all(&gone)
        };
        remove().map_err(|e| Error::io("remove", place(&full), e))
    }

    /// What crashes left: unfinished files and folders on their way out.
    pub fn sweep(&self) -> Result<(), Error> {
        let sweep = || -> io::Result<()> {
            match fs::remove_dir_all(self.root.join("trash")) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            for entry in fs::read_dir(&self.root)? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().ends_with(UNFINISHED_SUFFIX) && entry.file_type()?.is_file() {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        };
        sweep().map_err(|e| Error::io("clean", place(&self.root), e))
    }

    /// Everything written below the location so far is on disk when this returns.
    pub fn sync(&self) -> Result<(), Error> {
        let sync = || -> io::Result<()> {
            let root = File::open(&self.root)?;
            // One call for thousands of small files, instead of one `fsync` each.
            #[cfg(any(target_os = "linux", target_os = "android"))]
            rustix::fs::syncfs(&root)?;
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            {
                drop(root);
                sync_tree(&self.root)?;
            }
            Ok(())
        };
        sync().map_err(|e| Error::io("flush", place(&self.root), e))
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            sync_tree(&entry.path())?;
        } else if kind.is_file() {
            File::open(entry.path())?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}

/// A new name is durable only when the folder that holds it is.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn object(path: String, meta: &fs::Metadata) -> Object {
    let modified = meta.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let nanos = modified.map_or(0, |since| since.as_nanos());
    let millis = modified.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0);
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(meta);
    #[cfg(not(unix))]
    let inode = 0;
    Object {
        path,
        size: meta.len(),
        etag: Some(format!("{inode:x}-{nanos:x}-{:x}", meta.len())),
        generation: None,
        modified_ms: millis,
    }
}

struct Walk<'a> {
    root: PathBuf,
    wanted: &'a dyn Fn(&str) -> bool,
    /// Real folders on the way, so that a link to a folder above itself ends.
    entered: HashSet<PathBuf>,
    found: &'a mut Vec<Object>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, relative: &str) -> Result<(), Error> {
        let real = folder.canonicalize().map_err(|e| Error::io("list", place(folder), e))?;
        if !real.starts_with(&self.root) {
            return Err(Error::Escapes { place: place(folder) });
        }
        if !self.entered.insert(real.clone()) {
            return Ok(());
        }
        for entry in fs::read_dir(folder).map_err(|e| Error::io("list", place(folder), e))? {
            let entry = entry.map_err(|e| Error::io("list", place(folder), e))?;
            let path = entry.path();
            let name = match entry.file_name().into_string() {
                Ok(name) => name,
                // Nothing can name it, but a glob can mean it.
                Err(name) => {
                    let name = name.to_string_lossy();
                    let name = if relative.is_empty() { name.into_owned() } else { format!("{relative}/{name}") };
                    if (self.wanted)(&name) {
                        return Err(Error::Name { place: place(&path) });
                    }
                    continue;
                }
            };
            let name = if relative.is_empty() { name } else { format!("{relative}/{name}") };
            let kind = entry.file_type().map_err(|e| Error::io("list", place(&path), e))?;
            if kind.is_symlink() {
                self.link(&path, name)?;
            } else if kind.is_dir() {
                self.folder(&path, &name)?;
            } else if kind.is_file() && (self.wanted)(&name) {
                match entry.metadata() {
                    Ok(meta) => self.found.push(object(name, &meta)),
                    // Removed since the folder was read: as good as never listed.
                    Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                    Err(e) => return Err(Error::io("list", place(&path), e)),
                }
            }
        }
        self.entered.remove(&real);
        Ok(())
    }

    fn link(&mut self, path: &Path, name: String) -> Result<(), Error> {
        let real = match path.canonicalize() {
            Ok(real) => real,
            // A link to nothing holds no data.
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(Error::io("list", place(path), e)),
        };
        let meta = fs::metadata(&real).map_err(|e| Error::io("list", place(path), e))?;
        if meta.is_file() && !(self.wanted)(&name) {
            return Ok(());
        }
        if !real.starts_with(&self.root) {
            return Err(Error::Escapes { place: place(path) });
        }
        if meta.is_dir() {
            self.folder(path, &name)
        } else {
            self.found.push(object(name, &meta));
            Ok(())
        }
    }
}
