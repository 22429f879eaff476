//! Exports as lists of records that can be dealt out to files.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::history::Dice;

/// What may become of an export's records without its meaning anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Any record in any file.
    Anyhow,
    /// Consecutive pieces, whose paths are in their order.
    InOrder,
    /// One file, which can only be replaced.
    Never,
}

#[derive(Clone, Debug)]
pub struct Export {
    pub path: String,
    pub header: Vec<u8>,
    pub lines: Vec<Vec<u8>>,
    pub split: Split,
}

impl Export {
    pub fn text(path: &str, split: Split, text: &str) -> Self {
        Self::of(path, split, true, text.as_bytes())
    }

    /// An export as it lies there; `path` says whether it is compressed.
    pub fn of(path: &str, split: Split, header: bool, bytes: &[u8]) -> Self {
        let mut plain = Vec::new();
        if path.ends_with(".gz") {
            MultiGzDecoder::new(bytes).read_to_end(&mut plain).expect("a gzip file");
        } else {
            plain.extend_from_slice(bytes);
        }
        let mut lines: Vec<Vec<u8>> = Vec::new();
        // A quoted field may go over several lines.
        let mut open = false;
        for line in plain.split_inclusive(|byte| *byte == b'\n') {
            match lines.last_mut().filter(|_| open) {
                Some(last) => last.extend_from_slice(line),
                None => lines.push(line.to_vec()),
            }
            open ^= header && line.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        }
        if let Some(last) = lines.last_mut().filter(|last| !last.ends_with(b"\n")) {
            last.push(b'\n');
        }
        let header = if header && !lines.is_empty() { lines.remove(0) } else { Vec::new() };
        Self { path: path.to_owned(), header, lines, split }
    }

    pub fn whole(&self) -> Vec<u8> {
        self.file(&self.lines)
    }

    pub fn file(&self, lines: &[Vec<u8>]) -> Vec<u8> {
        let plain = [self.header.as_slice(), lines.concat().as_slice()].concat();
        if !self.path.ends_with(".gz") {
            return plain;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&plain).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    }

    /// The files it comes in: path and lines.
    pub fn pieces(&self, dice: &mut Dice) -> Vec<(String, Vec<Vec<u8>>)> {
        let count = 1 + dice.below(4);
        let mut pieces = vec![Vec::new(); count];
        match self.split {
            Split::Never => return vec![(self.path.clone(), self.lines.clone())],
            Split::Anyhow => {
                for line in &self.lines {
                    pieces[dice.below(count)].push(line.clone());
                }
                for piece in &mut pieces {
                    dice.shuffle(piece);
                }
            }
            Split::InOrder => {
                let mut cuts: Vec<usize> = (1..count).map(|_| dice.below(self.lines.len() + 1)).collect();
                cuts.sort_unstable();
                cuts.push(self.lines.len());
                let mut from = 0;
                for (piece, to) in pieces.iter_mut().zip(cuts) {
                    *piece = self.lines[from..to].to_vec();
                    from = to;
                }
            }
        }
        let (stem, end) = self.path.split_once('.').expect("an extension");
        pieces.into_iter().enumerate().map(|(number, lines)| (format!("{stem}-{number}.{end}"), lines)).collect()
    }
}
