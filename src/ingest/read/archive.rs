//! Zip archives: what is in them, and a member's bytes front to back.
//!
//! The directory of the archive is read by the `zip` crate. A member is unpacked from its place in the file without
//! the archive, so that it can be read on any thread; what came out is held against the directory's checksum.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use bzip2::read::BzDecoder;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::super::Input;
use super::super::error::Error;
use super::bytes::is_bomb;
use super::packing::{Content, HEAD, Packing};

#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    start: u64,
    pub packed: u64,
    unpacked: u64,
    checksum: u32,
    method: CompressionMethod,
}

/// The files of an archive in the order of their names; what archivers of some systems add is left out.
pub fn members(input: &Input) -> Result<Vec<Member>, Error> {
    let file = File::open(&input.local).map_err(|cause| Error::Read { path: input.path.clone(), cause })?;
    let size = file.metadata().map_err(|cause| Error::Read { path: input.path.clone(), cause })?.len();
    if size != input.size {
        return Err(Error::Changed { path: input.path.clone(), expected: input.size, found: size });
    }
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head).map_err(|cause| Error::Read { path: input.path.clone(), cause })?;
    if !Packing::Zip.begins(&head) {
        return Err(Error::Misnamed { path: input.path.clone(), named: Packing::Zip, found: Content::of(&head) });
    }
    let mut members = Vec::new();
    for Entry { member, refused } in entries(&input.path, &input.local)? {
        if is_clutter(&member.name) {
            continue;
        }
        let refused = refused.or_else(|| (Packing::by_name(&member.name) != Packing::Plain).then_some(Refused::Nested));
        if let Some(problem) = refused {
            return Err(Error::Member { path: input.path.clone(), member: member.name, problem });
        }
        members.push(member);
    }
    if members.is_empty() {
        return Err(Error::EmptyArchive { path: input.path.clone() });
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

/// What a workbook consists of.
pub fn parts(path: &str, local: &Path) -> Result<Vec<Member>, Error> {
    let part = |Entry { member, refused }| match refused {
        Some(problem) => Err(Error::Member { path: path.to_owned(), member: member.name, problem }),
        None => Ok(member),
    };
    entries(path, local)?.into_iter().map(part).collect()
}

/// A file in an archive, and why it cannot be read.
struct Entry {
    member: Member,
    refused: Option<Refused>,
}

fn entries(path: &str, local: &Path) -> Result<Vec<Entry>, Error> {
    let damaged = |cause: io::Error| Error::Packed { path: path.to_owned(), packing: Packing::Zip, cause };
    let file = File::open(local).map_err(|cause| Error::Read { path: path.to_owned(), cause })?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error.into()))?;
    if let Some(twice) = name_twice(local, archive.central_directory_start()).map_err(damaged)? {
        return Err(Error::Member { path: path.to_owned(), member: twice, problem: Refused::Twice });
    }
    let mut entries = Vec::new();
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|error| damaged(error.into()))?;
        if entry.is_dir() {
            continue;
        }
        let name = name(&entry.name().map_err(|error| damaged(error.into()))?, entry.name_raw());
        let method = entry.compression();
        let refused = if entry.encrypted() {
            Some(Refused::Encrypted)
        } else if entry.enclosed_name().is_none()
            || name.starts_with('/')
            || name.contains(['\\', '\0'])
            || entry.is_symlink()
        {
            Some(Refused::Name)
        } else if !METHODS.contains(&method) {
            Some(Refused::Method(method.to_string()))
        } else {
            None
        };
        let member = Member {
            start: entry.data_start().ok_or_else(|| damaged(io::ErrorKind::InvalidData.into()))?,
            packed: entry.compressed_size(),
            unpacked: entry.size(),
            checksum: entry.crc32(),
            method,
            name,
        };
        entries.push(Entry { member, refused });
    }
    Ok(entries)
}

