//! The bytes of a part, unpacked.

use std::io::{self, BufReader, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;

use super::super::Progress;
use super::super::error::Error;
use super::super::part::Part;
use super::archive::MemberReader;
use super::packing::{Content, HEAD, Packing};
use super::raw::Raw;

/// Below this much output no ratio is suspicious.
const BOMB_FLOOR: u64 = 64 << 20;
const BOMB_RATIO: u64 = 500;
/// No export is this large, and no disk of a machine that reads one.
const MOST: u64 = 1 << 40;

/// Tables repeat themselves, but not like this.
pub fn is_bomb(packed: u64, unpacked: u64) -> bool {
    unpacked > MOST || unpacked > BOMB_FLOOR && unpacked / BOMB_RATIO > packed
}

pub struct Bytes<'a> {
    part: &'a Part<'a>,
    unpacker: Unpacker<'a>,
    given: u64,
}

enum Unpacker<'a> {
    Plain(Raw<'a>),
    Gzip(Box<MultiGzDecoder<BufReader<Raw<'a>>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Raw<'a>>>>),
    Bzip2(Box<MultiBzDecoder<BufReader<Raw<'a>>>>),
    Member(Box<MemberReader>),
}

impl<'a> Bytes<'a> {
    pub fn open(part: &'a Part<'a>, progress: &'a Progress) -> Result<Self, Error> {
        let read = |cause| Error::Read { path: part.path.clone(), cause };
        if let Some(member) = &part.member {
            let reader = MemberReader::open(&part.input.local, member).map_err(read)?;
            return Ok(Self { part, unpacker: Unpacker::Member(Box::new(reader)), given: 0 });
        }
        let mut raw = Raw::open(part.input, progress)?;
        let packing = part.packing();
        let head = raw.peek(HEAD).map_err(read)?;
        if !packing.begins(&head) {
            return Err(Error::Misnamed { path: part.path.clone(), named: packing, found: Content::of(&head) });
        }
        let truncated =
            || Error::Packed { path: part.path.clone(), packing, cause: io::ErrorKind::UnexpectedEof.into() };
        if packing != Packing::Plain && head.is_empty() {
            return Err(truncated());
        }
        let unpacker = match packing {
            Packing::Plain | Packing::Zip => Unpacker::Plain(raw),
            Packing::Gzip => Unpacker::Gzip(Box::new(MultiGzDecoder::new(buffered(raw)))),
            Packing::Zstd => {
                Unpacker::Zstd(Box::new(zstd::Decoder::with_buffer(buffered(raw)).map_err(|_| truncated())?))
            }
            Packing::Bzip2 => Unpacker::Bzip2(Box::new(MultiBzDecoder::new(buffered(raw)))),
        };
        Ok(Self { part, unpacker, given: 0 })
    }

    /// Fills the buffer, unless the end comes first.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut n = 0;
        while n < buffer.len() {
            let space = buffer.get_mut(n..).unwrap_or_default();
            let read = match &mut self.unpacker {
                Unpacker::Plain(raw) => raw.read(space),
                Unpacker::Gzip(bytes) => bytes.read(space),
                Unpacker::Zstd(bytes) => bytes.read(space),
                Unpacker::Bzip2(bytes) => bytes.read(space),
                Unpacker::Member(bytes) => bytes.read(space),
            };
            match read {
                Ok(0) => break,
                Ok(read) => n += read,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(self.failed(cause)),
            }
        }
        self.given += n as u64;
        if self.packed().is_some_and(|packed| is_bomb(packed, self.given)) {
            return Err(Error::Bomb { path: self.part.path.clone() });
        }
        Ok(n)
    }

    /// Packed bytes that were read so far; `None` for what is not packed.
    fn packed(&self) -> Option<u64> {
        match &self.unpacker {
            Unpacker::Plain(_) => None,
            Unpacker::Gzip(bytes) => Some(bytes.get_ref().get_ref().bytes_read()),
            Unpacker::Zstd(bytes) => Some(bytes.get_ref().get_ref().bytes_read()),
            Unpacker::Bzip2(bytes) => Some(bytes.get_ref().get_ref().bytes_read()),
            Unpacker::Member(_) => Some(self.part.size()),
        }
    }

    fn failed(&self, cause: io::Error) -> Error {
        let path = self.part.path.clone();
        let packing = match self.unpacker {
            Unpacker::Plain(_) => return Error::Read { path, cause },
            Unpacker::Member(_) => Packing::Zip,
            _ => self.part.packing(),
        };
        // What the disk says has a number; what a decoder says has none.
        match cause.raw_os_error() {
            Some(_) => Error::Read { path, cause },
            None => Error::Packed { path, packing, cause },
        }
    }

    /// After the last byte: size and checksum of the file. A member's archive is checksummed by itself.
    pub fn finish(self) -> Result<(u64, String), Error> {
        let raw = match self.unpacker {
            Unpacker::Plain(raw) => raw,
            Unpacker::Gzip(bytes) => bytes.into_inner().into_inner(),
            Unpacker::Zstd(bytes) => bytes.finish().into_inner(),
            Unpacker::Bzip2(bytes) => bytes.into_inner().into_inner(),
            Unpacker::Member(_) => return Ok((self.part.size(), String::new())),
        };
        raw.finish(self.part.input)
    }
}

fn buffered(raw: Raw<'_>) -> BufReader<Raw<'_>> {
    BufReader::with_capacity(1 << 16, raw)
}
