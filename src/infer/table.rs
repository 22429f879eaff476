//! What is known of a table once all of it was looked at.

use std::path::{Path, PathBuf};

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::moment::Formats;
use super::profile::Profile;
use super::sample::{Kind, Sample};
use super::{Fault, Request, naming, reading, structure, words, yaml};

/// Columns of a workbook that are looked at.
const WIDTH: usize = 256;
/// Rows of a workbook among which its header is looked for.
const MOST_ROWS: usize = 60;
/// Records of a Parquet file that are looked at: their types are known.
const RECORDS: usize = 200_000;

#[derive(Default)]
pub struct Table {
    /// What the file calls its columns.
    pub headers: Vec<String>,
    /// What other files call them.
    pub also: Vec<Vec<String>>,
    /// Not every file has the column.
    pub partial: Vec<bool>,
    /// Of each column, where the file states it.
    pub kinds: Vec<Option<String>>,
    pub profiles: Vec<Profile>,
    /// Of the format.
    pub options: Vec<(&'static str, String)>,
    pub remarks: Vec<String>,
    files: Vec<PathBuf>,
    /// Where the columns are in the files.
    places: Vec<usize>,
    /// Records of a file that are looked at.
    most: usize,
}

impl Table {
    /// Goes through all records, giving for each what it has in a column; until it is told to stop.
    pub fn each(&self, mut see: impl FnMut(&dyn Fn(usize) -> String) -> bool) -> Result<(), Fault> {
        let mut go_on = true;
        for file in &self.files {
            if !go_on {
                break;
            }
            reading::batches(file, |batch| {
                let columns = formatted(batch, &self.places);
                for row in 0..batch.num_rows() {
                    let value = |at: usize| columns.get(at).and_then(|it| it.text(row)).unwrap_or_default();
                    if go_on {
                        go_on = see(&value);
                    }
                }
                go_on
            })?;
        }
        Ok(())
    }

    fn profile(&mut self, formats: &Formats) -> Result<(), Fault> {
        self.profiles = self.headers.iter().map(|_| Profile::default()).collect();
        let (files, places) = (self.files.clone(), self.places.clone());
        for file in &files {
            let mut left = self.most;
            reading::batches(file, |batch| {
                for (profile, column) in self.profiles.iter_mut().zip(formatted(batch, &places)) {
                    for row in 0..batch.num_rows() {
                        profile.add(column.text(row).as_deref(), formats);
                    }
                }
                left = left.saturating_sub(batch.num_rows());
                left > 0
            })?;
        }
        Ok(())
    }
}

/// A column as texts.
struct Texts<'a> {
    array: &'a dyn Array,
    formatter: Option<ArrayFormatter<'a>>,
}

impl Texts<'_> {
    fn text(&self, row: usize) -> Option<String> {
        if self.array.is_null(row) {
            return None;
        }
        self.formatter.as_ref().map(|formatter| formatter.value(row).to_string())
    }
}

fn formatted<'a>(batch: &'a RecordBatch, places: &[usize]) -> Vec<Texts<'a>> {
    static OPTIONS: FormatOptions<'static> = FormatOptions::new();
    places
        .iter()
        .filter_map(|at| batch.columns().get(*at))
        .map(|array| Texts { array, formatter: ArrayFormatter::try_new(array, &OPTIONS).ok() })
        .collect()
}

/// CSV and JSON: all columns as texts, by ingest's own reader.
pub fn of_text(request: &Request, sample: &Sample, scratch: &Path, formats: &Formats) -> Result<Table, Fault> {
    let mut table = Table::default();
    let mut options = Vec::new();
    if let Some(encoding) = sample.encoding {
        options.push(format!("encoding: {}", encoding.to_ascii_lowercase()));
    }
    let kind = match &sample.kind {
        Kind::Csv(layout) => {
            of_layout(layout, &mut table);
            if layout.header {
                unite(&mut table, &sample.headers);
            }
            "csv"
        }
        Kind::Json(shape) => {
            table.headers.clone_from(&shape.columns);
            if !shape.records.is_empty() {
                table.options.push(("records", yaml::scalar(&shape.records)));
            }
            if !shape.arrays.is_empty() {
                let message = format!("Arrays are not read: {}.", shape.arrays.join(", "));
                table.remarks.push(message);
            }
            if shape.lines { "jsonl" } else { "json" }
        }
        Kind::Workbook | Kind::Parquet => "",
    };
    options.extend(table.options.iter().map(|(key, value)| format!("{key}: {value}")));
    read_as_texts(&mut table, request, sample, scratch, &format!("type: {kind}, {}", options.join(", ")))?;
    table.profile(formats)?;
    totals(&mut table)?;
    Ok(table)
}

