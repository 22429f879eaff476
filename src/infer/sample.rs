//! Files to as much of them as is looked at: known kind, known encoding, at most so many bytes.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Fault, json, structure};
use crate::ingest::{self, Input};

/// Bytes of text looked at, over all files.
const TEXT: usize = 64 << 20;
/// Of each file at least.
const LEAST: usize = 1 << 20;
/// Bytes from which the layout is told.
const HEAD: usize = 256 << 10;

/// What the files are and where what is looked at lies.
pub struct Sample {
    pub kind: Kind,
    /// Name of the text's encoding; none for binary files.
    pub encoding: Option<&'static str>,
    pub inputs: Vec<Input>,
    /// Not all of the files is looked at.
    pub cut: bool,
    /// Headers of each file of delimited text.
    pub headers: Vec<Vec<String>>,
}

pub enum Kind {
    Csv(structure::Layout),
    Json(json::Shape),
    Workbook,
    Parquet,
}

/// Ends in which a name says how the file is packed.
const PACKED: [&str; 4] = [".gz", ".zst", ".bz2", ".zip"];

/// What messages call a copy: the file it was made of, by a name that does not say that it is packed.
fn as_unpacked(path: &str) -> String {
    let packed = PACKED.iter().any(|end| path.to_ascii_lowercase().ends_with(end));
    if packed { format!("{path} (unpacked)") } else { path.to_owned() }
}

/// What a file is by its name, without what it is packed in.
fn extension(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let name = PACKED.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name).to_owned();
    name.rsplit_once('.').map(|(_, end)| end.to_owned()).unwrap_or_default()
}

/// Looks at files of the same kind. `encoding` is what somebody who knows says.
pub fn take(
    files: &[PathBuf],
    encoding: Option<&'static encoding_rs::Encoding>,
    scratch: &Path,
) -> Result<Sample, Fault> {
    let inputs: Vec<Input> = files.iter().map(|file| input(file)).collect::<Result<_, _>>()?;
    let Some(first) = files.first() else { return Err(Fault::NoFiles) };
    let binary = |kind| Sample { kind, encoding: None, inputs: inputs.clone(), cut: false, headers: Vec::new() };
    match extension(first).as_str() {
        "parquet" => return Ok(binary(Kind::Parquet)),
        "xlsx" | "xls" | "xlsb" | "xlsm" | "ods" => return Ok(binary(Kind::Workbook)),
        _ => {}
    }
    let share = (TEXT / files.len()).max(LEAST);
    let (mut cut, mut copies, mut head, mut headers) = (false, Vec::new(), None, Vec::new());
    for (number, original) in inputs.iter().enumerate() {
        let beginning = ingest::beginning(original, share)?;
        let encoding = encoding.unwrap_or_else(|| ingest::encoding_of(&beginning));
        if beginning.bytes.starts_with(b"PAR1") {
            return Ok(binary(Kind::Parquet));
        }
        let (text, whole) = head_of(&beginning, encoding);
        headers.push(structure::layout(&text).map(|layout| layout.columns).unwrap_or_default());
        if head.is_none() {
            head = Some((text, whole, encoding));
        }
        cut |= !beginning.whole;
        let copy = scratch.join(format!("{number}.txt"));
        let kept = if beginning.whole { beginning.bytes.len() } else { last_line_end(&beginning.bytes, encoding) };
        fs::write(&copy, beginning.bytes.get(..kept).unwrap_or_default())
            .map_err(|cause| Fault::Scratch { path: copy.clone(), cause })?;
        let size = kept as u64;
        copies.push(Input { path: as_unpacked(&original.path), local: copy, size });
    }
    let Some((text, whole, encoding)) = head else { return Err(Fault::NoFiles) };
    let kind = match json::shape(&text, whole) {
        Some(shape) => Kind::Json(shape),
        None if matches!(extension(first).as_str(), "json" | "jsonl" | "ndjson") => {
            return Err(Fault::NoTable { path: first.clone() });
        }
        None => Kind::Csv(structure::layout(&text).ok_or_else(|| Fault::NoTable { path: first.clone() })?),
    };
    // What is one document cannot be cut: it is read where it lies.
    let document = matches!(&kind, Kind::Json(shape) if !shape.lines);
    let (inputs, cut) = if document { (inputs, false) } else { (copies, cut) };
    Ok(Sample { kind, encoding: Some(encoding.name()), inputs, cut, headers })
}

/// The first lines as text, and whether they are all.
fn head_of(beginning: &ingest::Beginning, encoding: &'static encoding_rs::Encoding) -> (String, bool) {
    let bytes = beginning.bytes.get(..HEAD.min(beginning.bytes.len())).unwrap_or_default();
    let (text, _, _) = encoding.decode(bytes);
    let whole = beginning.whole && bytes.len() == beginning.bytes.len();
    // The last line may be cut off, in a character or in a word.
    let text = if whole { text.as_ref() } else { text.rsplit_once('\n').map_or(text.as_ref(), |(kept, _)| kept) };
    (text.to_owned(), whole)
}

fn input(file: &Path) -> Result<Input, Fault> {
    let size = fs::metadata(file).map_err(|cause| Fault::Unreadable { path: file.to_owned(), cause })?.len();
    Ok(Input { path: file.display().to_string(), local: file.to_owned(), size })
}

/// Behind the last line end: a character has more than one byte in some encodings.
fn last_line_end(bytes: &[u8], encoding: &'static encoding_rs::Encoding) -> usize {
    let wide = encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE;
    let end = if wide {
        let line_end: [u8; 2] = if encoding == encoding_rs::UTF_16LE { [b'\n', 0] } else { [0, b'\n'] };
        bytes.chunks_exact(2).rposition(|unit| unit == line_end).map(|at| 2 * at + 2)
    } else {
        bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1)
    };
    end.unwrap_or(bytes.len())
}
