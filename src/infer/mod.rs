//! A file to the YAML of a source: what somebody would write who had read all of it.
//!
//! ```text
//! files ─ sample ─► structure, json ─ reading as texts ─► profile ─► column, keys ─► yaml ─ reading as proposed
//!                   layout            ingest's readers    a pass     types, key      text    what would be quarantined
//! ```
//!
//! Nothing of a record gets into the proposal but words that mean NULL or yes and no, and formats.

mod column;
mod fault;
mod json;
mod keys;
mod moment;
mod naming;
mod number;
mod personal;
mod profile;
mod reading;
mod sample;
mod structure;
mod table;
mod words;
mod yaml;

use std::path::{Path, PathBuf};

pub use fault::Fault;

use column::Proposal;
use moment::Formats;
use sample::{Kind, Sample};
use table::Table;
use yaml::Draft;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// Files of one kind, in the order of their paths.
    pub files: Vec<PathBuf>,
    /// Name of the source.
    pub name: String,
    /// Glob of the files below the raw storage.
    pub path: String,
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// IANA zone of times without an offset.
    pub timezone: String,
}

/// The YAML of a source. `scratch` is a folder for files of the command's own.
pub fn infer(request: &Request, scratch: &Path) -> Result<String, Fault> {
    let formats = Formats::new();
    let sample = sample::take(&request.files, request.encoding, scratch)?;
    let mut draft = Draft { name: request.name.clone(), path: request.path.clone(), ..Draft::default() };
    let table = match &sample.kind {
        Kind::Parquet => table::of_parquet(&sample, &formats)?,
        Kind::Workbook => table::of_workbook(request, &sample, scratch, &formats)?,
        Kind::Csv(_) | Kind::Json(_) => table::of_text(request, &sample, scratch, &formats)?,
    };
    describe(&mut draft, &sample, &table);
    columns(&mut draft, &table, &formats);
    key(&mut draft, &table)?;
    let text = settle(&mut draft, request, &sample, &table, scratch)?;
    Ok(text)
}

/// The format, and words that mean NULL wherever they stand.
fn describe(draft: &mut Draft, sample: &Sample, table: &Table) {
    draft.kind = match &sample.kind {
        Kind::Csv(_) => "csv",
        Kind::Json(shape) if shape.lines => "jsonl",
        Kind::Json(_) => "json",
        Kind::Workbook => "xlsx",
        Kind::Parquet => "parquet",
    };
    if let Some(encoding) = sample.encoding.filter(|encoding| *encoding != "UTF-8") {
        draft.options.push(("encoding", encoding.to_ascii_lowercase()));
    }
    draft.options.extend(table.options.iter().cloned());
    let mut words: Vec<String> = table.profiles.iter().flat_map(|profile| profile.null_words.keys().cloned()).collect();
    words.sort();
    words.dedup();
    if !words.is_empty() && !matches!(sample.kind, Kind::Parquet) {
        draft.options.push(("null_words", yaml::list(&words)));
    }
}

fn columns(draft: &mut Draft, table: &Table, formats: &Formats) {
    let names = naming::names(&table.headers);
    for (at, (((name, origin), header), (profile, kind))) in
        names.into_iter().zip(&table.headers).zip(table.profiles.iter().zip(&table.kinds)).enumerate()
    {
        let mut proposal = column::propose(&name, header, &draft.name, profile, formats);
        if let Some(kind) = kind {
            let same = proposal.kind == *kind;
            proposal = Proposal { kind: kind.clone(), formats: Vec::new(), null_words: Vec::new(), ..proposal };
            proposal.clean = proposal.clean.filter(|_| same);
            proposal.remarks.clear();
            proposal.other_numbers = None;
        }
        let mut remarks = Vec::new();
        match origin {
            naming::Origin::Header => {}
            naming::Origin::Sound => remarks.push("a name by its sound".to_owned()),
            naming::Origin::Position => remarks.push("the file has no name for it".to_owned()),
        }
        let from = std::iter::once(header).chain(table.also.get(at).into_iter().flatten()).cloned().collect();
        draft.columns.push(yaml::Column {
            name,
            from,
            optional: table.partial.get(at) == Some(&true),
            proposal,
            remarks,
        });
    }
    one_order_of_days(&mut draft.columns);
    if draft.kind == "csv" {
        one_notation(&mut draft.columns);
    }
    draft.amount = amount(&draft.columns);
}

