//! Words and tables on a terminal or in a log.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use arrow::array::RecordBatch;
use serde_json::json;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::arguments::{Global, LogFormat, Output, Rows};
use crate::diag::{Diagnostics, Severity};
use crate::run::{Class, Error};

/// What libraries have to say goes to stderr; it is theirs, so only warnings by default.
pub fn logging(global: &Global) {
    let filter = tracing_subscriber::EnvFilter::try_new(&global.log_level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours(global));
    let lines = match global.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // One level further libraries print what they read: statistics of files hold the least and the greatest value.
    tracing_subscriber::registry().with(lines.with_filter(filter).with_filter(LevelFilter::DEBUG)).init();
}

pub fn colours(global: &Global) -> bool {
    #[allow(clippy::disallowed_methods)]
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !global.no_color && !refused && std::io::stderr().is_terminal()
}

/// Prints to stdout; a reader that went away is no error.
pub fn out(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

pub fn diagnostics(global: &Global, found: &Diagnostics) {
    if global.log_format == LogFormat::Json {
        for item in found.iter() {
            let level = if item.severity == Severity::Error { "error" } else { "warn" };
            let line = json!({ "ts": crate::observe::machine::now(), "level": level, "event": "diagnostic", "code": item.code,
                "message": item.message, "location": item.location(), "help": item.help });
            eprintln!("{line}");
        }
        return;
    }
    let text = found.to_string();
    if !text.is_empty() {
        eprintln!("{}", if colours(global) { coloured(&text) } else { text });
    }
}

pub fn error(global: &Global, error: &Error) {
    diagnostics(global, &error.diagnostics);
    if global.log_format == LogFormat::Text && error.class == Class::Usage && error.diagnostics.errors() > 1 {
        eprintln!("\n{} errors", error.diagnostics.errors());
    }
}

fn coloured(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let style = match () {
            () if line.starts_with("error") => "\x1b[1;31m",
            () if line.starts_with("warning") => "\x1b[1;33m",
            () if line.starts_with("help") => "\x1b[36m",
            () if line.contains("| ") && line.trim_start_matches([' ', '|']).starts_with('^') => "\x1b[31m",
            () => "",
        };
        let _ = if style.is_empty() { writeln!(out, "{line}") } else { writeln!(out, "{style}{line}\x1b[0m") };
    }
    out.trim_end().to_owned()
}

/// Columns of texts, numbers to the right.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells =
            rows.iter().filter_map(|row| row.get(column)).map(String::as_str).chain(header.get(column).copied());
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let numeric: Vec<bool> = (0..header.len())
        .map(|column| {
            let mut cells = rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.is_empty()).peekable();
            cells.peek().is_some() && cells.all(|cell| cell.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
        })
        .collect();
    let mut out = String::new();
    let mut line = |cells: Vec<&str>| {
        let mut text = String::from("  ");
        for (column, cell) in cells.iter().enumerate() {
            let pad = " ".repeat(width(column).saturating_sub(cell.chars().count()));
            let right = numeric.get(column).copied().unwrap_or(false);
            let _ = if right { write!(text, "{pad}{cell}  ") } else { write!(text, "{cell}{pad}  ") };
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    line(header.to_vec());
    for row in rows {
        line(row.iter().map(String::as_str).collect());
    }
    out
}

/// Rows of a query to stdout.
pub fn rows(batches: &[RecordBatch], format: Rows, global: &Global) -> Result<(), Error> {
    let format = if global.output == Output::Json && format == Rows::Table { Rows::Json } else { format };
    let _ = std::io::stdout().lock().write_all(&written(batches, format)?);
    Ok(())
}

/// Rows in one of the formats.
pub fn written(batches: &[RecordBatch], format: Rows) -> Result<Vec<u8>, Error> {
    let failed = |error: arrow::error::ArrowError| {
        Error::engine(None, &crate::engine::Error::new("printing rows", error.into()))
    };
    let mut bytes: Vec<u8> = Vec::new();
    match format {
        Rows::Table => {
            let text = arrow::util::pretty::pretty_format_batches(batches).map_err(failed)?;
            bytes.extend_from_slice(format!("{text}\n").as_bytes());
        }
        Rows::Csv => {
            let mut writer = arrow::csv::WriterBuilder::new().with_header(true).build(&mut bytes);
            for batch in batches {
                writer.write(batch).map_err(failed)?;
            }
        }
        Rows::Json => {
            let mut writer = arrow::json::WriterBuilder::new()
                .with_explicit_nulls(true)
                .build::<_, arrow::json::writer::JsonArray>(&mut bytes);
            for batch in batches {
                writer.write(batch).map_err(failed)?;
            }
            writer.finish().map_err(failed)?;
            drop(writer);
            bytes.push(b'\n');
        }
        Rows::Parquet => {
            if let Some(first) = batches.first() {
                let written =
                    parquet::arrow::ArrowWriter::try_new(&mut bytes, first.schema(), None).and_then(|mut writer| {
                        for batch in batches {
                            writer.write(batch)?;
                        }
                        writer.close()
                    });
                written
                    .map_err(|error| Error::engine(None, &crate::engine::Error::new("printing rows", error.into())))?;
            }
        }
    }
    Ok(bytes)
}

/// `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `12.4 MB`.
pub fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

/// `0.2s`.
pub fn seconds(millis: u64) -> String {
    format!("{:.1}s", millis as f64 / 1000.0)
}
