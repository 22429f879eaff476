//! Cells of a sheet to its header and records.

use calamine::Dimensions;

use super::super::super::text::trim;
use super::super::lines::Comments;
use super::value::Value;
use crate::project::source::{Header, Workbook};

/// Filled cells of a row, by column from 0.
pub type Cells = Vec<(u32, Value)>;

#[derive(Debug)]
pub struct SheetRow {
    /// As the sheet numbers it.
    pub number: i64,
    pub cells: Cells,
}

/// Rows not yet typed.
#[derive(Debug, Default)]
pub struct Rows {
    pub rows: Vec<SheetRow>,
    pub blank: u64,
    pub skipped: u64,
}

impl Rows {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.blank == 0 && self.skipped == 0
    }
}

impl SheetRow {
    pub fn get(&self, column: usize) -> Option<&Value> {
        let column = u32::try_from(column).ok()?;
        let at = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.cells.get(at).map(|(_, value)| value)
    }

    /// What it says, for the quarantine: its cells with commas between.
    pub fn raw(&self) -> String {
        let mut text = String::new();
        let mut at = 0;
        for (column, value) in &self.cells {
            // A far cell does not make a long text.
            for _ in 0..column.saturating_sub(at).min(256) {
                text.push(',');
            }
            at = *column;
            text.push_str(&value.to_text());
        }
        text
    }
}

/// The name of a column from 0: `AB`.
fn letters(column: u32) -> String {
    let (before, letter) = (column / 26, char::from(b'A' + (column % 26) as u8));
    if before == 0 { letter.to_string() } else { format!("{}{letter}", letters(before - 1)) }
}

/// Takes cells in their order, and gives the header and then the records.
pub struct Rower {
    header: Header,
    header_rows: u64,
    comments: Comments,
    merged: Vec<Dimensions>,
    /// From 1; 0 before the first cell.
    row: u64,
    cells: Cells,
    /// Rows up to here are accounted for.
    told: u64,
    top: Vec<(u64, Cells)>,
    /// Once it is complete.
    pub names: Option<Vec<String>>,
    pub out: Rows,
}

impl Rower {
    pub fn new(workbook: &Workbook, merged: Vec<Dimensions>) -> Self {
        Self {
            header: workbook.header,
            header_rows: workbook.header_rows,
            comments: Comments::new(&workbook.comment),
            merged,
            row: 0,
            cells: Vec::new(),
            told: 0,
            top: Vec::new(),
            names: (workbook.header == Header::None).then(Vec::new),
            out: Rows::default(),
        }
    }

    /// The cell in a row and column from 0. What is wrong with it, otherwise.
    pub fn take(&mut self, (row, column): (u32, u32), value: Option<Value>) -> Result<(), String> {
        let row = u64::from(row) + 1;
        if row != self.row {
            self.end_row()?;
            if row < self.row {
                return Err("its rows are not in order".to_owned());
            }
            self.row = row;
        }
        self.cells.extend(value.map(|value| (column, value)));
        Ok(())
    }

    pub fn end(&mut self) -> Result<(), String> {
        self.end_row()?;
        self.complete_header(u64::MAX)
    }

    /// Whether merged cells matter to the header that was found.
    pub fn has_gaps(&self) -> bool {
        let gaps = |cells: &Cells| {
            let last = cells.last().map_or(0, |(column, _)| *column as usize + 1);
            cells.len() < last
        };
        self.header_rows > 1 || self.top.iter().any(|(_, cells)| gaps(cells))
    }

    /// A row of the header whose blank cells may be of a merged one: something is before them, and a name below.
    pub fn uncertain(&self) -> Option<u64> {
        let mut rows = self.top.iter();
        while let Some((number, cells)) = rows.next() {
            let blank = |column: &u32| cells.binary_search_by_key(column, |(column, _)| *column).is_err();
            let first = cells.first().map_or(u32::MAX, |(column, _)| *column);
            let mut below = rows.as_slice().iter().flat_map(|(_, cells)| cells).map(|(column, _)| column);
            if below.any(|column| *column > first && blank(column)) {
                return Some(*number);
            }
        }
        None
    }