/// The column that says what a record is worth: what was paid before what was asked, and nothing that is a part of it.
fn amount(columns: &[yaml::Column]) -> Option<String> {
    const PARTS: [&str; 7] = ["unit", "tax", "discount", "discounts", "shipping", "freight", "cost"];
    let words = |column: &yaml::Column| column.name.split('_').map(str::to_owned).collect::<Vec<_>>();
    let whole = columns
        .iter()
        .filter(|column| column.proposal.kind == "decimal(18,2)")
        .filter(|column| !words(column).iter().any(|word| PARTS.contains(&word.as_str())));
    let whole: Vec<&yaml::Column> = whole.collect();
    let named = |word: &str| whole.iter().find(|column| words(column).iter().any(|it| it == word));
    ["net", "paid", "total", "amount", "sales"].iter().find_map(|word| named(word)).map(|column| column.name.clone())
}

/// Where a column reads with the day or the month first and another of the same file only one way, the file is taken
/// to write all its days that way.
fn one_order_of_days(columns: &mut [yaml::Column]) {
    let month_first = |format: &str| format.starts_with("%m");
    let sure: Vec<bool> = columns
        .iter()
        .filter(|column| column.proposal.either.is_none())
        .filter_map(|column| column.proposal.formats.first())
        .filter(|format| {
            format.starts_with("%m/")
                || format.starts_with("%d/")
                || format.starts_with("%m-")
                || format.starts_with("%d-")
        })
        .map(|format| month_first(format))
        .collect();
    for column in columns {
        let Some((proposed, other)) = column.proposal.either.clone() else { continue };
        let agreed = sure.first().filter(|first| sure.iter().all(|it| it == *first)).copied();
        let remark = match agreed {
            Some(wanted) if month_first(&proposed) != wanted => {
                if let Some(format) = column.proposal.formats.first_mut() {
                    format.clone_from(&other);
                }
                format!("reads as {proposed} too; the file's other days are written this way")
            }
            Some(_) => format!("reads as {other} too; the file's other days are written this way"),
            None => format!("which is the month? every value reads as {other} too"),
        };
        column.proposal.remarks.push(remark);
    }
}

/// Where a column's numbers read with the point as the comma and the other way round, and other columns of the file
/// only one way, the file is taken to write all its numbers that way.
fn one_notation(columns: &mut [yaml::Column]) {
    const USUAL: &str = "1,234.56";
    const OTHER: &str = "1.234,56";
    let sure: Vec<&str> = columns.iter().filter_map(|column| column.proposal.notation).collect();
    let agreed = sure.first().filter(|first| sure.iter().all(|it| it == *first)).copied();
    for column in columns {
        let proposal = &mut column.proposal;
        let Some((kind, formats)) = proposal.other_numbers.take() else { continue };
        let remark = match agreed {
            Some(OTHER) => {
                (proposal.kind, proposal.formats) = (kind, formats);
                format!("reads as {USUAL} too; the file's other numbers are written this way")
            }
            Some(_) => format!("reads as {OTHER} too; the file's other numbers are written this way"),
            None => format!("which is the decimal point? every value reads as {OTHER} too"),
        };
        proposal.remarks.push(remark);
    }
}

