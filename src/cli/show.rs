//! `septet show`: a published table as it is, or a model as the project has it now.

use super::arguments::{Global, Rows, ShowArguments};
use super::{End, catalogue, load, printing, query};
use crate::diag::Diagnostic;
use crate::names::{Layer, Name, TableName, nearest};
use crate::run::{self, Class, Error};

pub async fn show(global: &Global, arguments: &ShowArguments) -> Result<End, End> {
    let project = load::project(global, arguments.pipeline.as_deref())?;
    let name = arguments.model.as_str();
    let (layer, limit) = (TableName::parse(name).map(|table| table.layer), arguments.limit);
    let published = match layer {
        Some(Layer::Marts) => name.strip_prefix("marts.").map(str::to_owned),
        Some(_) => None,
        None => Some(name.to_owned()),
    };
    let batches = if let Some(published) = published {
        if project.published(&published).is_none() {
            let known = project
                .marts
                .keys()
                .map(Name::as_str)
                .chain(project.core.values().map(|core| core.table.name.as_str()));
            let help = nearest(&published, known)
                .map_or_else(|| "`septet ls` lists the marts".to_owned(), |near| format!("did you mean `{near}`?"));
            let diagnostic = Diagnostic::error("S0154", format!("there is no mart `{published}`")).help(help);
            return Err(Error::new(Class::Usage, diagnostic).into());
        }
        let releases = catalogue::releases(global, &project)?;
        let commit = catalogue::release(&releases, None).await?;
        let scratch = std::env::temp_dir().join(format!("septet-show-{}", std::process::id()));
        let engine = catalogue::engine(global, &project, &commit, &scratch)?;
        catalogue::register(&engine, &releases, &commit, &scratch).await?;
        let order = project.published(&published).map(|table| table.grain.clone()).unwrap_or_default();
        let order: Vec<String> = order.iter().map(|column| format!("\"{column}\"")).collect();
        let sql = format!("select * from marts.\"{published}\" order by {} limit {limit}", order.join(", "));
        let rows = query::ask(&engine, &sql).await;
        let _ = std::fs::remove_dir_all(&scratch);
        rows?
    } else {
        let made = |table: &TableName| project.models.contains_key(table) || project.matched(table).is_some();
        let table = TableName::parse(name).filter(|table| made(table) || table.layer == Layer::Raw);
        let Some(table) = table else {
            let matched = project.matching.values().flat_map(|stage| stage.outputs().map(|(_, table)| table));
            let known = project.models.keys().cloned().chain(matched);
            let known: Vec<String> = known.map(|table| table.to_string()).collect();
            let help = nearest(name, known.iter().map(String::as_str))
                .map_or_else(|| "`septet ls` lists the models".to_owned(), |near| format!("did you mean `{near}`?"));
            return Err(Error::new(
                Class::Usage,
                Diagnostic::error("S0154", format!("there is no model `{name}`")).help(help),
            )
            .into());
        };
        let checked = crate::engine::check(&project).await?;
        let options = super::run::options(global, &project, std::path::PathBuf::from("target"));
        run::first_rows(project, checked, &options, &table, limit).await?
    };
    printing::rows(&batches, if limit == 0 { Rows::Table } else { arguments.format }, global)?;
    Ok(End::Done)
}
