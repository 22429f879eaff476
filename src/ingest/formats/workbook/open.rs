//! The kinds of workbooks behind one face.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use calamine::{Data, DataRef, Dimensions, Ods, Range, Reader, SheetType, Xls, XlsError, Xlsb, Xlsx, XlsxError};

use super::super::super::error::Error;
use super::super::super::read::archive;
use super::super::super::read::packing::Packing;
use super::biff::grid;
use super::value::Value;
use crate::project::source;

/// Of `.xls` and `.ods` and of the texts of other workbooks: what is held in memory is several times as much.
const MOST: u64 = 256 << 20;
/// Of all sheets of an `.xls` together: two that are full.
const MOST_CELLS: u64 = 2 * 65_536 * 256;

pub struct Book<'a> {
    path: &'a str,
    kind: Kind,
}

enum Kind {
    Xlsx(Box<Xlsx<BufReader<File>>>),
    Xlsb(Box<Xlsb<BufReader<File>>>),
    Xls(Box<Xls<BufReader<File>>>),
    Ods(Box<Ods<BufReader<File>>>),
}

/// Takes a cell; whether to go on.
type Take<'t> = dyn FnMut((u32, u32), Option<Value>) -> Result<bool, Error> + 't;

impl<'a> Book<'a> {
    pub fn open(path: &'a str, file: &Path) -> Result<Self, Error> {
        let read = |cause: io::Error| Error::Read { path: path.to_owned(), cause };
        let damaged = |problem: String| Error::Workbook { path: path.to_owned(), problem };
        let mut head = Vec::new();
        File::open(file).map_err(read)?.take(8).read_to_end(&mut head).map_err(read)?;
        let opened = || File::open(file).map(BufReader::new).map_err(read);
        let kind = match head.as_slice() {
            [b'P', b'K', ..] => {
                let names = sound_parts(path, file)?;
                let has = |wanted: &str| names.iter().any(|name| name == wanted || name.ends_with(wanted));
                if has("workbook.bin") {
                    Kind::Xlsb(Box::new(Xlsb::new(opened()?).map_err(|error| damaged(error.to_string()))?))
                } else if has("content.xml") {
                    Kind::Ods(Box::new(Ods::new(opened()?).map_err(|error| match error {
                        calamine::OdsError::Password => Error::WorkbookPassword { path: path.to_owned() },
                        error => damaged(error.to_string()),
                    })?))
                } else {
                    Kind::Xlsx(Box::new(Xlsx::new(opened()?).map_err(|error| damaged(error.to_string()))?))
                }
            }
            [0xD0, 0xCF, 0x11, 0xE0, ..] => {
                let small = fs::metadata(file).map_err(read)?.len() <= MOST;
                if !small || grid(file).is_some_and(|cells| cells > MOST_CELLS) {
                    return Err(Error::WorkbookTooLarge { path: path.to_owned() });
                }
                // A workbook of the new kind under a password is kept in a container of the old kind.
                if matches!(Xlsx::new(opened()?), Err(XlsxError::Password)) {
                    return Err(Error::WorkbookPassword { path: path.to_owned() });
                }
                Kind::Xls(Box::new(Xls::new(opened()?).map_err(|error| match error {
                    XlsError::Password => Error::WorkbookPassword { path: path.to_owned() },
                    error => damaged(error.to_string()),
                })?))
            }
            _ => return Err(Error::NotAWorkbook { path: path.to_owned() }),
        };
        Ok(Self { path, kind })
    }