fn key(draft: &mut Draft, table: &Table) -> Result<(), Fault> {
    let names: Vec<String> = draft.columns.iter().map(|column| column.name.clone()).collect();
    let complete: Vec<bool> = table.profiles.iter().map(profile::Profile::is_complete).collect();
    let latest = draft.columns.iter().find(|column| is_version(column)).map(|column| column.name.clone());
    let mut single: Vec<(u8, usize)> = names
        .iter()
        .enumerate()
        .filter_map(|(at, name)| keys::single(name, &draft.name).map(|rank| (rank, at)))
        .collect();
    single.sort_by_key(|(rank, _)| *rank);
    let named = |at: usize| names.get(at).cloned().unwrap_or_default();
    let unique = |at: usize| table.profiles.get(at).is_some_and(profile::Profile::is_unique);
    let mut alone = single.iter().filter(|(_, at)| unique(*at)).map(|(_, at)| *at);
    let mut found: Option<(Vec<String>, String)> = alone.next().map(|at| {
        let others: Vec<String> = alone.map(named).collect();
        let others = if others.is_empty() { String::new() } else { format!("; so does {}", others.join(", ")) };
        (vec![named(at)], format!("tells all records apart{others}"))
    });
    if found.is_none() {
        // The table's own number may stand for versions of a record, when something says which is the latest.
        let own = single.first().filter(|(rank, at)| *rank == 0 && complete.get(*at) == Some(&true));
        let own = own.filter(|_| latest.is_some()).map(|(_, at)| *at);
        let mut combinations = keys::Combinations::of(&names, &complete, own);
        table.each(|value| combinations.add(value))?;
        found = combinations.key().map(|key| {
            let remark = match key.repeats {
                0 if key.columns.len() == 1 => "tells all records apart".to_owned(),
                0 => "together tell all records apart".to_owned(),
                repeats => {
                    format!("{} the key of another: the latest counts", counted(repeats, "record has", "records have"))
                }
            };
            (key.columns.into_iter().map(named).collect(), remark)
        });
    }
    if let Some((columns, _)) = &found {
        for column in &mut draft.columns {
            column.proposal.required |= columns.contains(&column.name);
        }
        draft.order_by = latest.filter(|latest| !columns.contains(latest));
    }
    draft.key = found;
    Ok(())
}

/// The time of a record's last change.
fn is_version(column: &yaml::Column) -> bool {
    const CHANGED: [&str; 6] = ["updated", "modified", "changed", "modstamp", "synced", "lastmodified"];
    matches!(column.proposal.kind.as_str(), "timestamp" | "date")
        && column.name.split('_').any(|word| CHANGED.contains(&word))
}

/// Reads the files with what is proposed; what ingest would not take is proposed as text.
fn settle(
    draft: &mut Draft,
    request: &Request,
    sample: &Sample,
    table: &Table,
    scratch: &Path,
) -> Result<String, Fault> {
    let folder = scratch.join("proposed");
    let mut read = reading::read(&reading::source(&yaml::write(draft), &request.timezone)?, &sample.inputs, &folder)?;
    // A record tells of its first fault alone: what is behind it comes out once that is mended.
    while retract(&mut draft.columns, &read) {
        read = reading::read(&reading::source(&yaml::write(draft), &request.timezone)?, &sample.inputs, &folder)?;
    }
    let files = if request.files.len() == 1 { String::new() } else { format!(" in {} files", request.files.len()) };
    let part = if sample.cut { " from their beginning" } else { "" };
    let records = counted(read.records, "record", "records");
    draft.head.push(format!(
        "Proposed by `septet schema infer` from {records}{files}{part}. Look through it before it is committed."
    ));
    if read.quarantined > 0 {
        let bad = counted(read.quarantined, "record", "records");
        let limit = if profile::few(read.quarantined, read.records) { "" } else { ", more than `on_bad_row` allows" };
        draft.head.push(format!("{bad} would be quarantined{limit}."));
    }
    draft.head.extend(table.remarks.iter().cloned());
    Ok(yaml::write(draft))
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Makes texts of columns whose values ingest does not take for what they are proposed as; false when there are none.
/// A few values were known to be wrong; more of them are a form that ingest does not know.
fn retract(columns: &mut [yaml::Column], read: &reading::Read) -> bool {
    let mut retracted = false;
    for column in columns {
        let count = read.by_column.get(&column.name).copied().unwrap_or_default();
        let proposal = &mut column.proposal;
        if proposal.kind == "string" || count <= proposal.wrong || profile::few(count, read.records) {
            continue;
        }
        let remark = format!("as {} {} be quarantined", proposal.kind, counted(count, "record would", "records would"));
        *proposal = Proposal { class: proposal.class, required: proposal.required, ..Proposal::default() };
        proposal.kind = "string".to_owned();
        proposal.remarks.push(remark);
        retracted = true;
    }
    retracted
}
