//! A file as it lies there, counted and checksummed on its way through.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::sync::atomic::Ordering;

use sha2::{Digest, Sha256};

use super::super::error::Error;
use super::super::{Input, Progress};

pub struct Raw<'a> {
    file: File,
    hash: Sha256,
    read: u64,
    progress: &'a Progress,
}

impl<'a> Raw<'a> {
    pub fn open(input: &Input, progress: &'a Progress) -> Result<Self, Error> {
        let file = File::open(&input.local).map_err(|cause| Error::Read { path: input.path.clone(), cause })?;
        Ok(Self { file, hash: Sha256::new(), read: 0, progress })
    }

    pub fn bytes_read(&self) -> u64 {
        self.read
    }

    /// The first bytes, which are then read again like all others.
    pub fn peek(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        (&mut self.file).take(most as u64).read_to_end(&mut head)?;
        self.file.rewind()?;
        Ok(head)
    }

    /// Size and checksum of everything read, which must be everything that was announced.
    pub fn finish(self, input: &Input) -> Result<(u64, String), Error> {
        if self.read != input.size {
            return Err(Error::Changed { path: input.path.clone(), expected: input.size, found: self.read });
        }
        let digest = self.hash.finalize();
        let mut text = String::with_capacity(64);
        for byte in digest {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Ok((self.read, text))
    }
}

impl Read for Raw<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.hash.update(buffer.get(..n).unwrap_or_default());
        let n64 = n as u64;
        self.read += n64;
        self.progress.bytes.fetch_add(n64, Ordering::Relaxed);
        Ok(n)
    }
}
