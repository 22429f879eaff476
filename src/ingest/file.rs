//! One input file from its bytes to its output.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::error::Error;
use super::feed::Feed;
use super::header::{self, Mapping};
use super::jsonl::Shape;
use super::lanes::{self, Reading};
use super::output::{Finished, Output};
use super::parquet_in::ParquetFile;
use super::read::{Raw, Text};
use super::records::{Records, Splitter};
use super::{Input, Progress};
use crate::diag::{Diagnostic, Diagnostics};
use crate::project::source::{Charset, Csv, Format, Header, Json, Source};

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
        self.spare.try_update(Ordering::Relaxed, Ordering::Relaxed, |spare| spare.checked_sub(1)).is_ok()
    }

    pub fn release(&self) {
        self.spare.fetch_add(1, Ordering::Relaxed);
    }
}

/// Where the records of a file go.
pub struct Target<'a> {
    /// Place of the file among the source's.
    pub number: i32,
    pub out: &'a Path,
    pub rejects: &'a Path,
}

pub fn read(source: &Source, input: &Input, target: &Target<'_>, context: &Context<'_>) -> Result<Done, Error> {
    let mut file = FileRead { source, input, target, context, warnings: Diagnostics::default(), extra: Vec::new() };
    // Readers of damaged binary files are not always as careful as their authors meant them to be.
    let result = catch_unwind(AssertUnwindSafe(|| match &source.format {
        Format::Csv(csv) => file.csv(csv),
        Format::JsonLines(json) => file.json(json),
        Format::Parquet => file.parquet(),
        Format::Fixed(_) | Format::Json(_) | Format::Workbook(_) => {
            Err(Error::Header { path: input.path.clone(), problem: "this format has no reader".to_owned() })
        }
    }));
    let finished = match result {
        Ok(result) => result?,
        Err(_) => return Err(Error::Panicked { path: input.path.clone() }),
    };
    if finished.ledger.rows_in == finished.ledger.blank {
        file.warn("S0351", "the file has no records".to_owned());
    }
    for (code, message) in finished.moved.warnings(source) {
        file.warn(code, message);
    }
    let FileRead { warnings, extra, .. } = file;
    Ok(Done { finished, warnings, extra })
}

struct FileRead<'a> {
    source: &'a Source,
    input: &'a Input,
    target: &'a Target<'a>,
    context: &'a Context<'a>,
    warnings: Diagnostics,
    extra: Vec<String>,
}

impl<'a> FileRead<'a> {
    fn warn(&mut self, code: &'static str, message: String) {
        self.warnings.push(Diagnostic::warning(code, message).in_file(&self.input.path));
    }

    fn mapped(&mut self, mapping: &mut Mapping) {
        for column in std::mem::take(&mut mapping.absent) {
            self.warn("S0352", format!("the file has no column for `{column}`: it is NULL"));
        }
        self.extra = std::mem::take(&mut mapping.extra);
    }

    fn csv(&mut self, csv: &Csv) -> Result<Finished, Error> {
        let text = Text::open(self.input, encoding(csv.charset), self.context.progress)?;
        let (records, first) = Records::csv(text, csv)?;
        let mut mapping = match first {
            Some(first) if csv.header != Header::None => header::by_name(self.source, &self.input.path, &first)?,
            Some(first) => header::by_position(self.source, &self.input.path, first.len())?,
            None => Mapping { fields: vec![None; self.source.columns.len()], ..Mapping::default() },
        };
        self.mapped(&mut mapping);
        let (feed, output) = self.records(Feed::Text(Box::new(records)), &mapping.fields, &csv.null_words)?;
        output.finish(feed.finish()?)
    }

    fn json(&mut self, json: &Json) -> Result<Finished, Error> {
        let shape = Shape::new(&self.source.columns);
        let width = self.source.columns.len();
        let text = Text::open(self.input, encoding(json.charset), self.context.progress)?;
        let feed = Feed::Text(Box::new(Records::json(text, shape, width)));
        let fields: Vec<Option<usize>> = (0..width).map(Some).collect();
        let (feed, output) = self.records(feed, &fields, &json.null_words)?;
        if let Feed::Text(records) = &feed
            && let Splitter::Json(shape) = &records.splitter
            && output.ledger.rows_in > 0
        {
            for (column, _) in self.source.columns.iter().zip(&shape.seen).filter(|(_, seen)| !**seen) {
                self.warn("S0352", format!("no record of the file has `{}`: it is NULL", column.name));
            }
        }
        output.finish(feed.finish()?)
    }

    fn parquet(&mut self) -> Result<Finished, Error> {
        let sum = self.checksum()?;
        let mut reader = ParquetFile::open(self.input, self.source)?;
        let mut mapping = std::mem::take(&mut reader.mapping);
        self.mapped(&mut mapping);
        let (_, output) = self.records(Feed::Parquet(Box::new(reader)), &mapping.fields, &[])?;
        output.finish(sum)
    }

    /// Types and writes all records; what was read off, and what was written.
    fn records<'f>(
        &self,
        mut feed: Feed<'f>,
        fields: &[Option<usize>],
        null_words: &[String],
    ) -> Result<(Feed<'f>, Output<'a>), Error> {
        let first = feed.next()?;
        let reading = Reading { source: self.source, fields, null_words };
        let repetitive = lanes::repetitive(&reading, first.as_ref());
        let (mut output, encoder) = Output::create(self.source, &self.input.path, self.target, &repetitive)?;
        let feed = lanes::run(&reading, feed, first, &encoder, &mut output, self.context)?;
        Ok((feed, output))
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
