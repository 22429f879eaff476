//! Files as systems export them: encodings, line ends, compression, and rows in order of time without holding them all.

use std::fmt::{Display, Write as _};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use encoding_rs::GBK;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Error;

/// One row's values. CSV is written by hand because a row's columns may be put in another order or damaged on purpose.
#[derive(Default)]
pub(super) struct Fields {
    text: String,
    ends: Vec<usize>,
}

impl Fields {
    pub fn start(&mut self) -> &mut Self {
        self.text.clear();
        self.ends.clear();
        self
    }

    pub fn add(&mut self, value: impl Display) -> &mut Self {
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{value}");
        self.ends.push(self.text.len());
        self
    }

    pub fn maybe(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.add(value),
            None => self.add(""),
        }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, position: usize) -> &str {
        let start = if position == 0 { 0 } else { self.ends[position - 1] };
        &self.text[start..self.ends[position]]
    }

    /// The row as a line of CSV without its end: the columns in another order if told so, one value replaced.
    pub fn csv(&self, line: &mut String, moved: Option<&[usize]>, put: Option<(usize, &str)>) {
        for place in 0..self.len() {
            if place > 0 {
                line.push(',');
            }
            let position = moved.map_or(place, |moved| moved[place]);
            let value = match put {
                Some((at, value)) if at == position => value,
                _ => self.get(position),
            };
            if value.contains([',', '"', '\n']) {
                let _ = write!(line, "\"{}\"", value.replace('"', "\"\""));
            } else {
                line.push_str(value);
            }
        }
    }
}

enum Target {
    Plain(BufWriter<File>),
    Packed(Box<GzEncoder<BufWriter<File>>>),
}

impl Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.write_all(bytes),
            Self::Packed(file) => file.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(mut file) => file.flush(),
            Self::Packed(file) => file.finish()?.flush(),
        }
    }
}

/// One file. Rows are kept until they fill the buffer and then written in the order of their keys, so a small export is
/// sorted and a large one sorted in stretches.
pub(super) struct Sheet {
    path: PathBuf,
    name: String,
    target: Target,
    gbk: Option<Gbk>,
    end: &'static str,
    keys: Vec<(u64, usize, usize)>,
    held: String,
    bytes: Vec<u8>,
    rows: u64,
}

const HELD: usize = 3 << 20;

impl Sheet {
    /// A name that ends in `.gz` is compressed; a file of the CRM has its encoding and line ends.
    pub fn create(root: &Path, name: &str, header: &str, level: u32) -> Result<Self, Error> {
        let path = root.join(name);
        let failed = |source| Error::Write { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = BufWriter::new(File::create(&path).map_err(failed)?);
        let target = if name.ends_with(".gz") {
            Target::Packed(Box::new(GzEncoder::new(file, Compression::new(level))))
        } else {
            Target::Plain(file)
        };
        let crm = name.starts_with("crm/");
        let mut sheet = Self {
            path,
            name: name.to_owned(),
            target,
            gbk: crm.then(Gbk::new),
            end: if crm { "\r\n" } else { "\n" },
            keys: Vec::new(),
            held: String::new(),
            bytes: Vec::new(),
            rows: 0,
        };
        if !header.is_empty() {
            sheet.line(0, |line| line.push_str(header))?;
            sheet.write_held()?;
            sheet.rows = 0;
        }
        Ok(sheet)
    }

    pub fn row(&mut self, key: u64, fields: &Fields) -> Result<(), Error> {
        self.line(key, |line| fields.csv(line, None, None))
    }

    pub fn line(&mut self, key: u64, write: impl FnOnce(&mut String)) -> Result<(), Error> {
        let start = self.held.len();
        write(&mut self.held);
        self.held.push_str(self.end);
        self.keys.push((key, start, self.held.len()));
        self.rows += 1;
        if self.held.len() > HELD { self.write_held() } else { Ok(()) }
    }

    fn write_held(&mut self) -> Result<(), Error> {
        // The start breaks ties: rows of one moment stay as they came.
        self.keys.sort_unstable();
        self.bytes.clear();
        for (_, start, end) in self.keys.drain(..) {
            let line = &self.held[start..end];
            match &mut self.gbk {
                Some(gbk) => gbk.encode(line, &mut self.bytes),
                None => self.bytes.extend_from_slice(line.as_bytes()),
            }
        }
        self.held.clear();
        self.target.write(&self.bytes).map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    /// Name, rows without the header, bytes.
    pub fn finish(mut self) -> Result<(String, u64, u64), Error> {
        self.write_held()?;
        let failed = |source| Error::Write { path: self.path.clone(), source };
        self.target.finish().map_err(failed)?;
        let bytes = fs::metadata(&self.path).map_err(failed)?.len();
        Ok((self.name, self.rows, bytes))
    }
}

/// GBK through a table of what was met before: the encoder looks a character up slowly.
struct Gbk {
    known: Vec<[u8; 2]>,
}

impl Gbk {
    fn new() -> Self {
        Self { known: vec![[0, 0]; 1 << 16] }
    }

    fn encode(&mut self, text: &str, bytes: &mut Vec<u8>) {
        for letter in text.chars() {
            let code = letter as usize;
            if code < 128 {
                bytes.push(code as u8);
            } else if code < self.known.len() {
                if self.known[code] == [0, 0] {
                    let mut one = [0u8; 4];
                    let (found, _, _) = GBK.encode(letter.encode_utf8(&mut one));
                    self.known[code] = if let [first, second] = *found { [first, second] } else { [b'?', b'?'] };
                }
                bytes.extend_from_slice(&self.known[code]);
            }
        }
    }
}
