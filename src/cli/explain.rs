//! `septet explain`: why two records are one entity, or are not.

use std::fmt::Write as _;

use serde_json::json;

use super::arguments::{ExplainArguments, Global, Output};
use super::{End, load};
use crate::diag::Diagnostic;
use crate::names::{Name, nearest};
use crate::run::{self, Class, Error, Explained};

pub async fn explain(global: &Global, arguments: &ExplainArguments) -> Result<End, End> {
    let project = load::project(global, arguments.pipeline.as_deref())?;
    let known = || project.matching.keys().map(Name::as_str);
    let stage = match &arguments.stage {
        Some(name) => project.matching.values().find(|stage| stage.name.as_str() == name.as_str()),
        None => project.matching.values().next(),
    };
    let Some(stage) = stage.cloned() else {
        let name = arguments.stage.as_deref().unwrap_or_default();
        let message = match known().next() {
            None => format!("pipeline `{}` matches nothing", project.name),
            Some(_) => format!("there is no match `{name}`"),
        };
        let help = nearest(name, known()).map_or_else(
            || "declare a stage under `match:` (docs/matching.md)".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Error::new(Class::Usage, Diagnostic::error("S0447", message).help(help)).into());
    };
    let (left, right) = (record(&arguments.left)?, record(&arguments.right)?);
    let checked = crate::engine::check(&project).await?;
    let options = super::run::options(global, &project, std::path::PathBuf::from("target"));
    let explained = run::explain(project, checked, &options, &stage, [left, right]).await?;
    match global.output {
        Output::Json => println!("{}", as_json(&explained)),
        Output::Text => print!("{}", as_text(&arguments.left, &arguments.right, &explained)),
    }
    Ok(End::Done)
}

/// `system:id`.
fn record(text: &str) -> Result<(&str, &str), End> {
    text.split_once(':').ok_or_else(|| {
        let message = format!("`{text}` names no record");
        let help = "write `system:id`, such as `crm:C100001`: source_system and source_customer_id of the record";
        Error::new(Class::Usage, Diagnostic::error("S0446", message).help(help)).into()
    })
}

fn as_text(left: &str, right: &str, explained: &Explained) -> String {
    let mut out = format!("{left} and {right}\n\n");
    if explained.threshold.is_some() {
        let rows: Vec<[String; 5]> = explained
            .parts
            .iter()
            .map(|part| {
                let value = |at: usize| part.values.get(at).cloned().flatten().unwrap_or_else(|| "-".to_owned());
                let level = part.level.clone().unwrap_or_else(|| "unknown: no evidence".to_owned());
                [part.name.clone(), value(0), value(1), level, format!("{:+.2}", part.bits)]
            })
            .collect();
        let mut sum = explained.prior;
        let _ =
            writeln!(out, "  {:>8}  {:>8}  before anything is compared", format!("{sum:+.2}"), format!("{sum:+.2}"));
        for ([name, one, other, level, bits], part) in rows.iter().zip(&explained.parts) {
            sum += part.bits;
            let _ = writeln!(out, "  {bits:>8}  {:>8}  {name}: {level}  ({one} | {other})", format!("{sum:+.2}"));
        }
        let _ = writeln!(out, "\n  probability {:.6} ({:+.2} bits)", explained.probability, explained.bits);
    }
    if let Some(threshold) = explained.threshold {
        let _ = writeln!(out, "  threshold   {threshold}");
    }
    let [(key, rule), (other_key, other_rule)] = &explained.keys;
    if key == other_key {
        let _ = writeln!(out, "  one entity: {key}  ({left}: {rule}; {right}: {other_rule})");
    } else {
        let _ = writeln!(out, "  two entities: {key} ({rule}) and {other_key} ({other_rule})");
    }
    out
}

fn as_json(explained: &Explained) -> serde_json::Value {
    let parts: Vec<_> = explained
        .parts
        .iter()
        .map(|part| json!({ "comparison": part.name, "values": part.values, "level": part.level, "bits": part.bits }))
        .collect();
    let keys: Vec<_> =
        explained.keys.iter().map(|(key, rule)| json!({ "customer_key": key, "match_rule": rule })).collect();
    json!({
        "prior": explained.prior, "parts": parts, "bits": explained.bits, "probability": explained.probability,
        "threshold": explained.threshold, "records": keys,
    })
}
