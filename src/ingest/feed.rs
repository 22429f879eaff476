//! What records are taken off, whatever the format: pieces, one after the other.

use super::chunk::Chunk;
use super::error::Error;
use super::formats::parquet_in::{Arrays, ParquetFile};
use super::formats::workbook::{Rows, Sheet};
use super::records::Records;

pub enum Feed<'a> {
    Text(Box<Records<'a>>),
    Parquet(Box<ParquetFile<'a>>),
    Sheet(Box<Sheet>),
}

/// Records not yet typed.
pub enum Piece {
    Chunk(Chunk),
    Arrays(Arrays),
    Rows(Rows),
}

impl Feed<'_> {
    /// After the last piece: size and checksum of the file, where it was read front to back.
    pub fn finish(self) -> Result<(u64, String), Error> {
        match self {
            Self::Text(records) => records.finish(),
            Self::Parquet(_) | Self::Sheet(_) => Ok((0, String::new())),
        }
    }

    pub fn next(&mut self) -> Result<Option<Piece>, Error> {
        Ok(match self {
            Self::Text(records) => records.next()?.map(Piece::Chunk),
            Self::Parquet(file) => file.next()?.map(Piece::Arrays),
            Self::Sheet(sheet) => sheet.next()?.map(Piece::Rows),
        })
    }
}

impl Piece {
    pub fn rows(&self) -> usize {
        match self {
            Self::Chunk(chunk) => chunk.rows.len(),
            Self::Arrays(arrays) => arrays.rows,
            Self::Rows(rows) => rows.rows.len(),
        }
    }

    /// Of text.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Chunk(chunk) => chunk.text.len(),
            Self::Arrays(_) | Self::Rows(_) => 0,
        }
    }
}
