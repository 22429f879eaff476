//! One input file from its bytes to its output.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::Progress;
use super::drift::{self, Extra, Headed};
use super::error::Error;
use super::feed::{Feed, Piece};
use super::formats::fixed::FixedWidth;
use super::formats::json::{Found, Shape};
use super::formats::parquet_in::ParquetFile;
use super::formats::workbook::Sheet;
use super::header::{self, Mapping};
use super::lanes::{self, Reading};
use super::output::{Finished, Output};
use super::part::Part;
use super::read::packing::Content;
use super::read::{Seekable, Text, checksum};
use super::records::{Records, Splitter};
use crate::diag::{Diagnostic, Diagnostics};
use crate::project::source::{Charset, Csv, Fixed, Format, Header, Json, Load, Source, Workbook};

/// What is known once a file is read.
pub struct Done {
    pub finished: Finished,
    pub warnings: Diagnostics,
}

pub struct Context<'a> {
    pub progress: &'a Progress,
    pub cancelled: &'a AtomicBool,
    /// How many there are.
    pub threads: usize,
    /// Threads that have no file of their own to read.
    pub spare: &'a AtomicUsize,
}

impl Context<'_> {
    pub fn check(&self) -> Result<(), Error> {
        if self.cancelled.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Takes a spare thread, if there is one.
    pub fn claim(&self) -> bool {
        self.spare.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |spare| spare.checked_sub(1)).is_ok()
    }

    pub fn release(&self) {
        self.spare.fetch_add(1, Ordering::Relaxed);
    }
}

/// Where the records of a file go.
pub struct Target<'a> {
    pub out: &'a Path,
    pub rejects: &'a Path,
}

impl Target<'_> {
    /// For a file that must be unpacked to be read.
    fn scratch(&self) -> PathBuf {
        self.out.with_extension("unpacked")
    }
}

pub fn read(source: &Source, part: &Part<'_>, target: &Target<'_>, context: &Context<'_>) -> Result<Done, Error> {
    let (warnings, notes) = (Diagnostics::default(), Vec::new());
    let mut file = FileRead { source, part, target, context, warnings, notes, headed: None, extra_at: Vec::new() };
    // Readers of damaged binary files are not always as careful as their authors meant them to be.
    let result = catch_unwind(AssertUnwindSafe(|| match &source.format {
        Format::Csv(csv) => file.csv(csv),
        Format::Fixed(fixed) => file.fixed(fixed),
        Format::JsonLines(json) | Format::Json(json) => file.json(json),
        Format::Parquet => file.parquet(),
        Format::Workbook(workbook) => file.workbook(workbook),
    }));
    let mut finished = match result {
        Ok(result) => result?,
        Err(_) => return Err(Error::Panicked { path: part.path.clone() }),
    };
    let ledger = &mut finished.ledger;
    if part.member.is_some() && part.first {
        ledger.sha256 = checksum(part.input, context)?.1;
    }
    ledger.notes = std::mem::take(&mut file.notes);
    ledger.headed = file.headed.take();
    ledger.currencies = finished.remarks.currencies.named(source);
    if ledger.rows_in == ledger.blank + ledger.skipped {
        file.warn("S0351", "the file has no records".to_owned());
    }
    for (code, message) in finished.remarks.warnings(source) {
        file.warn(code, message);
    }
    Ok(Done { finished, warnings: file.warnings })
}

struct FileRead<'a> {
    source: &'a Source,
    part: &'a Part<'a>,
    target: &'a Target<'a>,
    context: &'a Context<'a>,
    warnings: Diagnostics,
    notes: Vec<String>,
    headed: Option<Headed>,
    /// Fields of the columns that nothing reads.
    extra_at: Vec<usize>,
}

impl<'a> FileRead<'a> {
    fn warn(&mut self, code: &'static str, message: String) {
        self.warnings.push(Diagnostic::warning(code, message).in_file(&self.part.path));
    }

    /// Keeps what the header says, for when it is held against those of other files.
    fn mapped(&mut self, mapping: &mut Mapping) {
        let extra = std::mem::take(&mut mapping.extra);
        self.extra_at = extra.iter().map(|(at, _)| *at).collect();
        self.headed = Some(Headed {
            absent: std::mem::take(&mut mapping.absent),
            more: extra.len().saturating_sub(drift::NAMED),
            extra: extra.into_iter().take(drift::NAMED).map(|(_, name)| Extra { name, kind: None }).collect(),
            stored: Vec::new(),
        });
    }

    /// What the columns that nothing reads seem to hold.
    fn sample(&mut self, first: Option<&Piece>) {
        if let (Some(headed), Some(Piece::Chunk(chunk))) = (&mut self.headed, first) {
            for (extra, at) in headed.extra.iter_mut().zip(&self.extra_at) {
                extra.kind = drift::sampled(chunk, *at);
            }
        }
    }

