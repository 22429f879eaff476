//! The records of one file on as many threads as are free.
//!
//! Whoever comes takes the next records off the file, types and encodes them as a row group, and gives it back; row
//! groups are appended in the order of the file. Where one ends depends on the file alone, so the bytes that are
//! written do not depend on how many there were to do it.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};

use arrow::array::BooleanArray;

use super::Progress;
use super::cell::Cell;
use super::chunk::Chunk;
use super::error::Error;
use super::faults::Faults;
use super::feed::{Feed, Piece};
use super::file::Context;
use super::formats::parquet_in::Arrays;
use super::formats::workbook::{Rows, SheetRow, Value};
use super::output::{Batch, Encoded, Encoder, Output};
use super::records::on_line;
use super::reject::{Reason, Reject, raw_text};
use super::typed::Typed;
use crate::column::ColumnType;
use crate::project::notation::Notation;
use crate::project::source::Source;

/// What a row group takes: records, or bytes of text.
const GROUP_ROWS: usize = 128 * 1024;
const GROUP_BYTES: usize = 24 << 20;
/// Cells of a column that say whether its values repeat.
const SKETCH: usize = 4096;

/// How the fields of a file become the columns of its source.
pub struct Reading<'a> {
    pub source: &'a Source,
    /// For every column the field it is read from.
    pub fields: &'a [Option<usize>],
    pub null_words: &'a [String],
}

/// Of every column, whether a dictionary of its values pays, as far as the first records say.
pub fn repetitive(reading: &Reading<'_>, first: Option<&Piece>) -> Vec<bool> {
    let of = |field: &Option<usize>, kind: ColumnType| {
        let (Some(Piece::Chunk(chunk)), Some(field), ColumnType::String) = (first, field, kind) else { return true };
        let cells: Vec<&str> = chunk.column(*field).take(SKETCH).flatten().collect();
        let different: HashSet<&str> = cells.iter().copied().collect();
        different.len() * 2 <= cells.len().max(64)
    };
    reading.fields.iter().zip(&reading.source.columns).map(|(field, column)| of(field, column.kind)).collect()
}

/// Types and writes everything that the feed has, beginning with `first`.
pub fn run<'a>(
    reading: &Reading<'_>,
    feed: Feed<'a>,
    first: Option<Piece>,
    encoder: &Encoder<'_>,
    output: &mut Output<'_>,
    context: &Context<'_>,
) -> Result<Feed<'a>, Error> {
    let lanes = Lanes {
        reading,
        encoder,
        context,
        taking: Mutex::new(Taking { feed, first, next: 0, ended: false }),
        giving: Mutex::new(Giving { output, next: 0, waiting: BTreeMap::new(), failure: None }),
        appended: Condvar::new(),
        failed: AtomicBool::new(false),
    };
    thread::scope(|scope| lanes.work(scope));
    let Lanes { taking, giving, .. } = lanes;
    match giving.into_inner().unwrap_or_else(PoisonError::into_inner).failure {
        Some((_, error)) => Err(error),
        None => Ok(taking.into_inner().unwrap_or_else(PoisonError::into_inner).feed),
    }
}

struct Lanes<'l, 'a, 'o> {
    reading: &'l Reading<'l>,
    encoder: &'l Encoder<'l>,
    context: &'l Context<'l>,
    taking: Mutex<Taking<'a>>,
    giving: Mutex<Giving<'l, 'o>>,
    /// Said whenever a row group was appended, or will not be.
    appended: Condvar,
    failed: AtomicBool,
}

/// The end at which records are taken off.
struct Taking<'a> {
    feed: Feed<'a>,
    first: Option<Piece>,
    /// Number of the next row group.
    next: u64,
    ended: bool,
}

/// The end at which row groups are appended.
struct Giving<'l, 'o> {
    output: &'l mut Output<'o>,
    next: u64,
    waiting: BTreeMap<u64, Encoded>,
    /// The first in the order of the file.
    failure: Option<(u64, Error)>,
}

