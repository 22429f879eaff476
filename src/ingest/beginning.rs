//! The start of a file, for those who want to know what it is before it is read.

use encoding_rs::Encoding;

use super::error::Error;
use super::part::Part;
use super::read::bytes::Bytes;
use super::read::charset;
use super::{Input, Progress};

/// The first bytes of a file, unpacked.
#[derive(Clone, Debug)]
pub struct Beginning {
    pub bytes: Vec<u8>,
    /// There are no more.
    pub whole: bool,
}

/// Bytes asked for at a time.
const BLOCK: usize = 1 << 20;

/// At most so many bytes; of an archive, those of its first file.
pub fn beginning(input: &Input, most: usize) -> Result<Beginning, Error> {
    let progress = Progress::default();
    let parts = Part::of(input)?;
    let Some(part) = parts.first() else { return Ok(Beginning { bytes: Vec::new(), whole: true }) };
    let mut unpacked = Bytes::open(part, &progress)?;
    let mut beginning = Beginning { bytes: Vec::new(), whole: false };
    while !beginning.whole && beginning.bytes.len() <= most {
        let start = beginning.bytes.len();
        beginning.bytes.resize(start + BLOCK, 0);
        let read = unpacked.fill(beginning.bytes.get_mut(start..).unwrap_or_default())?;
        beginning.bytes.truncate(start + read);
        beginning.whole = read < BLOCK;
    }
    if beginning.bytes.len() > most {
        beginning.bytes.truncate(most);
        beginning.whole = false;
    }
    Ok(beginning)
}

/// The encoding that `encoding: auto` takes a text to be in.
pub fn encoding_of(beginning: &Beginning) -> &'static Encoding {
    let sample = beginning.bytes.get(..charset::SAMPLE).unwrap_or(&beginning.bytes);
    charset::detect(sample, beginning.whole && sample.len() == beginning.bytes.len())
}
