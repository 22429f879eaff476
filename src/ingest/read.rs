//! Bytes of a file to text: decompress, count, checksum, decode. Never a whole file at once.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::atomic::Ordering;

use encoding_rs::{Decoder, DecoderResult, Encoding};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::error::Error;
use super::{Input, Progress};

/// Bytes decoded at a time.
const BLOCK: usize = 1 << 20;
/// Below this much output no ratio is suspicious.
const BOMB_FLOOR: u64 = 256 << 20;
const BOMB_RATIO: u64 = 500;

/// The file as it lies there, checksummed on its way through.
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

/// Tables repeat themselves, but not like this.
pub fn is_bomb(packed: u64, unpacked: u64) -> bool {
    unpacked > BOMB_FLOOR && unpacked / BOMB_RATIO > packed
}

enum Bytes<'a> {
    Plain(Raw<'a>),
    Gzip(Box<MultiGzDecoder<BufReader<Raw<'a>>>>),
}

/// A place in the text where bytes did not decode; they stand there as `\xNN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Offset in the text.
    pub at: usize,
    /// Offset in the (decompressed) file.
    pub byte: u64,
}

/// Decoded text, a block at a time.
pub struct Text<'a> {
    input: &'a Input,
    bytes: Bytes<'a>,
    encoding: &'static Encoding,
    decoder: Decoder,
    block: Vec<u8>,
    offset: u64,
}

impl<'a> Text<'a> {
    pub fn open(input: &'a Input, encoding: &'static Encoding, progress: &'a Progress) -> Result<Self, Error> {
        let raw = Raw::open(input, progress)?;
        let bytes = if input.path.to_ascii_lowercase().ends_with(".gz") {
            Bytes::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, raw))))
        } else {
            Bytes::Plain(raw)
        };
        let decoder = encoding.new_decoder_with_bom_removal();
        Ok(Self { input, bytes, encoding, decoder, block: vec![0; BLOCK], offset: 0 })
    }

    /// Blocks of another size, to see that it does not matter.
    #[cfg(test)]
    pub fn with_block(mut self, bytes: usize) -> Self {
        self.block = vec![0; bytes];
        self
    }

    pub fn input(&self) -> &'a Input {
        self.input
    }

    /// Appends the next block; true when it was the last.
    pub fn fill(&mut self, text: &mut String, marks: &mut Vec<Mark>) -> Result<bool, Error> {
        let n = self.read_block()?;
        let last = n < self.block.len();
        let input = self.block.get(..n).unwrap_or_default();
        if self.offset == 0 {
            self.check_mark(input)?;
        }
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
        let mut n = 0;
        while n < self.block.len() {
            let space = self.block.get_mut(n..).unwrap_or_default();
            let read = match &mut self.bytes {
                Bytes::Plain(raw) => raw.read(space),
                Bytes::Gzip(gzip) => gzip.read(space),
            };
            match read {
                Ok(0) => break,
                Ok(read) => n += read,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(self.failed(cause)),
            }
        }
        if let Bytes::Gzip(gzip) = &self.bytes
            && is_bomb(gzip.get_ref().get_ref().read, self.offset + n as u64)
        {
            return Err(Error::GzipBomb { path: self.input.path.clone() });
        }
        Ok(n)
    }

    fn failed(&self, cause: io::Error) -> Error {
        let path = self.input.path.clone();
        let about_gzip = matches!(
            cause.kind(),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
        );
        match self.bytes {
            Bytes::Gzip(_) if about_gzip => Error::Gzip { path, cause },
            _ => Error::Read { path, cause },
        }
    }

    /// UTF-16 read as UTF-8 would be a quarantine full of NULs; say what it is instead.
    fn check_mark(&self, start: &[u8]) -> Result<(), Error> {
        match Encoding::for_bom(start) {
            Some((found, _)) if found != self.encoding => Err(Error::ByteOrderMark {
                path: self.input.path.clone(),
                declared: self.encoding.name(),
                found: found.name(),
            }),
            _ => Ok(()),
        }
    }

    pub fn finish(self) -> Result<(u64, String), Error> {
        let raw = match self.bytes {
            Bytes::Plain(raw) => raw,
            Bytes::Gzip(gzip) => gzip.into_inner().into_inner(),
        };
        raw.finish(self.input)
    }
}
