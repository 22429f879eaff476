//! How large the sheets of an `.xls` are before they are read, because they are laid out in memory as whole grids.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Records with a cell, or several of a row: they begin with its row and column.
const CELLS: [u16; 10] = [0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E];
const BEGIN: u16 = 0x0809;

/// Cells of the grids that the sheets take; `None` for what is not a workbook of this kind.
pub fn grid(file: &Path) -> Option<u64> {
    let mut container = cfb::CompoundFile::open(File::open(file).ok()?).ok()?;
    let name = ["/Workbook", "/Book"].into_iter().find(|name| container.is_stream(name))?;
    let mut stream = BufReader::new(container.open_stream(name).ok()?);
    let (mut all, mut sheet) = (0_u64, Bounds::default());
    let mut head = [0; 4];
    // What is cut off is for the reader to say.
    while stream.read_exact(&mut head).is_ok() {
        let [a, b, c, d] = head;
        let (kind, length) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        let mut record = vec![0; usize::from(length)];
        if stream.read_exact(&mut record).is_err() {
            break;
        }
        if kind == BEGIN {
            all = all.saturating_add(std::mem::take(&mut sheet).area());
        } else if CELLS.contains(&kind)
            && let [a, b, c, d, ..] = record.as_slice()
        {
            let row = u16::from_le_bytes([*a, *b]);
            sheet.take(row, u16::from_le_bytes([*c, *d]));
            // Of several cells, the last column stands at the end.
            if matches!(kind, 0x00BD | 0x00BE)
                && let [.., c, d] = record.as_slice()
            {
                sheet.take(row, u16::from_le_bytes([*c, *d]));
            }
        }
    }
    Some(all.saturating_add(sheet.area()))
}

/// The first and last row and column, when there are any.
#[derive(Default)]
struct Bounds(Option<[u16; 4]>);

impl Bounds {
    fn take(&mut self, row: u16, column: u16) {
        let [top, bottom, left, right] = self.0.unwrap_or([row, row, column, column]);
        self.0 = Some([top.min(row), bottom.max(row), left.min(column), right.max(column)]);
    }

    fn area(&self) -> u64 {
        let Some([top, bottom, left, right]) = self.0 else { return 0 };
        (u64::from(bottom - top) + 1) * (u64::from(right - left) + 1)
    }
}
