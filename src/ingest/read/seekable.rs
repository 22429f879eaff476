//! A file that is read in any order: Parquet and workbooks. What is packed is unpacked beside the output first.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::super::Input;
use super::super::error::Error;
use super::super::file::Context;
use super::super::part::Part;
use super::raw::Raw;
use super::{Bytes, Content, HEAD, Packing};

pub struct Seekable {
    pub file: PathBuf,
    /// Size and checksum of the file as it lies there.
    pub sum: (u64, String),
    scratch: bool,
}

impl Seekable {
    pub fn open(part: &Part<'_>, scratch: &Path, context: &Context<'_>) -> Result<Self, Error> {
        if part.member.is_none() && part.packing() == Packing::Plain {
            let sum = pass(part, None, context)?;
            return Ok(Self { file: part.input.local.clone(), sum, scratch: false });
        }
        let file = scratch.to_owned();
        let mut unpacked = Self { file, sum: (0, String::new()), scratch: true };
        let mut sink = File::create(scratch).map_err(|cause| unpacked.failed(cause))?;
        unpacked.sum = pass(part, Some((&mut sink, &unpacked)), context)?;
        Ok(unpacked)
    }

    /// The first bytes, once unpacked.
    pub fn content(&self, path: &str) -> Result<Option<Content>, Error> {
        let read = |cause| Error::Read { path: path.to_owned(), cause };
        let mut head = Vec::new();
        let file = File::open(&self.file).map_err(read)?;
        file.take(HEAD as u64).read_to_end(&mut head).map_err(read)?;
        Ok(Content::of(&head))
    }

    fn failed(&self, cause: std::io::Error) -> Error {
        Error::Write { file: self.file.clone(), cause: cause.to_string() }
    }
}

impl Drop for Seekable {
    fn drop(&mut self) {
        if self.scratch {
            // Nothing depends on its being gone.
            let _ = fs::remove_file(&self.file);
        }
    }
}

/// Reads everything once, front to back.
fn pass(
    part: &Part<'_>,
    mut to: Option<(&mut File, &Seekable)>,
    context: &Context<'_>,
) -> Result<(u64, String), Error> {
    let mut bytes = Bytes::open(part, context.progress)?;
    let mut block = vec![0; 1 << 20];
    loop {
        context.check()?;
        let n = bytes.fill(&mut block)?;
        if let Some((sink, unpacked)) = &mut to {
            sink.write_all(block.get(..n).unwrap_or_default()).map_err(|cause| unpacked.failed(cause))?;
        }
        if n < block.len() {
            return bytes.finish();
        }
    }
}

/// Size and checksum of an archive, whose members are read each by itself.
pub fn checksum(input: &Input, context: &Context<'_>) -> Result<(u64, String), Error> {
    let mut raw = Raw::open(input, context.progress)?;
    let mut block = vec![0; 1 << 20];
    loop {
        context.check()?;
        match raw.read(&mut block) {
            Ok(0) => return raw.finish(input),
            Err(cause) if cause.kind() != ErrorKind::Interrupted => {
                return Err(Error::Read { path: input.path.clone(), cause });
            }
            _ => {}
        }
    }
}