fn of_layout(layout: &structure::Layout, table: &mut Table) {
    if layout.delimiter != "," {
        table.options.push((
            "delimiter",
            if layout.delimiter == "\t" { "tab".to_owned() } else { yaml::quoted(layout.delimiter) },
        ));
    }
    if !layout.header {
        table.options.push(("header", "false".to_owned()));
        table.remarks.push("No header was made out: columns are known by their positions.".to_owned());
    }
    if let Some(row) = layout.header_row {
        table.options.push(("header_row", row.to_string()));
    }
    let mut unnamed = 0;
    let mut twice: Vec<&str> = Vec::new();
    for (at, header) in layout.columns.iter().enumerate() {
        let before = layout.columns.iter().take(at).any(|other| other == header);
        if header.is_empty() {
            unnamed += 1;
        } else if before {
            twice.push(header);
        }
    }
    table.headers = layout
        .columns
        .iter()
        .filter(|header| !header.is_empty() && !twice.contains(&header.as_str()))
        .cloned()
        .collect();
    if unnamed > 0 {
        table.remarks.push(format!("{unnamed} columns have no header and are not read."));
    }
    if !twice.is_empty() {
        twice.sort_unstable();
        twice.dedup();
        table.remarks.push(format!("Headers that stand more than once are not read: {}.", twice.join(", ")));
    }
}

/// Columns that only further files have. One that is called the same as another which those files lack is that one
/// under another name.
fn unite(table: &mut Table, files: &[Vec<String>]) {
    let mut also: Vec<Vec<String>> = vec![Vec::new(); table.headers.len()];
    let known = table.headers.clone();
    for header in files.iter().skip(1).flatten().filter(|header| !header.is_empty()) {
        if known.contains(header) || table.headers.contains(header) || also.iter().flatten().any(|it| it == header) {
            continue;
        }
        let name = naming::name(header).map(|(name, _)| name);
        let same = table.headers.iter().position(|other| {
            naming::name(other).map(|(name, _)| name) == name
                && !files.iter().any(|file| file.contains(header) && file.contains(other))
        });
        match same.and_then(|at| also.get_mut(at)) {
            Some(also) => also.push(header.clone()),
            None => {
                table.headers.push(header.clone());
                also.push(Vec::new());
            }
        }
    }
    let lacks = |file: &Vec<String>, header: &String, also: &[String]| {
        !file.contains(header) && !also.iter().any(|other| file.contains(other))
    };
    table.partial = table
        .headers
        .iter()
        .zip(&also)
        .map(|(header, also)| files.iter().any(|file| lacks(file, header, also)))
        .collect();
    table.also = also;
}

fn read_as_texts(
    table: &mut Table,
    request: &Request,
    sample: &Sample,
    scratch: &Path,
    format: &str,
) -> Result<(), Fault> {
    let mut text = format!("  texts:\n    path: texts\n    format: {{ {format} }}\n    columns:\n");
    for (at, header) in table.headers.iter().enumerate() {
        let from: Vec<String> =
            std::iter::once(header).chain(table.also.get(at).into_iter().flatten()).cloned().collect();
        text.push_str(&format!("      c{at}: {{ from: {}, type: string, optional: true }}\n", yaml::list(&from)));
    }
    let read = reading::read(&reading::source(&text, &request.timezone)?, &sample.inputs, &scratch.join("texts"))?;
    table.files = read.files;
    table.places = (0..table.headers.len()).collect();
    table.kinds = vec![None; table.headers.len()];
    table.most = usize::MAX;
    Ok(())
}