impl Lanes<'_, '_, '_> {
    fn work<'s>(&'s self, scope: &'s Scope<'s, '_>) {
        let mut typed = Typed::all(self.reading.source, self.reading.null_words);
        loop {
            let (number, pieces, ended) = match self.take() {
                Ok(taken) => taken,
                Err((number, error)) => return self.fail(number, error),
            };
            if pieces.is_empty() {
                return;
            }
            // More is to come: somebody who has nothing to do can begin with it.
            if !ended && self.context.claim() {
                scope.spawn(move || {
                    self.work(scope);
                    self.context.release();
                });
            }
            match self.encode(&mut typed, pieces) {
                Ok(encoded) => self.give(number, encoded),
                Err(error) => return self.fail(number, error),
            }
        }
    }

    /// The pieces of the next row group; none at the end. Whether it is the last is known only when it is.
    fn take(&self) -> Result<(u64, Vec<Piece>, bool), (u64, Error)> {
        let mut taking = lock(&self.taking);
        let (mut pieces, mut rows, mut bytes) = (Vec::new(), 0, 0);
        let number = taking.next;
        while !taking.ended && rows < GROUP_ROWS && bytes < GROUP_BYTES {
            self.context.check().map_err(|error| (number, error))?;
            if self.failed.load(Ordering::Relaxed) {
                return Ok((number, Vec::new(), true));
            }
            let piece = match taking.first.take() {
                Some(first) => Some(first),
                None => taking.feed.next().map_err(|error| (number, error))?,
            };
            match piece {
                Some(piece) => {
                    rows += piece.rows();
                    bytes += piece.bytes();
                    pieces.push(piece);
                }
                None => taking.ended = true,
            }
        }
        taking.next += 1;
        Ok((number, pieces, taking.ended))
    }

    fn encode(&self, typed: &mut [Typed<'_>], pieces: Vec<Piece>) -> Result<Encoded, Error> {
        let mut group = self.encoder.group()?;
        for piece in pieces {
            self.context.check()?;
            let batch = match piece {
                Piece::Chunk(chunk) => type_chunk(typed, self.reading.fields, chunk),
                Piece::Arrays(arrays) => type_arrays(self.reading.source, typed, &arrays),
                Piece::Rows(rows) => type_rows(typed, self.reading.fields, rows),
            };
            let rows = group.add(batch)?;
            count(self.context.progress, rows);
        }
        group.close()
    }

    /// Appends what has its turn. Who is far ahead of it waits, so that little is held in memory.
    fn give(&self, number: u64, encoded: Encoded) {
        let mut giving = lock(&self.giving);
        giving.waiting.insert(number, encoded);
        while let Giving { next, .. } = *giving
            && let Some(encoded) = giving.waiting.remove(&next)
        {
            if let Err(error) = giving.output.append(encoded) {
                drop(giving);
                return self.fail(number, error);
            }
            giving.next += 1;
            self.appended.notify_all();
        }
        while giving.waiting.len() > self.context.threads && !self.failed.load(Ordering::Relaxed) {
            giving = self.appended.wait(giving).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn fail(&self, number: u64, error: Error) {
        let mut giving = lock(&self.giving);
        if giving.failure.as_ref().is_none_or(|(before, _)| number < *before) {
            giving.failure = Some((number, error));
        }
        self.failed.store(true, Ordering::Relaxed);
        self.appended.notify_all();
    }
}

/// A thread that panicked took its file down with it; what it held is not used again.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(progress: &Progress, rows: u64) {
    progress.rows.fetch_add(rows, Ordering::Relaxed);
}

fn type_chunk(typed: &mut [Typed<'_>], fields: &[Option<usize>], mut chunk: Chunk) -> Batch {
    let rows = chunk.rows.len();
    let mut faults = Faults::default();
    let columns = typed
        .iter_mut()
        .zip(fields)
        .map(|(column, field)| match field {
            // Read by declared formats, a number of JSON would be another one.
            Some(field) if chunk.json && matches!(column.column.notation, Notation::Numbers(_)) => {
                column.build(rows, chunk.numbers(*field), &mut faults)
            }
            Some(field) => {
                let cells = chunk.column(*field).map(|text| text.map_or(Cell::Null, Cell::Text));
                column.build(rows, cells, &mut faults)
            }
            None => column.build(rows, std::iter::repeat_n(Cell::Null, rows), &mut faults),
        })
        .collect();
    let lines: Vec<i64> = chunk.rows.iter().map(|row| row.line).collect();
    let raw = |row: usize| chunk.rows.get(row).and_then(|row| chunk.cell(row.raw)).map(raw_text).unwrap_or_default();
    let (good, mut rejects) = rejected(typed, &faults, &lines, raw);
    say_lines(&chunk, &mut rejects);
    rejects.append(&mut chunk.rejects);
    rejects.sort_by_key(|reject| reject.line);
    Batch { columns, lines, good, rejects, blank: chunk.blank, skipped: chunk.skipped, remarks: faults.remarks() }
}

/// Records of a document are known by their number; where they stand is said besides.
fn say_lines(chunk: &Chunk, rejects: &mut [Reject]) {
    let mut lines = chunk.rows.iter().map(|row| row.line).zip(&chunk.physical).peekable();
    for reject in rejects {
        while lines.next_if(|(number, _)| *number < reject.line).is_some() {}
        if let Some((_, line)) = lines.peek() {
            reject.expected = on_line(std::mem::take(&mut reject.expected), **line);
        }
    }
}

fn type_arrays(source: &Source, typed: &mut [Typed<'_>], arrays: &Arrays) -> Batch {
    let mut faults = Faults::default();
    for (row, column, reason) in &arrays.unsound {
        faults.add(*row, *column, *reason);
    }
    let columns = typed
        .iter_mut()
        .enumerate()
        .map(|(at, column)| column.build(arrays.rows, arrays.column(at).into_iter(), &mut faults))
        .collect();
    let lines: Vec<i64> = (arrays.first_row..).take(arrays.rows).collect();
    let (good, rejects) = rejected(typed, &faults, &lines, |row| raw_text(&arrays.raw(source, row)));
    Batch { columns, lines, good, rejects, blank: 0, skipped: 0, remarks: faults.remarks() }
}

fn type_rows(typed: &mut [Typed<'_>], fields: &[Option<usize>], rows: Rows) -> Batch {
    let Rows { mut rows, blank, skipped } = rows;
    // `#N/A` is no value of any type: its row is set aside before it is typed.
    let failed = |row: &SheetRow| {
        fields
            .iter()
            .zip(typed.iter())
            .find_map(|(field, column)| Some((column.column.name.to_string(), row.get((*field)?)?.fault()?)))
    };
    let mut set_aside = Vec::new();
    rows.retain(|row| {
        let Some((column, fault)) = failed(row) else { return true };
        let (reason, expected) = (Reason::CellError, format!("a value; the cell {fault}"));
        set_aside.push(Reject { line: row.number, column: Some(column), reason, expected, raw: raw_text(&row.raw()) });
        false
    });
    let mut faults = Faults::default();
    let columns = typed
        .iter_mut()
        .zip(fields)
        .map(|(column, field)| {
            let value = |row| field.and_then(|field| SheetRow::get(row, field));
            let cells: Vec<Cell<'_>> = rows.iter().map(|row| value(row).map_or(Cell::Null, Value::cell)).collect();
            column.build(rows.len(), cells.into_iter(), &mut faults)
        })
        .collect();
    let lines: Vec<i64> = rows.iter().map(|row| row.number).collect();
    let raw = |row: usize| rows.get(row).map(|row| raw_text(&row.raw())).unwrap_or_default();
    let (good, mut rejects) = rejected(typed, &faults, &lines, raw);
    rejects.append(&mut set_aside);
    rejects.sort_by_key(|reject| reject.line);
    Batch { columns, lines, good, rejects, blank, skipped, remarks: faults.remarks() }
}

fn rejected(
    typed: &[Typed<'_>],
    faults: &Faults,
    lines: &[i64],
    raw: impl Fn(usize) -> String,
) -> (Option<BooleanArray>, Vec<Reject>) {
    if faults.is_empty() {
        return (None, Vec::new());
    }
    let mut rejects = Vec::new();
    let mut good = Vec::with_capacity(lines.len());
    for (row, line) in lines.iter().enumerate() {
        let fault = faults.get(row).and_then(|(column, reason)| Some((typed.get(column)?, reason)));
        good.push(fault.is_none());
        if let Some((column, reason)) = fault {
            rejects.push(Reject {
                line: *line,
                column: Some(column.column.name.to_string()),
                reason,
                expected: column.expected(reason),
                raw: raw(row),
            });
        }
    }
    (Some(BooleanArray::from(good)), rejects)
}