    fn end_row(&mut self) -> Result<(), String> {
        let mut cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return Ok(());
        }
        cells.sort_by_key(|(column, _)| *column);
        let number = self.row;
        // Which of the two counts is nowhere said, and to take one would be to drop the other.
        if let Some(column) = cells.windows(2).find_map(|pair| match pair {
            [(one, _), (two, _)] if one == two => Some(*one),
            _ => None,
        }) {
            return Err(format!("the cell {}{number} stands twice", letters(column)));
        }
        self.complete_header(number)?;
        if self.names.is_none() {
            self.above(number, cells);
            return Ok(());
        }
        self.out.blank += number.saturating_sub(self.told + 1);
        self.told = number;
        if self.is_comment(&cells) || self.is_header(&cells) {
            self.out.skipped += 1;
        } else {
            self.out.rows.push(SheetRow { number: i64::try_from(number).unwrap_or(i64::MAX), cells });
        }
        Ok(())
    }

    /// A row while the header is not complete.
    fn above(&mut self, number: u64, cells: Cells) {
        match self.header {
            Header::Line(line) if number < line => {}
            Header::First if self.top.is_empty() && self.is_comment(&cells) => {
                self.out.blank += number.saturating_sub(self.told + 1);
                self.out.skipped += 1;
                self.told = number;
            }
            _ => self.top.push((number, cells)),
        }
    }

    /// Whether `row` is behind the header; if so, the header has its names.
    fn complete_header(&mut self, row: u64) -> Result<(), String> {
        let first = match (self.header, self.top.first()) {
            (Header::Line(line), _) => line,
            (_, Some((first, _))) => *first,
            _ => return Ok(()),
        };
        if self.names.is_some() || row < first.saturating_add(self.header_rows) {
            return Ok(());
        }
        if self.top.is_empty() {
            if row == u64::MAX && self.row == 0 {
                return Ok(());
            }
            return Err(format!("row {first} is blank, and the header is said to be there"));
        }
        match self.header {
            Header::Line(_) => self.out.skipped += first - 1,
            _ => self.out.blank += first - 1 - self.told,
        }
        self.told = first + self.header_rows - 1;
        self.names = Some(self.join());
        Ok(())
    }

    /// Of every column, what the header's rows say from top to bottom.
    fn join(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (row, cells) in &self.top {
            for (column, value) in cells {
                let text = value.to_text();
                let words: Vec<&str> =
                    text.split(['\r', '\n', '\t']).map(trim).filter(|word| !word.is_empty()).collect();
                for column in *column..=self.last_merged(*row, *column) {
                    let column = column as usize;
                    if names.len() <= column {
                        names.resize(column + 1, String::new());
                    }
                    if let Some(name) = names.get_mut(column) {
                        if !name.is_empty() {
                            name.push(' ');
                        }
                        name.push_str(&words.join(" "));
                    }
                }
            }
        }
        names
    }

    /// The last column of a cell that is several.
    fn last_merged(&self, row: u64, column: u32) -> u32 {
        let here = |area: &&Dimensions| (u64::from(area.start.0) + 1, area.start.1) == (row, column);
        self.merged.iter().find(here).map_or(column, |area| area.end.1.clamp(column, 16_383.max(column)))
    }

    fn is_comment(&self, cells: &Cells) -> bool {
        cells.first().is_some_and(|(_, value)| match value {
            Value::Text(text) => self.comments.begin(text),
            value => self.comments.begin(&value.to_text()),
        })
    }

    /// Sheets that were pasted together have their header in the middle again.
    fn is_header(&self, cells: &Cells) -> bool {
        let [(_, top)] = self.top.as_slice() else { return false };
        top == cells
    }
}
