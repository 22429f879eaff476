//! `septet explain`: why two records are one entity, or are not.

use std::fmt::Write as _;

use serde_json::json;

use super::arguments::{ExplainArguments, Global, Output};
use super::{End, load};
use crate::diag::Diagnostic;
use crate::names::{Name, nearest};
use crate::run::{self, Class, Error, Explained, MatchReport};

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
    let pair = arguments.left.as_deref().zip(arguments.right.as_deref());
    let records = pair.map(|(left, right)| Ok::<_, End>([record(left)?, record(right)?])).transpose()?;
    let checked = crate::engine::check(&project).await?;
    let options = super::run::options(global, &project, std::path::PathBuf::from("target"));
    let (report, explained) = run::explain(project, checked, &options, &stage, records).await?;
    match (global.output, pair.zip(explained)) {
        (Output::Json, Some((_, explained))) => println!("{}", as_json(&explained)),
        (Output::Json, None) => println!("{}", serde_json::to_value(&report).unwrap_or_default()),
        (Output::Text, Some(((left, right), explained))) => print!("{}", as_text(left, right, &explained)),
        (Output::Text, None) => print!("{}", chart(&report)),
    }
    Ok(End::Done)
}

/// What every level says, as bars: to the right for a match, to the left against one.
fn chart(report: &MatchReport) -> String {
    const WIDTH: usize = 24;
    let mut out = format!(
        "match {}: {} records, {} entities, the largest of {}; {} pairs to review, {} links refused, {} bridges\n",
        report.name, report.records, report.entities, report.largest, report.review, report.refused, report.bridges
    );
    let Some(likely) = &report.likely else { return out };
    if let Some(day) = likely.learned_on {
        let _ = writeln!(out, "weights of {day}; {} scores kept from then", likely.kept);
    }
    let _ = writeln!(
        out,
        "{} pairs compared; one pair of records in {:.0} is a match{}; learned in {} rounds, the last change {:.1e}\n",
        likely.pairs,
        1.0 / likely.lambda,
        likely.prior.as_ref().map_or(String::new(), |prior| format!(
            " by the {} pairs that rules find, said to be {} % of all",
            prior.pairs,
            prior.recall * 100.0
        )),
        likely.rounds,
        likely.change
    );
    for block in &likely.blocks {
        let large = if block.oversized == 0 {
            String::new()
        } else {
            format!(
                "; {} blocks are too large to be compared in full, the largest of {} records",
                block.oversized, block.largest
            )
        };
        let _ = writeln!(out, "  {:>12} pairs by {}{large}", block.pairs, block.keys.join(", "));
    }
    let most = likely.weights.iter().flat_map(|part| &part.levels).map(|level| level.bits.abs()).fold(1.0, f64::max);
    for part in &likely.weights {
        let learned = if part.learned { "" } else { "  (every block is made of it: nothing could be learned)" };
        let _ = writeln!(out, "\n  {}{learned}", part.comparison);
        for level in &part.levels {
            let length = (level.bits.abs() / most * WIDTH as f64).round() as usize;
            let bar = "█".repeat(length);
            let (left, right) = if level.bits < 0.0 { (bar.as_str(), "") } else { ("", bar.as_str()) };
            let _ = writeln!(
                out,
                "    {left:>WIDTH$}│{right:<WIDTH$} {:>+6.1}  {}  (m {:.4}, u {:.6})",
                level.bits, level.label, level.m, level.u
            );
        }
    }
    for truth in &likely.truth {
        let _ = writeln!(
            out,
            "{}  threshold {:<5}  precision {:.4}  recall {:.4}  F1 {:.4}",
            if truth.threshold <= 0.01 { "\nheld against the labels\n" } else { "" },
            truth.threshold,
            truth.precision,
            truth.recall,
            truth.f1
        );
    }
    out
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