    fn text(&mut self, charset: Charset) -> Result<Text<'a>, Error> {
        let text = Text::open(self.part, charset, self.context.progress)?;
        if charset == Charset::Auto {
            self.notes.push(format!("`encoding: auto` read it as {}", text.encoding.name().to_lowercase()));
        }
        Ok(text)
    }

    fn csv(&mut self, csv: &Csv) -> Result<Finished, Error> {
        let (records, first) = Records::csv(self.text(csv.charset)?, csv)?;
        let mut mapping = match first {
            Some(first) if csv.header != Header::None => header::by_name(self.source, &self.part.path, &first)?,
            Some(first) => header::by_position(self.source, &self.part.path, first.len())?,
            // Without so much as a header it is no table of which all rows are gone.
            None if csv.header != Header::None && self.source.load == Load::Snapshot => {
                return Err(Error::Header {
                    path: self.part.path.clone(),
                    problem: "the file is empty, and a snapshot says what there is".to_owned(),
                });
            }
            None => Mapping { fields: vec![None; self.source.columns.len()], ..Mapping::default() },
        };
        if csv.header != Header::None {
            self.mapped(&mut mapping);
        }
        let (feed, output) = self.records(Feed::Text(Box::new(records)), &mapping.fields, &csv.null_words)?;
        output.finish(feed.finish()?)
    }

    fn fixed(&mut self, fixed: &Fixed) -> Result<Finished, Error> {
        let splitter = FixedWidth::new(fixed, &self.source.columns);
        let records = Records::fixed(self.text(fixed.charset)?, splitter, fixed.first_row, self.source.columns.len())?;
        let (feed, output) = self.records(Feed::Text(Box::new(records)), &self.in_order(), &fixed.null_words)?;
        output.finish(feed.finish()?)
    }

    fn json(&mut self, json: &Json) -> Result<Finished, Error> {
        let shape = Shape::new(&self.source.columns);
        let width = self.source.columns.len();
        let text = self.text(json.charset)?;
        let records = match &self.source.format {
            Format::Json(_) => Records::json(text, shape, &json.records, width),
            _ => Records::json_lines(text, shape, width),
        };
        let (feed, output) = self.records(Feed::Text(Box::new(records)), &self.in_order(), &json.null_words)?;
        if let Feed::Text(records) = &feed {
            self.judge_json(&records.splitter, json, output.ledger.rows_in)?;
        }
        output.finish(feed.finish()?)
    }

    /// What only the whole file says.
    fn judge_json(&mut self, splitter: &Splitter, json: &Json, rows: u64) -> Result<(), Error> {
        let shape = match splitter {
            Splitter::JsonLines(shape) => shape,
            Splitter::Json(document) => {
                if document.found() != Found::Records && !document.is_untouched() {
                    return Err(Error::NoRecords {
                        path: self.part.path.clone(),
                        records: json.records.join("."),
                        arrays: document.arrays().to_vec(),
                    });
                }
                &document.shape
            }
            _ => return Ok(()),
        };
        if rows == 0 {
            return Ok(());
        }
        // A key that no record has may be one that these records leave out; one that has another's place was renamed.
        let mut headed = Headed::default();
        let unread = || shape.unread.names.iter().map(String::as_str);
        for (column, _) in self.source.columns.iter().zip(&shape.seen).filter(|(_, seen)| !**seen) {
            match column.from.iter().find_map(|from| drift::renamed(from, unread())) {
                Some(name) if !column.optional => {
                    headed.absent.push(column.name.to_string());
                    headed.extra.push(Extra { name: name.to_owned(), kind: None });
                }
                _ => self.warn("S0352", format!("no record of the file has `{}`: it is NULL", column.name)),
            }
        }
        self.headed = Some(headed);
        Ok(())
    }

    fn parquet(&mut self) -> Result<Finished, Error> {
        let mut file = Seekable::open(self.part, &self.target.scratch(), self.context)?;
        let found = file.content(&self.part.path)?;
        if !matches!(found, None | Some(Content::Parquet)) {
            return Err(Error::Misnamed { path: self.part.path.clone(), named: self.part.packing(), found });
        }
        let mut reader = ParquetFile::open(&self.part.path, &file.file, self.source)?;
        let mut mapping = std::mem::take(&mut reader.mapping);
        self.mapped(&mut mapping);
        if let Some(headed) = &mut self.headed {
            headed.stored = std::mem::take(&mut reader.stored);
        }
        let (_, output) = self.records(Feed::Parquet(Box::new(reader)), &mapping.fields, &[])?;
        output.finish(std::mem::take(&mut file.sum))
    }

    fn workbook(&mut self, workbook: &Workbook) -> Result<Finished, Error> {
        let mut file = Seekable::open(self.part, &self.target.scratch(), self.context)?;
        let sheet = Sheet::open(&self.part.path, &file.file, workbook)?;
        let mut mapping = match (workbook.header, &sheet.header) {
            (Header::None, _) => header::by_position(self.source, &self.part.path, self.positions())?,
            (_, Some(names)) => header::by_name(self.source, &self.part.path, names)?,
            (_, None) => Mapping { fields: vec![None; self.source.columns.len()], ..Mapping::default() },
        };
        if workbook.header != Header::None {
            self.mapped(&mut mapping);
        }
        let feed = Feed::Sheet(Box::new(sheet));
        let (_, output) = self.records(feed, &mapping.fields, &workbook.null_words)?;
        output.finish(std::mem::take(&mut file.sum))
    }

    /// How many columns a sheet must have for those that are declared by position.
    fn positions(&self) -> usize {
        let from = self.source.columns.iter().flat_map(|column| &column.from);
        from.filter_map(|position| position.parse().ok()).filter(|position| *position <= 16_384).max().unwrap_or(0)
    }

    /// The cells of a record are the columns of the source.
    fn in_order(&self) -> Vec<Option<usize>> {
        (0..self.source.columns.len()).map(Some).collect()
    }

    /// Types and writes all records; what was read off, and what was written.
    fn records<'f>(
        &mut self,
        mut feed: Feed<'f>,
        fields: &[Option<usize>],
        null_words: &[String],
    ) -> Result<(Feed<'f>, Output<'a>), Error> {
        let first = feed.next()?;
        self.sample(first.as_ref());
        let reading = Reading { source: self.source, fields, null_words };
        let repetitive = lanes::repetitive(&reading, first.as_ref());
        let (mut output, encoder) = Output::create(self.source, &self.part.path, self.target, &repetitive)?;
        let feed = lanes::run(&reading, feed, first, &encoder, &mut output, self.context)?;
        Ok((feed, output))
    }
}