    /// The name of the sheet that is meant.
    pub fn sheet(&self, wanted: &source::Sheet) -> Result<String, Error> {
        let sheets = match &self.kind {
            Kind::Xlsx(book) => book.sheets_metadata(),
            Kind::Xlsb(book) => book.sheets_metadata(),
            Kind::Xls(book) => book.sheets_metadata(),
            Kind::Ods(book) => book.sheets_metadata(),
        };
        let names: Vec<&str> =
            sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.as_str()).collect();
        let (name, number) = match wanted {
            source::Sheet::Name(name) => (name.clone(), None),
            source::Sheet::Number(number) => (number.to_string(), Some(*number)),
        };
        // A sheet may be called `2024`.
        let found = names.iter().find(|found| **found == name).or_else(|| names.get(number?.checked_sub(1)?));
        found.map(|found| (*found).to_owned()).ok_or_else(|| Error::NoSheet {
            path: self.path.to_owned(),
            sheet: name,
            found: names.iter().map(|name| (*name).to_owned()).collect(),
        })
    }

    /// Cells that are several; known of `.xlsx` and `.xls` alone.
    pub fn merged(&mut self, sheet: &str) -> Result<Option<Vec<Dimensions>>, Error> {
        match &mut self.kind {
            Kind::Xlsx(book) => {
                book.merge_cells_by_sheet_name(sheet).map(Some).map_err(|error| failed(self.path, &error))
            }
            Kind::Xls(book) => {
                book.merge_cells_by_sheet_name(sheet).map(Some).map_err(|error| failed(self.path, &error))
            }
            Kind::Xlsb(_) | Kind::Ods(_) => Ok(None),
        }
    }

    pub fn cells(&mut self, sheet: &str, take: &mut Take<'_>) -> Result<(), Error> {
        let path = self.path;
        match &mut self.kind {
            Kind::Xlsx(book) => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| failed(path, &error))?;
                while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|error| failed(path, &error))? {
                    // A result that is the empty text is stored as such.
                    let value = match (&cell.value, &cell.formula) {
                        (DataRef::Empty, Some(_)) => Some(Value::Uncalculated),
                        (value, _) => Value::of_ref(value),
                    };
                    if !take(cell.pos, value)? {
                        break;
                    }
                }
                Ok(())
            }
            Kind::Xlsb(book) => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| failed(path, &error))?;
                while let Some(cell) = cells.next_cell().map_err(|error| failed(path, &error))? {
                    let position = cell.get_position();
                    if !take(position, Value::of_ref(cell.get_value()))? {
                        break;
                    }
                }
                Ok(())
            }
            // Its formulas have results always.
            Kind::Xls(book) => each(&book.worksheet_range(sheet).map_err(|error| failed(path, &error))?, &[], take),
            Kind::Ods(book) => {
                let range = book.worksheet_range(sheet).map_err(|error| failed(path, &error))?;
                let formulas = book.worksheet_formula(sheet).map_err(|error| failed(path, &error))?;
                let empty = |at: &(u32, u32)| matches!(range.get_value(*at), None | Some(Data::Empty));
                let uncalculated: Vec<(u32, u32)> = positions(&formulas).filter(empty).collect();
                each(&range, &uncalculated, take)
            }
        }
    }
}

/// Where the cells of a range are that say something, from top to bottom.
fn positions<T: calamine::CellType>(range: &Range<T>) -> impl Iterator<Item = (u32, u32)> + '_ {
    let (top, left) = range.start().unwrap_or_default();
    let place = |from: u32, by: usize| from.saturating_add(u32::try_from(by).unwrap_or(u32::MAX));
    range.used_cells().map(move |(row, column, _)| (place(top, row), place(left, column)))
}

/// The cells of a range and, among them, those of formulas without a result.
fn each(range: &Range<Data>, uncalculated: &[(u32, u32)], take: &mut Take<'_>) -> Result<(), Error> {
    let mut uncalculated = uncalculated.iter().copied().peekable();
    for (position, (_, _, data)) in positions(range).zip(range.used_cells()) {
        while let Some(before) = uncalculated.next_if(|before| *before < position) {
            if !take(before, Some(Value::Uncalculated))? {
                return Ok(());
            }
        }
        if !take(position, Value::of(data))? {
            return Ok(());
        }
    }
    for position in uncalculated {
        if !take(position, Some(Value::Uncalculated))? {
            break;
        }
    }
    Ok(())
}

fn failed(path: &str, problem: &dyn std::fmt::Display) -> Error {
    Error::Workbook { path: path.to_owned(), problem: problem.to_string() }
}

/// Unpacks every part once, to see that it is whole and no bomb; their names.
fn sound_parts(path: &str, file: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for part in archive::parts(path, file)? {
        let size = part.drain(file).map_err(|cause| match cause {
            Some(cause) => Error::Packed { path: path.to_owned(), packing: Packing::Zip, cause },
            None => Error::Bomb { path: path.to_owned() },
        })?;
        // Sheets are read row by row; what is beside them is held, and so is all of an `.ods`.
        if size > MOST && !part.name.contains("worksheets/") {
            return Err(Error::WorkbookTooLarge { path: path.to_owned() });
        }
        names.push(part.name);
    }
    Ok(names)
}