/// A name that two files of the archive have: the `zip` crate knows only the last of them.
fn name_twice(local: &Path, directory: u64) -> io::Result<Option<String>> {
    /// Of a directory's entry, before its name: APPNOTE.TXT of PKWARE, 4.3.12.
    const FIXED: usize = 46;
    let mut file = File::open(local)?;
    file.seek(SeekFrom::Start(directory))?;
    let mut reader = BufReader::new(file);
    let mut known: HashSet<Vec<u8>> = HashSet::new();
    let mut fixed = [0_u8; FIXED];
    while reader.read_exact(&mut fixed).is_ok() && fixed.starts_with(b"PK\x01\x02") {
        let [.., n0, n1, e0, e1, c0, c1] = fixed.first_chunk::<34>().copied().unwrap_or([0; 34]);
        let mut raw = vec![0; usize::from(u16::from_le_bytes([n0, n1]))];
        reader.read_exact(&mut raw)?;
        let more = i64::from(u16::from_le_bytes([e0, e1])) + i64::from(u16::from_le_bytes([c0, c1]));
        reader.seek_relative(more)?;
        if known.contains(&raw) {
            return Ok(Some(name(&String::from_utf8_lossy(&raw), &raw)));
        }
        known.insert(raw);
    }
    Ok(None)
}

const METHODS: [CompressionMethod; 4] =
    [CompressionMethod::STORE, CompressionMethod::DEFLATE, CompressionMethod::BZIP2, CompressionMethod::ZSTD];

impl Member {
    /// Unpacks it for its size alone; `None` is a bomb.
    pub fn drain(&self, local: &Path) -> Result<u64, Option<io::Error>> {
        let mut reader = MemberReader::open(local, self).map_err(Some)?;
        let mut block = vec![0; 1 << 16];
        loop {
            match reader.read(&mut block) {
                Ok(0) => return Ok(reader.given),
                Ok(_) if is_bomb(self.packed, reader.given) => return Err(None),
                Err(cause) if cause.kind() != io::ErrorKind::Interrupted => return Err(Some(cause)),
                _ => {}
            }
        }
    }
}

/// Why a member is not read.
#[derive(Clone, Debug)]
pub enum Refused {
    Encrypted,
    Nested,
    /// It would lie outside of the archive.
    Name,
    Method(String),
    /// Another has its name.
    Twice,
}

/// Archivers on Windows write names in the system's encoding and do not say so.
fn name(decoded: &str, raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => match encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(raw) {
            Some(name) => name.into_owned(),
            None => decoded.to_owned(),
        },
    }
}

/// Resource forks and folder settings.
fn is_clutter(name: &str) -> bool {
    name.starts_with("__MACOSX/") || matches!(name.rsplit('/').next(), Some(".DS_Store" | "Thumbs.db" | "desktop.ini"))
}

/// The bytes of a member.
pub struct MemberReader {
    bytes: Box<dyn Read + Send>,
    member: Member,
    checksum: Crc,
    given: u64,
}

impl MemberReader {
    pub fn open(local: &Path, member: &Member) -> io::Result<Self> {
        let mut file = File::open(local)?;
        file.seek(SeekFrom::Start(member.start))?;
        let packed = BufReader::with_capacity(1 << 16, file.take(member.packed));
        let bytes: Box<dyn Read + Send> = match member.method {
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(packed)),
            CompressionMethod::BZIP2 => Box::new(BzDecoder::new(packed)),
            CompressionMethod::ZSTD => Box::new(zstd::Decoder::with_buffer(packed)?),
            _ => Box::new(packed),
        };
        Ok(Self { bytes, member: member.clone(), checksum: Crc::new(), given: 0 })
    }
}

impl Read for MemberReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.checksum.update(buffer.get(..n).unwrap_or_default());
        self.given += n as u64;
        if n == 0 && !buffer.is_empty() {
            if self.given != self.member.unpacked {
                let problem = format!("{} bytes came out of {} announced", self.given, self.member.unpacked);
                return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
            }
            if self.checksum.sum() != self.member.checksum {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum differs"));
            }
        }
        Ok(n)
    }
}
