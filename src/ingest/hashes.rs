//! Lists of key hashes on disk, ascending: any number of them in little memory.
//!
//! Every file's list is made once. Which keys stand in more than one record of a source is found by passing over the
//! lists of its files side by side, one range of hashes after the other.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Hashes that are held at once while a file is read, and while lists are passed over.
const HELD: usize = 2 << 20;
const BYTES: u64 = 8;

/// Takes the hashes of a file's records in any order.
pub struct HashWriter {
    to: PathBuf,
    held: Vec<i64>,
    limit: usize,
    /// Sorted parts that are out of memory.
    parts: Vec<PathBuf>,
}

impl HashWriter {
    pub fn new(to: PathBuf) -> Self {
        Self { to, held: Vec::new(), limit: HELD, parts: Vec::new() }
    }

    pub fn add(&mut self, hashes: &[i64]) -> io::Result<()> {
        self.held.extend_from_slice(hashes);
        if self.held.len() >= self.limit { self.put_out() } else { Ok(()) }
    }

    fn put_out(&mut self) -> io::Result<()> {
        let mut name = self.to.clone().into_os_string();
        name.push(format!(".{}.part", self.parts.len()));
        let part = PathBuf::from(name);
        self.held.sort_unstable();
        write(&part, |each| self.held.iter().try_for_each(|hash| each(*hash)))?;
        self.held.clear();
        self.parts.push(part);
        Ok(())
    }

    /// The list, ascending. More than two of the same say nothing that two do not, and are left out.
    pub fn finish(mut self) -> io::Result<PathBuf> {
        if self.parts.is_empty() {
            self.held.sort_unstable();
            write(&self.to, |each| self.held.iter().try_for_each(|hash| each(*hash)))?;
            return Ok(self.to);
        }
        self.put_out()?;
        self.held = Vec::new();
        write(&self.to, |each| ascending(&self.parts, self.limit, each))?;
        for part in &self.parts {
            fs::remove_file(part)?;
        }
        Ok(self.to)
    }
}

/// Gives the hashes that the lists hold more than once, within one or between them; ascending, each once.
pub fn repeated(lists: &[PathBuf], mut each: impl FnMut(i64) -> io::Result<()>) -> io::Result<()> {
    let (mut last, mut told) = (None, None);
    ascending(lists, HELD, &mut |hash| {
        if last == Some(hash) && told != Some(hash) {
            told = Some(hash);
            each(hash)?;
        }
        last = Some(hash);
        Ok(())
    })
}

/// Passes over all lists in ascending order, holding about `limit` hashes. They are evenly spread, so ranges of equal
/// width hold about equally many.
fn ascending(lists: &[PathBuf], limit: usize, each: &mut dyn FnMut(i64) -> io::Result<()>) -> io::Result<()> {
    let mut lists = lists.iter().map(|path| List::open(path)).collect::<io::Result<Vec<_>>>()?;
    let all = lists.iter().map(|list| list.bytes / BYTES).fold(0, u64::saturating_add);
    let ranges = i128::from(all / limit.max(1) as u64 + 1);
    let width = (1i128 << 64) / ranges + 1;
    let mut held = Vec::new();
    for range in 1..=ranges {
        let end = i128::from(i64::MIN) + width * range;
        for list in &mut lists {
            list.take_below(end, &mut held)?;
        }
        // Made of sorted pieces, which a stable sort merges.
        held.sort();
        held.iter().try_for_each(|hash| each(*hash))?;
        held.clear();
    }
    Ok(())
}

/// A list and how far it is read. It is opened for each range: thousands of lists would be too many open files.
struct List<'a> {
    path: &'a Path,
    bytes: u64,
    at: u64,
}

impl<'a> List<'a> {
    fn open(path: &'a Path) -> io::Result<Self> {
        Ok(Self { path, bytes: fs::metadata(path)?.len(), at: 0 })
    }

    fn take_below(&mut self, end: i128, held: &mut Vec<i64>) -> io::Result<()> {
        if self.at >= self.bytes {
            return Ok(());
        }
        let mut file = File::open(self.path)?;
        file.seek(SeekFrom::Start(self.at))?;
        let mut reader = BufReader::with_capacity(64 << 10, file);
        let from = held.len();
        let mut word = [0; BYTES as usize];
        while self.at < self.bytes {
            reader.read_exact(&mut word)?;
            let hash = i64::from_le_bytes(word);
            if i128::from(hash) >= end {
                break;
            }
            self.at += BYTES;
            // Of a key in millions of records two are enough.
            let known = held.get(from..).is_some_and(|own| own.len() >= 2 && own.ends_with(&[hash, hash]));
            if !known {
                held.push(hash);
            }
        }
        Ok(())
    }
}

fn write(path: &Path, all: impl FnOnce(&mut dyn FnMut(i64) -> io::Result<()>) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(256 << 10, File::create(path)?);
    all(&mut |hash| out.write_all(&hash.to_le_bytes()))?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(seed: u64, count: usize, of: u64) -> Vec<i64> {
        let mut state = seed;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 11
        };
        // Few different values, spread over the whole range.
        (0..count).map(|_| (next() % of).wrapping_mul(0x9E37_79B9_7F4A_7C15).cast_signed()).collect()
    }

    fn list(folder: &Path, name: &str, hashes: &[i64], limit: usize) -> PathBuf {
        let mut writer = HashWriter { limit, ..HashWriter::new(folder.join(name)) };
        hashes.chunks(7).for_each(|some| writer.add(some).unwrap());
        writer.finish().unwrap()
    }

    fn simply(lists: &[&[i64]]) -> Vec<i64> {
        let mut all: Vec<i64> = lists.concat();
        all.sort_unstable();
        let mut out: Vec<i64> = all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        out.dedup();
        out
    }

    #[test]
    fn repeated_are_those_that_a_sort_of_all_finds() {
        for (limit, of) in [(10, 5), (10, 900), (1000, 900), (64, 100_000)] {
            let folder = tempfile::tempdir().unwrap();
            let (a, b, c) = (numbers(1, 700, of), numbers(2, 300, of), Vec::new());
            let lists =
                [list(folder.path(), "a", &a, limit), list(folder.path(), "b", &b, 9), list(folder.path(), "c", &c, 9)];
            let mut found = Vec::new();
            repeated(&lists, |hash| {
                found.push(hash);
                Ok(())
            })
            .unwrap();
            assert_eq!(found, simply(&[&a, &b]), "limit {limit}, {of} values");
            let mut ranges = Vec::new();
            ascending(&lists, limit, &mut |hash| {
                ranges.push(hash);
                Ok(())
            })
            .unwrap();
            assert!(ranges.is_sorted());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "parts are gone");
        }
    }

    #[test]
    fn the_ends_of_the_range_are_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let ends = [i64::MAX, i64::MIN, 0, i64::MAX, i64::MIN, -1];
        let lists = [list(folder.path(), "a", &ends, 2)];
        let mut found = Vec::new();
        repeated(&lists, |hash| {
            found.push(hash);
            Ok(())
        })
        .unwrap();
        assert_eq!(found, [i64::MIN, i64::MAX]);
    }
}
