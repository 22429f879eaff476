//! Bytes of a file to text: unpack, count, checksum, decode. Never a whole file at once.

pub mod archive;
pub mod bytes;
pub mod charset;
pub mod packing;
mod raw;
mod seekable;

use std::fmt::Write as _;

use encoding_rs::{Decoder, DecoderResult, Encoding};

#[cfg(test)]
pub use bytes::is_bomb;
pub use seekable::{Seekable, checksum};

use super::Progress;
use super::error::Error;
use super::part::Part;
use crate::project::source::Charset;
use bytes::Bytes;
use packing::{Content, HEAD, Packing};

/// Bytes decoded at a time.
const BLOCK: usize = 1 << 20;

/// A place in the text where bytes did not decode; they stand there as `\xNN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Offset in the text.
    pub at: usize,
    /// Offset in the (unpacked) file.
    pub byte: u64,
}

/// Decoded text, a block at a time.
pub struct Text<'a> {
    part: &'a Part<'a>,
    bytes: Bytes<'a>,
    pub encoding: &'static Encoding,
    decoder: Decoder,
    /// Read in advance, to know what the file is.
    head: Vec<u8>,
    head_at: usize,
    block: Vec<u8>,
    offset: u64,
}

impl<'a> Text<'a> {
    pub fn open(part: &'a Part<'a>, charset: Charset, progress: &'a Progress) -> Result<Self, Error> {
        let mut bytes = Bytes::open(part, progress)?;
        let mut head = vec![0; if charset == Charset::Auto { charset::SAMPLE } else { HEAD }];
        let n = bytes.fill(&mut head)?;
        let whole = n < head.len();
        head.truncate(n);
        if let Some(found) = Content::of(&head) {
            return Err(Error::Misnamed { path: part.path.clone(), named: part.packing(), found: Some(found) });
        }
        let encoding = match charset {
            Charset::Declared(encoding) => encoding,
            Charset::Auto => charset::detect(&head, whole),
        };
        let decoder = encoding.new_decoder_with_bom_removal();
        let text = Self { part, bytes, encoding, decoder, head, head_at: 0, block: vec![0; BLOCK], offset: 0 };
        text.check_mark()?;
        Ok(text)
    }

    /// Blocks of another size, to see that it does not matter.
    #[cfg(test)]
    pub fn with_block(mut self, bytes: usize) -> Self {
        self.block = vec![0; bytes];
        self
    }

    pub fn path(&self) -> &'a str {
        &self.part.path
    }

    /// Appends the next block; true when it was the last.
    pub fn fill(&mut self, text: &mut String, marks: &mut Vec<Mark>) -> Result<bool, Error> {
        let n = self.read_block()?;
        let last = n < self.block.len();
        let input = self.block.get(..n).unwrap_or_default();
        let mut done = 0;
        loop {
            let rest = input.get(done..).unwrap_or_default();
            let room = self.decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(rest.len() * 3);
            text.reserve(room + 16);
            let (result, read) = self.decoder.decode_to_string_without_replacement(rest, text, last);
            done += read;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => {
                    let (length, after) = (usize::from(length), usize::from(after));
                    let end = done.saturating_sub(after);
                    let start = end.saturating_sub(length);
                    let byte = (self.offset + (done as u64)).saturating_sub((after + length) as u64);
                    marks.push(Mark { at: text.len(), byte });
                    for byte in input.get(start..end).unwrap_or_default() {
                        let _ = write!(text, "\\x{byte:02X}");
                    }
                    // The sequence began in the block before: something must stand for it.
                    if start == end {
                        text.push_str("\\x??");
                    }
                }
            }
        }
        self.offset += n as u64;
        Ok(last)
    }

    /// Reads as much as a block takes, so that where blocks end depends on the file alone.
    fn read_block(&mut self) -> Result<usize, Error> {
        let ahead = self.head.get(self.head_at..).unwrap_or_default();
        let n = ahead.len().min(self.block.len());
        for (to, from) in self.block.iter_mut().zip(ahead) {
            *to = *from;
        }
        self.head_at += n;
        if self.head_at == self.head.len() {
            (self.head, self.head_at) = (Vec::new(), 0);
        }
        let space = self.block.get_mut(n..).unwrap_or_default();
        Ok(n + self.bytes.fill(space)?)
    }

    /// UTF-16 read as UTF-8 would be a quarantine full of NULs; say what it is instead.
    fn check_mark(&self) -> Result<(), Error> {
        match Encoding::for_bom(&self.head) {
            Some((found, _)) if found != self.encoding => Err(Error::ByteOrderMark {
                path: self.part.path.clone(),
                declared: self.encoding.name(),
                found: found.name(),
            }),
            _ => Ok(()),
        }
    }

    pub fn finish(self) -> Result<(u64, String), Error> {
        self.bytes.finish()
    }
}
