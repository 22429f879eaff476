//! How old things may be.

use super::Resolver;
use crate::column::ColumnType;
use crate::diag::Place;
use crate::names::nearest;
use crate::project::source::SourceColumn;
use crate::project::{Age, Ages, Freshness};
use crate::spec;

impl Resolver<'_> {
    /// Ages that can be held against one another.
    pub(super) fn ages(
        &mut self,
        of: &str,
        warn: Option<&str>,
        error: Option<&str>,
        at: &dyn Fn(&str) -> Place,
    ) -> Option<Ages> {
        let mut read = |key: &str, text: Option<&str>| {
            let age = text.map(Age::parse);
            if age == Some(None) {
                let message = format!("`{}` is not an age", text.unwrap_or_default());
                self.error("S0173", message, at(key), Some(format!("write {}", Age::EXPECTED)));
            }
            age
        };
        let (warn_after, error_after) = (read("warn_after", warn), read("error_after", error));
        match (warn_after, error_after) {
            (None, None) => {
                let help = Some("give it `warn_after`, `error_after` or both".to_owned());
                self.error("S0173", format!("the freshness of {of} has no age"), at(""), help);
                None
            }
            (Some(None), _) | (_, Some(None)) => None,
            (Some(Some(warn)), Some(Some(error))) if warn >= error => {
                let help = Some("warn earlier than you fail".to_owned());
                self.error(
                    "S0173",
                    format!("`warn_after` of {of} is not before `error_after`"),
                    at("warn_after"),
                    help,
                );
                None
            }
            (warn, error) => Some(Ages { warn_after: warn.flatten(), error_after: error.flatten() }),
        }
    }

    pub(super) fn source_freshness(
        &mut self,
        source: &str,
        yaml: &spec::Freshness,
        columns: &[SourceColumn],
    ) -> Option<Freshness> {
        let doc = self.doc;
        let at = |key: &str| doc.place(&["sources", source, "freshness", key]);
        let named = format!("source `{source}`");
        let ages = self.ages(&named, yaml.warn_after.as_deref(), yaml.error_after.as_deref(), &at);
        let mut column = None;
        if let Some(word) = &yaml.column {
            match columns.iter().find(|column| column.name.as_str() == word) {
                Some(found) if matches!(found.kind, ColumnType::Date | ColumnType::Timestamp) => {
                    column = Some(found.name.clone());
                }
                Some(found) => {
                    let message = format!("`{word}` of source `{source}` is {}, which has no age", found.kind);
                    let help = Some("name a date or time stamp column".to_owned());
                    self.error("S0179", message, at("column"), help);
                    return None;
                }
                None => {
                    let help = nearest(word, columns.iter().map(|column| column.name.as_str()))
                        .map(|near| format!("did you mean `{near}`?"));
                    self.error("S0179", format!("source `{source}` has no column `{word}`"), at("column"), help);
                    return None;
                }
            }
        }
        Some(Freshness { ages: ages?, column })
    }
}
