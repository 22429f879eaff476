//! One input file from its bytes to its output.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use arrow::array::BooleanArray;

use super::cell::Cell;
use super::chunk::Chunk;
use super::error::Error;
use super::header::{self, Mapping};
use super::jsonl::Shape;
use super::output::{Batch, Finished, Output};
use super::parquet_in::{Arrays, ParquetFile};
use super::read::{Raw, Text};
use super::records::{Records, Splitter};
use super::reject::{Reject, raw_text};
use super::typed::{Faults, Typed};
use super::{Input, Progress};
use crate::diag::{Diagnostic, Diagnostics};
use crate::project::source::{Charset, Csv, Format, Header, Json, Source};

/// From this size on, splitting and typing a file are worth a thread each.
const LARGE: u64 = 64 << 20;
/// Chunks on their way from one to the other.
const IN_FLIGHT: usize = 2;

/// What is known once a file is read.
pub struct Done {
    pub finished: Finished,
    pub warnings: Diagnostics,
    /// Headers that no column reads.
    pub extra: Vec<String>,
}

pub struct Context<'a> {
    pub progress: &'a Progress,
    pub cancelled: &'a AtomicBool,
    /// More than one thread is at hand.
    pub parallel: bool,
}

impl Context<'_> {
    fn check(&self) -> Result<(), Error> {
        if self.cancelled.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// `number` is the place of the file among the source's, `out` and `rejects` are where its records go.
pub fn read(
    source: &Source,
    input: &Input,
    number: i32,
    out: &Path,
    rejects: &Path,
    context: &Context<'_>,
) -> Result<Done, Error> {
    let output = Output::create(source, number, &input.path, out.to_owned(), rejects.to_owned())?;
    let mut file = FileRead { source, input, output, context, warnings: Diagnostics::default(), extra: Vec::new() };
    // Readers of damaged binary files are not always as careful as their authors meant them to be.
    let result = catch_unwind(AssertUnwindSafe(|| match &source.format {
        Format::Csv(csv) => file.csv(csv),
        Format::JsonLines(json) => file.json(json),
        Format::Parquet => file.parquet(),
        Format::Fixed(_) | Format::Json(_) | Format::Workbook(_) => {
            Err(Error::Header { path: input.path.clone(), problem: "this format has no reader".to_owned() })
        }
    }));
    let (bytes, sha256) = match result {
        Ok(result) => result?,
        Err(_) => return Err(Error::Panicked { path: input.path.clone() }),
    };
    if file.output.ledger.rows_in == file.output.ledger.blank {
        file.warn("S0351", "the file has no records".to_owned());
    }
    let FileRead { output, warnings, extra, .. } = file;
    Ok(Done { finished: output.finish(bytes, sha256)?, warnings, extra })
}

struct FileRead<'a> {
    source: &'a Source,
    input: &'a Input,
    output: Output<'a>,
    context: &'a Context<'a>,
    warnings: Diagnostics,
    extra: Vec<String>,
}

