//! `septet generate`.

use super::arguments::{GenerateArguments, Global};
use super::printing::{size, table, thousands};
use super::{End, printing};
use crate::diag::Diagnostic;
use crate::generate::{Options, generate as write};
use crate::run::{Class, Error};

pub fn generate(global: &Global, arguments: &GenerateArguments) -> Result<End, End> {
    let options = Options {
        customers: arguments.customers,
        lines: arguments.lines,
        seed: arguments.seed,
        out: global.project_dir.join(&arguments.out),
    };
    let quiet = global.quiet;
    let summary = write(&options, &mut |what, rows| {
        if !quiet {
            eprintln!("  {what}: {} rows", thousands(rows));
        }
    });
    let summary = summary.map_err(|error| {
        Error::new(
            Class::Usage,
            Diagnostic::error("S0160", error.to_string()).help("check the numbers and the folder given with `--out`"),
        )
    })?;
    let rows: Vec<Vec<String>> =
        summary.files.iter().map(|(path, rows, bytes)| vec![path.clone(), thousands(*rows), size(*bytes)]).collect();
    if !quiet {
        printing::out(&table(&["file", "rows", "size"], &rows));
    }
    Ok(End::Done)
}
