//! `septet init`.

use std::fs;
use std::path::Path;

use super::arguments::{Global, InitArguments, Preset};
use super::{End, printing};
use crate::diag::Diagnostic;
use crate::run::{Class, Error};
use crate::templates::Template;

pub fn init(global: &Global, arguments: &InitArguments) -> Result<End, End> {
    let folder = global.project_dir.join(&arguments.folder);
    if has_something(&folder)? {
        let message = format!("`{}` is not empty", folder.display());
        let problem = Diagnostic::error("S0435", message)
            .help("name a new folder; septet writes over nothing that somebody else may have written");
        return Err(Error::new(Class::Usage, problem).into());
    }
    let template = match arguments.from {
        Preset::Sample => Template::Sample,
        Preset::Salesforce => Template::Salesforce,
        Preset::Hubspot => Template::Hubspot,
        Preset::Shopify => Template::Shopify,
        Preset::CsvCn => Template::CsvCn,
    };
    let files = template.files()?;
    for file in &files {
        let path = folder.join(&file.path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, &file.text));
        made.map_err(|error| failed(&path, &error))?;
    }
    if !global.quiet {
        let shown = folder.display();
        let first = if template == Template::Sample { "septet generate --out testdata/crm" } else { "septet check" };
        printing::out(&format!(
            "{} files in {shown}; {shown}/README.md says where exports go\nnext: cd {shown} && {first} && septet run\n",
            files.len()
        ));
    }
    Ok(End::Done)
}

/// A folder that is not there yet has nothing.
fn has_something(folder: &Path) -> Result<bool, Error> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(folder, &error)),
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    let message = format!("`{}` cannot be written: {error}", path.display());
    Error::new(Class::Usage, Diagnostic::error("S0436", message).help("name a folder that you may write to"))
}