impl FileRead<'_> {
    fn warn(&mut self, code: &'static str, message: String) {
        self.warnings.push(Diagnostic::warning(code, message).in_file(&self.input.path));
    }

    fn mapped(&mut self, mapping: &mut Mapping) {
        for column in std::mem::take(&mut mapping.absent) {
            self.warn("S0352", format!("the file has no column for `{column}`: it is NULL"));
        }
        self.extra = std::mem::take(&mut mapping.extra);
    }

    fn csv(&mut self, csv: &Csv) -> Result<(u64, String), Error> {
        let text = Text::open(self.input, encoding(csv.charset), self.context.progress)?;
        let (mut records, first) = Records::csv(text, csv)?;
        let Some(first) = first else { return records.finish() };
        let mut mapping = if csv.header != Header::None {
            header::by_name(self.source, &self.input.path, &first)?
        } else {
            header::by_position(self.source, &self.input.path, first.len())?
        };
        self.mapped(&mut mapping);
        let mut typed = Typed::all(self.source, &csv.null_words)?;
        records = self.chunks(records, &mut typed, &mapping.fields)?;
        records.finish()
    }

    fn json(&mut self, json: &Json) -> Result<(u64, String), Error> {
        let shape = Shape::new(&self.source.columns);
        let width = self.source.columns.len();
        let text = Text::open(self.input, encoding(json.charset), self.context.progress)?;
        let records = Records::json(text, shape, width);
        let mut typed = Typed::all(self.source, &json.null_words)?;
        let fields: Vec<Option<usize>> = (0..width).map(Some).collect();
        let records = self.chunks(records, &mut typed, &fields)?;
        if let Splitter::Json(shape) = &records.splitter
            && self.output.ledger.rows_in > 0
        {
            for (column, _) in self.source.columns.iter().zip(&shape.seen).filter(|(_, seen)| !**seen) {
                self.warn("S0352", format!("no record of the file has `{}`: it is NULL", column.name));
            }
        }
        records.finish()
    }

    /// Types and writes chunk by chunk.
    fn chunks<'r>(
        &mut self,
        mut records: Records<'r>,
        typed: &mut [Typed<'_>],
        fields: &[Option<usize>],
    ) -> Result<Records<'r>, Error> {
        if !(self.context.parallel && self.input.size >= LARGE) {
            while let Some(chunk) = records.next()? {
                self.context.check()?;
                self.write(type_chunk(typed, fields, chunk))?;
            }
            return Ok(records);
        }
        thread::scope(|scope| {
            let (sender, receiver) = sync_channel::<Chunk>(IN_FLIGHT);
            let splitting = scope.spawn(move || {
                while let Some(chunk) = records.next()? {
                    // The other end is gone when it failed, and says why.
                    if sender.send(chunk).is_err() {
                        break;
                    }
                }
                Ok(records)
            });
            for chunk in receiver {
                self.context.check()?;
                self.write(type_chunk(typed, fields, chunk))?;
            }
            splitting.join().unwrap_or_else(|_| Err(Error::Panicked { path: self.input.path.clone() }))
        })
    }

    fn write(&mut self, batch: Batch) -> Result<(), Error> {
        let rows = self.output.write(batch)?;
        self.context.progress.rows.fetch_add(rows, Ordering::Relaxed);
        Ok(())
    }

    fn parquet(&mut self) -> Result<(u64, String), Error> {
        let sum = self.checksum()?;
        let mut reader = ParquetFile::open(self.input, self.source)?;
        let mut mapping = std::mem::take(&mut reader.mapping);
        self.mapped(&mut mapping);
        let mut typed = Typed::all(self.source, &[])?;
        while let Some(arrays) = reader.next()? {
            self.context.check()?;
            self.write(type_arrays(self.source, &mut typed, &arrays))?;
        }
        Ok(sum)
    }

    /// Parquet is not read front to back: its bytes are summed in a pass of their own.
    fn checksum(&self) -> Result<(u64, String), Error> {
        let mut raw = Raw::open(self.input, self.context.progress)?;
        let mut block = vec![0; 1 << 20];
        loop {
            self.context.check()?;
            match raw.read(&mut block) {
                Ok(0) => return raw.finish(self.input),
                Ok(_) => {}
                Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(Error::Read { path: self.input.path.clone(), cause }),
            }
        }
    }
}

pub fn encoding(charset: Charset) -> &'static encoding_rs::Encoding {
    match charset {
        Charset::Declared(encoding) => encoding,
        Charset::Auto => encoding_rs::UTF_8,
    }
}

fn type_chunk(typed: &mut [Typed<'_>], fields: &[Option<usize>], mut chunk: Chunk) -> Batch {
    let rows = chunk.rows.len();
    let mut faults = Faults::default();
    let columns = typed
        .iter_mut()
        .zip(fields)
        .map(|(column, field)| match field {
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
    rejects.append(&mut chunk.rejects);
    rejects.sort_by_key(|reject| reject.line);
    Batch { columns, lines, good, rejects, blank: chunk.blank }
}

fn type_arrays(source: &Source, typed: &mut [Typed<'_>], arrays: &Arrays) -> Batch {
    let mut faults = Faults::default();
    let columns = typed
        .iter_mut()
        .enumerate()
        .map(|(at, column)| column.build(arrays.rows, arrays.column(at).into_iter(), &mut faults))
        .collect();
    let lines: Vec<i64> = (arrays.first_row..).take(arrays.rows).collect();
    let (good, rejects) = rejected(typed, &faults, &lines, |row| raw_text(&arrays.raw(source, row)));
    Batch { columns, lines, good, rejects, blank: 0 }
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
