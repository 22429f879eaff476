//! Why two records are one entity, or are not: what each comparison says, in bits.

use std::sync::Arc;

use arrow::array::AsArray;

use super::super::report::MatchReport;
use super::super::{Error, Ground, Observer, Options, Run, state_folder};
use super::learned::State;
use super::likely::part_name;
use super::records::Records;
use super::written::REPORT;
use crate::diag::Diagnostic;
use crate::engine::Checked;
use crate::matching::{NO_EVIDENCE, PartWeights, Scorer, Weights, probability};
use crate::names::{Layer, TableName};
use crate::project::{Matching, Project};
use crate::publish::Releases;
use crate::run::error::Class;
use crate::state::Slot;

/// A pair of records.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Bits before anything is compared: how rare a match is among all pairs.
    pub prior: f64,
    /// In the order of the comparisons.
    pub parts: Vec<ExplainedPart>,
    pub bits: f64,
    pub probability: f64,
    pub threshold: Option<f64>,
    /// The key of each record's entity and the rule that brought it in.
    pub keys: [(String, String); 2],
}

#[derive(Clone, Debug)]
pub struct ExplainedPart {
    pub name: String,
    /// What the two records have.
    pub values: [Option<String>; 2],
    /// The level that they reach; `None` where a value is not known.
    pub level: Option<String>,
    pub bits: f64,
}

/// What a stage learned, and what that says of a pair: from its last run, or anew where the inputs changed.
pub async fn explain(
    project: Arc<Project>,
    checked: Checked,
    options: &Options,
    stage: &Matching,
    pair: Option<[(&str, &str); 2]>,
) -> Result<(MatchReport, Option<Explained>), Error> {
    let state = state_folder(&project, options.state.as_ref(), &options.project_dir);
    let releases = Releases::open(&project.marts_root, &options.project_dir, &state)?;
    let work = releases.work(&options.run_id)?;
    let table = TableName::new(Layer::Match, stage.name.clone());
    let explained = async {
        let mut ground = Ground::look(project, options, releases, &state).await?;
        let (observer, cancelled): (Arc<Observer>, _) = (Arc::new(|_| {}), Arc::default());
        let planned = ground.settle(options, &checked, Some(&table), &observer, &cancelled).await?;
        let run = ground.start(planned, checked, options, &work, observer, cancelled)?;
        run.prepare().await?;
        let slot = run.slot(&table);
        let Some(report) = MatchReport::read(&slot.path.join(REPORT)) else {
            let diagnostic = Diagnostic::error("S0499", "the weights of the match are lost").help("please report this");
            return Err(Error::new(Class::Data, diagnostic));
        };
        let explained = match pair {
            Some(pair) => Some(run.explained(stage, pair, &report, &slot).await?),
            None => None,
        };
        Ok((report, explained))
    };
    let explained = explained.await;
    work.remove()?;
    explained
}

impl Run {
    async fn explained(
        &self,
        stage: &Matching,
        pair: [(&str, &str); 2],
        report: &MatchReport,
        slot: &Slot,
    ) -> Result<Explained, Error> {
        let records = self.match_records(stage).await?;
        let find = |(system, id): (&str, &str)| {
            records.find(system, id).ok_or_else(|| {
                let message = format!("match `{}` has no record `{id}` of system `{system}`", stage.name);
                let help = "records are named `system:id`, by source_system and source_customer_id";
                Error::new(Class::Usage, Diagnostic::error("S0446", message).help(help))
            })
        };
        let (a, b) = (find(pair[0])?, find(pair[1])?);
        let keys = [self.key_of(stage, &records, a).await?, self.key_of(stage, &records, b).await?];
        let mut explained =
            Explained { prior: 0.0, parts: Vec::new(), bits: 0.0, probability: 0.0, threshold: None, keys };
        let (Some(likely), Some(report)) = (&stage.likely, &report.likely) else { return Ok(explained) };
        let weights = Weights {
            lambda: report.lambda,
            parts: report
                .weights
                .iter()
                .map(|part| PartWeights {
                    m: part.levels.iter().map(|level| level.m).collect(),
                    u: part.levels.iter().map(|level| level.u).collect(),
                })
                .collect(),
        };
        // How frequent a value is counts, so all records are prepared.
        let (mut compared, _) = records.prepare(&likely.compare, &[], self.threads);
        if let Some(state) = likely.relearn.and_then(|_| State::read(&slot.path, likely)) {
            state.count_values(&mut compared);
        }
        let scorer = Scorer::new(&compared, &weights);
        let levels = compared.levels(a, b);
        let said = scorer.evidence(&levels, a, b);
        let bits = f64::from(scorer.bits(&levels, a, b));
        for ((part, level), bits) in compared.parts().iter().zip(levels).zip(said) {
            let of = |record| value(&records, likely, part, record);
            let label = part.comparison.levels.get(usize::from(level)).map_or("else", |level| &level.label);
            explained.parts.push(ExplainedPart {
                name: part_name(part),
                values: [of(a), of(b)],
                level: (level != NO_EVIDENCE).then(|| label.to_owned()),
                bits: f64::from(bits),
            });
        }
        explained.prior = weights.prior();
        explained.bits = bits;
        explained.probability = probability(bits);
        explained.threshold = Some(likely.threshold);
        Ok(explained)
    }

    /// The key of a record's entity, and the rule that brought it in.
    async fn key_of(&self, stage: &Matching, records: &Records, record: u32) -> Result<(String, String), Error> {
        let quoted = |text: &str| text.replace('\'', "''");
        let sql = format!(
            "select customer_key, match_rule from match.\"{}\" where source_system = '{}' and source_customer_id = '{}'",
            stage.name,
            quoted(records.system(record)),
            quoted(records.id(record))
        );
        let rows = self.engine_ok(self.engine.collect(&sql, "the entity of a record").await)?;
        let found = rows.iter().find(|batch| batch.num_rows() > 0).map(|batch| {
            let text = |column: usize| batch.column(column).as_string::<i32>().value(0).to_owned();
            (text(0), text(1))
        });
        Ok(found.unwrap_or_default())
    }
}

fn value(
    records: &Records,
    likely: &crate::project::matching::Likely,
    part: &crate::matching::Part<'_>,
    record: u32,
) -> Option<String> {
    let compare = likely.compare.iter().find(|compare| compare.name.as_str() == part.comparison.name)?;
    let column = match compare.columns.as_slice() {
        [one] => one,
        several => several.get(part.number)?,
    };
    records.text(records.place(column.as_str())?, record).map(str::to_owned)
}
