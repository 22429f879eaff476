//! New projects: pipelines and SQL for what well-known systems export.
//!
//! What every pipeline shares (contracts, working models, marts) is compiled in from the repository's own files.

mod files;

use std::fmt::Write as _;

use crate::diag::{Diagnostics, SourceText};
use crate::spec::{Document, Format, Pipeline};

/// What a project can begin as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    Sample,
    Salesforce,
    Hubspot,
    Shopify,
    CsvCn,
}

/// A file of a new project, by its path in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub text: String,
}

/// How the presets name the files of a folder: packed or not, and no backup copies.
const ANY_CSV: &str = "{*.csv,*.csv.gz}";
const GITIGNORE: &str = "/target\n/raw/**\n!/raw/**/\n!/raw/**/header.csv\n/marts*\n*.store/\n";

impl Template {
    /// Every file of a new project. The error would be a fault of the template; a test sees that there is none.
    pub fn files(self) -> Result<Vec<File>, Diagnostics> {
        let own = match self {
            Self::Sample => files::SAMPLE,
            Self::Salesforce => files::SALESFORCE,
            Self::Hubspot => files::HUBSPOT,
            Self::Shopify => files::SHOPIFY,
            Self::CsvCn => files::CSV_CN,
        };
        let mut out = Vec::new();
        for (path, text) in own.iter().chain(files::SHARED) {
            out.push(File { path: within_project(path).to_owned(), text: (*text).to_owned() });
        }
        let pipeline = out.iter().find(|file| file.path.starts_with("pipelines/")).cloned();
        if let Some(file) = pipeline {
            let pipeline = Document::<Pipeline>::parse(&SourceText::new(file.path, file.text))?.value;
            if self != Self::Sample {
                out.extend(headers(&pipeline));
            }
            out.push(File { path: "README.md".to_owned(), text: readme(self, &pipeline) });
        }
        out.push(File { path: ".gitignore".to_owned(), text: GITIGNORE.to_owned() });
        Ok(out)
    }
}

/// `presets/shopify/sql/…` is `sql/…` of a project.
fn within_project(path: &str) -> &str {
    path.strip_prefix("presets/").and_then(|rest| rest.split_once('/')).map_or(path, |(_, rest)| rest)
}

/// A file with a header alone for every source, so that what a company does not have is empty rather than missing.
fn headers(pipeline: &Pipeline) -> Vec<File> {
    let mut out = Vec::new();
    for source in pipeline.sources.values() {
        if !matches!(source.format, Format::Csv { .. }) {
            continue;
        }
        let names: Vec<&str> = source
            .columns
            .iter()
            .filter(|(_, column)| !column.optional)
            .map(|(name, column)| {
                column.from.as_ref().and_then(|from| from.0.first()).map_or(name.as_str(), String::as_str)
            })
            .collect();
        let path = format!("raw/{}", source.path.replace(ANY_CSV, "header.csv"));
        out.push(File { path, text: format!("{}\n", names.join(",")) });
    }
    out
}

fn readme(template: Template, pipeline: &Pipeline) -> String {
    let mut text = format!("# {}\n\n{}\n\n", pipeline.name, pipeline.about.as_deref().unwrap_or_default().trim());
    if template == Template::Sample {
        text.push_str(
            "```sh\nseptet generate --out testdata/crm    # sample exports\nseptet run                            # → marts/current\n```\n\n\
             Then look around: `septet show tier_table`, `septet query \"select * from customer_profile limit 10\"`.\n\
             To use your own exports, change `storage.raw` and the sources in `pipelines/crm.yaml`.\n",
        );
        return text;
    }
    text.push_str(
        "```sh\nseptet check    # everything that can be known to be wrong without data\nseptet run      # raw → marts/current\n```\n\n\
         Put the files of the export here; several per folder are one table, the latest version of a record counts,\n\
         `.csv.gz` is read as well. `SEPTET_RAW` names another place, such as `s3://bucket/exports`.\n\n\
         | folder | what a record is known by | columns that must be there |\n|---|---|---|\n",
    );
    for source in pipeline.sources.values() {
        let key = source.key.as_ref().map(|key| key.0.join(", ")).unwrap_or_default();
        let required: Vec<String> = source
            .columns
            .iter()
            .filter(|(_, column)| column.required)
            .map(|(name, column)| match &column.from {
                Some(from) => from.0.iter().map(|from| format!("`{from}`")).collect::<Vec<_>>().join(" or "),
                None => format!("`{name}`"),
            })
            .collect();
        let folder = source.path.trim_end_matches(ANY_CSV).trim_end_matches('/');
        let _ = writeln!(text, "| `raw/{folder}` | {key} | {} |", required.join(", "));
    }
    text.push_str(
        "\nEvery folder begins with `header.csv`, a header alone: a table that you do not have stays empty. Where you expect\n\
         files, remove it, and a run without any fails instead.\n\n\
         First things to set in `pipelines/`: `timezone`, `currency`, the region of `clean: phone(…)`. Columns that\n\
         are not listed there are not read; `septet schema infer FILE` proposes the YAML of any file. How records become\n\
         customers, sales and so on stands in `sql/staging` and `sql/core`; `sql/work` and `sql/marts` are the same for\n\
         every system.\n",
    );
    text
}
