//! Results by fingerprint: a folder appears whole, under the name of what it was made from, or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Fingerprint;

#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// The place of one result.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Where the result is once it is whole.
    pub path: PathBuf,
    /// Where it is written meanwhile.
    pub draft: PathBuf,
}

impl Cache {
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        fs::create_dir_all(&root)?;
        // It holds what sources say of people, whatever is published of it.
        fs::set_permissions(&root, fs::Permissions::from_mode(0o700))?;
        Ok(Self { root })
    }

    pub fn slot(&self, kind: &str, name: &str, fingerprint: &Fingerprint, run_id: &str) -> Slot {
        let name = format!("{kind}-{name}-{}", fingerprint.short());
        Slot { draft: self.root.join(format!("draft-{run_id}-{name}")), path: self.root.join(name) }
    }

    /// Whether there is any result of this kind and name.
    pub fn knows(&self, kind: &str, name: &str) -> bool {
        let prefix = format!("{kind}-{name}-");
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
    }

    /// Removes what no slot of this run needs: drafts of dead runs, results of old fingerprints.
    pub fn keep_only(&self, slots: &BTreeSet<PathBuf>) -> io::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let path = entry?.path();
            if !slots.contains(&path) {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(())
    }
}

impl Slot {
    pub fn is_whole(&self) -> bool {
        self.path.is_dir()
    }

    /// An empty folder to write into.
    pub fn begin(&self) -> io::Result<&Path> {
        if self.draft.exists() {
            fs::remove_dir_all(&self.draft)?;
        }
        fs::create_dir_all(&self.draft)?;
        Ok(&self.draft)
    }

    /// Makes what was written the result.
    pub fn commit(&self) -> io::Result<()> {
        match fs::rename(&self.draft, &self.path) {
            // The same fingerprint gives the same result: another run's is as good.
            Err(_) if self.path.is_dir() => fs::remove_dir_all(&self.draft),
            other => other,
        }
    }
}