/// Rows that sum up others begin with a word for it.
fn totals(table: &mut Table) -> Result<(), Fault> {
    let mut found: Vec<String> = Vec::new();
    table.each(|value| {
        let first = value(0);
        if let Some(word) = words::TOTALS.iter().find(|word| first.trim() == **word)
            && !found.iter().any(|known| known == word)
        {
            found.push((*word).to_owned());
        }
        true
    })?;
    if !found.is_empty() {
        found.sort();
        table.options.push(("comment", yaml::list(&found)));
    }
    Ok(())
}

/// A workbook's first sheet: first without a header, to find the row that is it.
pub fn of_workbook(request: &Request, sample: &Sample, scratch: &Path, formats: &Formats) -> Result<Table, Fault> {
    let mut plain = Table { headers: (1..=WIDTH).map(|position| position.to_string()).collect(), ..Table::default() };
    read_as_texts(&mut plain, request, sample, scratch, "type: xlsx, header: false")?;
    // Behind the columns stand the file and the row: blank rows are not among the records, and count all the same.
    plain.places.push(WIDTH + 1);
    let mut text: Vec<String> = Vec::new();
    plain.each(|value| {
        let row = value(WIDTH).parse::<usize>().unwrap_or(text.len() + 1);
        text.resize(row.saturating_sub(1).max(text.len()).min(MOST_ROWS), String::new());
        text.push(as_csv((0..WIDTH).map(value).collect()));
        text.len() < MOST_ROWS
    })?;
    let path = request.files.first().cloned().unwrap_or_default();
    let layout = structure::layout(&text.join("\n")).ok_or(Fault::NoTable { path })?;
    let mut table = Table::default();
    of_layout(&structure::Layout { delimiter: ",", ..layout }, &mut table);
    let options: Vec<String> = table.options.iter().map(|(key, value)| format!(", {key}: {value}")).collect();
    read_as_texts(&mut table, request, sample, scratch, &format!("type: xlsx{}", options.concat()))?;
    table.profile(formats)?;
    totals(&mut table)?;
    Ok(table)
}

fn as_csv(cells: Vec<String>) -> String {
    let filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1);
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\"").replace(['\r', '\n'], " "));
    cells.iter().take(filled).map(quoted).collect::<Vec<_>>().join(",")
}

/// Parquet states its types.
pub fn of_parquet(sample: &Sample, formats: &Formats) -> Result<Table, Fault> {
    let mut table = Table {
        files: sample.inputs.iter().map(|input| input.local.clone()).collect(),
        most: RECORDS,
        ..Table::default()
    };
    let Some(first) = table.files.first().cloned() else { return Err(Fault::NoFiles) };
    let mut unread = Vec::new();
    for (at, field) in reading::schema(&first)?.fields().iter().enumerate() {
        match stated(field.data_type()) {
            Some(kind) => {
                table.headers.push(field.name().clone());
                table.kinds.push(kind);
                table.places.push(at);
            }
            None => unread.push(field.name().clone()),
        }
    }
    if !unread.is_empty() {
        table.remarks.push(format!("Columns of types that no mart can have are not read: {}.", unread.join(", ")));
    }
    table.profile(formats)?;
    Ok(table)
}

/// The type of a column; within, `None` for texts, which may be anything; without, for what has no type here.
fn stated(kind: &DataType) -> Option<Option<String>> {
    let text = |kind: &str| Some(Some(kind.to_owned()));
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(None),
        DataType::Dictionary(_, values) => stated(values),
        DataType::Boolean => text("boolean"),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => text("integer"),
        DataType::Int64 | DataType::UInt32 => text("bigint"),
        DataType::UInt64 => text("decimal(20,0)"),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => text("double"),
        DataType::Decimal128(precision, scale) if *scale >= 0 => Some(Some(format!("decimal({precision},{scale})"))),
        DataType::Date32 | DataType::Date64 => text("date"),
        DataType::Timestamp(..) => text("timestamp"),
        _ => None,
    }
}
