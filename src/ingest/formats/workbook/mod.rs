//! Workbooks: `.xlsx`, `.xlsb`, `.xls` and `.ods`.
//!
//! A thread of its own reads the sheet and is never more than a few batches ahead. Of `.xlsx` and `.xlsb` only the
//! texts that cells share are held in memory; `.xls` and `.ods` are held as a whole, and so are limited in size.
//! Values are those that were stored: a formula's is its last result, and without one it is an error of the cell; a
//! hidden row's counts like any other, a number is the shortest decimal that it stands for.

mod biff;
mod open;
mod rows;
mod value;

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

pub use rows::{Rows, SheetRow};
pub use value::Value;

use super::super::error::Error;
use super::super::guard::guard;
use crate::project::source::Workbook;
use open::Book;
use rows::Rower;

/// Rows in a batch.
const BATCH: usize = 4096;
/// Batches on their way.
const IN_FLIGHT: usize = 2;

/// The records of a sheet.
pub struct Sheet {
    path: String,
    /// What the header says, if there is one.
    pub header: Option<Vec<String>>,
    first: Option<Rows>,
    messages: Receiver<Message>,
    ended: bool,
}

enum Message {
    Header(Vec<String>),
    Rows(Rows),
    End(Result<(), Error>),
}

impl Sheet {
    pub fn open(path: &str, file: &Path, workbook: &Workbook) -> Result<Self, Error> {
        let (sender, messages) = sync_channel(IN_FLIGHT);
        let mut sheet = Self { path: path.to_owned(), header: None, first: None, messages, ended: false };
        let (path, file, workbook) = (path.to_owned(), file.to_owned(), workbook.clone());
        // When it panics, no end is ever told: that is noticed below.
        thread::spawn(move || {
            if let Some(result) = guard(|| read(&path, &file, &workbook, &sender)) {
                // The other end is gone when it failed, and says why.
                let _ = sender.send(Message::End(result));
            }
        });
        match sheet.receive()? {
            Some(Message::Header(header)) => sheet.header = Some(header),
            Some(Message::Rows(rows)) => sheet.first = Some(rows),
            _ => {}
        }
        Ok(sheet)
    }

    pub fn next(&mut self) -> Result<Option<Rows>, Error> {
        if let Some(rows) = self.first.take() {
            return Ok(Some(rows));
        }
        match self.receive()? {
            Some(Message::Rows(rows)) => Ok(Some(rows)),
            _ => Ok(None),
        }
    }

    fn receive(&mut self) -> Result<Option<Message>, Error> {
        if self.ended {
            return Ok(None);
        }
        match self.messages.recv() {
            Ok(Message::End(result)) => {
                self.ended = true;
                result.map(|()| None)
            }
            Ok(message) => Ok(Some(message)),
            Err(_) => {
                self.ended = true;
                Err(Error::Workbook { path: self.path.clone(), problem: "the reader failed on it".to_owned() })
            }
        }
    }
}

fn read(path: &str, file: &Path, workbook: &Workbook, sender: &SyncSender<Message>) -> Result<(), Error> {
    let mut book = Book::open(path, file)?;
    let name = book.sheet(&workbook.sheet)?;
    let failed = |problem: String| {
        let problem = format!("sheet `{name}`: {problem}");
        Error::Workbook { path: path.to_owned(), problem }
    };
    // Which cells are merged stands behind all cells; a look at the header says whether it matters.
    let mut top = Rower::new(workbook, Vec::new());
    book.cells(&name, &mut |position, value| {
        top.take(position, value).map_err(&failed)?;
        Ok(top.names.is_none())
    })?;
    if top.names.is_none() {
        top.end().map_err(&failed)?;
    }
    let merged = if top.has_gaps() { book.merged(&name)? } else { Some(Vec::new()) };
    if let (None, Some(row)) = (&merged, top.uncertain()) {
        let problem = format!(
            "row {row} has blank cells, and whether they are merged with those before them is known of `.xlsx` and `.xls` \
             alone"
        );
        return Err(Error::Header { path: path.to_owned(), problem });
    }
    let merged = merged.unwrap_or_default();
    let mut rower = Rower::new(workbook, merged);
    let mut told = false;
    // False when nobody listens any more.
    let mut tell = |rower: &mut Rower, least: usize| {
        if !told && let Some(names) = &rower.names {
            told = true;
            if sender.send(Message::Header(names.clone())).is_err() {
                return false;
            }
        }
        rower.out.rows.len() < least || sender.send(Message::Rows(std::mem::take(&mut rower.out))).is_ok()
    };
    book.cells(&name, &mut |position, value| {
        rower.take(position, value).map_err(&failed)?;
        Ok(tell(&mut rower, BATCH))
    })?;
    rower.end().map_err(failed)?;
    if !rower.out.is_empty() || rower.names.is_some() {
        tell(&mut rower, 0);
    }
    Ok(())
}
