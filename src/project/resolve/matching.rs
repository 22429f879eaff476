//! `match:` of the pipeline.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Resolver;
use crate::diag::{Place, SourceText};
use crate::model;
use crate::names::{Layer, Name, TableName};
use crate::project::matching::{
    Block, BlockKey, Compare, EntityKeys, Facts, Likely, Matching, Output, Prior, Survival, Survivor,
};
use crate::spec::{self, StringOrList};

const THRESHOLD: f64 = 0.95;
const LARGEST_BLOCK: u32 = 5000;
/// What pairs are compared in is told apart in one byte for each part of a value, sixteen at once.
const PARTS: usize = 16;

impl Resolver<'_> {
    pub(super) fn matching(&mut self, text: &str, yaml: &spec::Match) -> Option<Matching> {
        let doc = self.doc;
        let place = doc.key_place(&["match", text]);
        let name = self.name(text, place.clone());
        let records = TableName::parse(&yaml.records).filter(|table| table.layer == Layer::Staging);
        if records.is_none() {
            self.error(
                "S0119",
                format!("`{}` is not a staging model", yaml.records),
                doc.place(&["match", text, "records"]),
                Some("write `staging.<model>`".to_owned()),
            );
        }
        let mut mentions = IndexMap::new();
        let exact = self.exact(text, &yaml.exact, &mut mentions);
        let never = yaml.never.iter();
        let never = never
            .filter_map(|word| self.mentioned(word, doc.place(&["match", text, "never", word]), &mut mentions))
            .collect();
        let likely = self.likely(text, yaml);
        let largest_entity = self.at_least_two(text, "largest_entity", yaml.largest_entity);
        let survive = self.survival(text, yaml.survive.as_ref(), &mut mentions);
        let decided = self.matched_file(text, "decisions", yaml.decisions.as_ref());
        Some(Matching {
            name: name?,
            records: records?,
            exact,
            likely,
            never,
            keys: match yaml.keys {
                None => EntityKeys::default(),
                Some(spec::Keys::Kept) => EntityKeys::Kept,
                Some(spec::Keys::Records) => EntityKeys::Records,
            },
            facts: match yaml.facts {
                None => Facts::default(),
                Some(spec::Facts::Rekeyed) => Facts::Rekeyed,
                Some(spec::Facts::Kept) => Facts::Kept,
            },
            facts_place: doc.place(&["match", text, "facts"]),
            largest_entity,
            decisions: yaml.decisions.clone(),
            decided,
            survive,
            place,
            mentions,
        })
    }

    /// No two stages give the same table.
    pub(super) fn match_tables(&mut self, stages: &IndexMap<Name, Matching>) {
        for stage in stages.values() {
            for output in Output::ALL {
                let Some(table) = output.table(&stage.name) else {
                    let message = format!("the match stage `{}` has too long a name for its tables", stage.name);
                    let help = format!("`match.{}{}` may have 63 letters", stage.name, output.suffix());
                    self.error("S0197", message, stage.place.clone(), Some(help));
                    break;
                };
                let other = stages.get(&table.name).filter(|_| output != Output::Links);
                if let Some(other) = other {
                    let message = format!("the match stages `{}` and `{}` both give `{table}`", stage.name, other.name);
                    self.error("S0197", message, other.place.clone(), Some("rename one of the two".to_owned()));
                }
            }
        }
    }

    fn mentioned(&mut self, word: &str, place: Place, mentions: &mut IndexMap<Name, Place>) -> Option<Name> {
        let name = self.name(word, place.clone())?;
        mentions.entry(name.clone()).or_insert(place);
        Some(name)
    }

    fn exact(&mut self, text: &str, yaml: &[StringOrList], mentions: &mut IndexMap<Name, Place>) -> Vec<Vec<Name>> {
        let mut exact: Vec<Vec<Name>> = Vec::with_capacity(yaml.len());
        for (index, StringOrList(rule)) in yaml.iter().enumerate() {
            let index = index.to_string();
            let at = |word: &str| self.doc.place(&["match", text, "exact", &index, word]);
            let (first, places): (Place, Vec<Place>) = (at(""), rule.iter().map(|word| at(word)).collect());
            if rule.is_empty() {
                let help = Some("name the columns that must be equal".to_owned());
                self.error("S0188", format!("an `exact` rule of match `{text}` names no column"), first, help);
                continue;
            }
            let names = rule.iter().zip(places);
            exact.push(names.filter_map(|(word, place)| self.mentioned(word, place, mentions)).collect());
        }
        exact
    }

    /// Records that are alike, when something is said of them.
    fn likely(&mut self, text: &str, yaml: &spec::Match) -> Option<Likely> {
        let doc = self.doc;
        let at = |key: &str| doc.place(&["match", text, key]);
        match (yaml.block.is_empty(), yaml.compare.is_empty()) {
            (false, false) => {}
            (true, true) => {
                let said = [
                    ("threshold", yaml.threshold.is_some()),
                    ("review", yaml.review.is_some()),
                    ("largest_block", yaml.largest_block.is_some()),
                    ("prior", yaml.prior.is_some()),
                    ("relearn", yaml.relearn.is_some()),
                    ("seed", yaml.seed.is_some()),
                    ("labels", yaml.labels.is_some()),
                ];
                if yaml.exact.is_empty() {
                    self.error(
                        "S0186",
                        format!("match `{text}` does not say which records are one entity"),
                        doc.key_place(&["match", text]),
                        Some("say `exact: [[email]]`, or `block` and `compare`; docs/matching.md has five lines to begin with".to_owned()),
                    );
                } else if let Some((key, _)) = said.iter().find(|(_, said)| *said) {
                    let message =
                        format!("`{key}` of match `{text}` says something of likely pairs, and none are looked for");
                    let help = "say `block` and `compare`, or leave it out";
                    self.error("S0187", message, at(key), Some(help.to_owned()));
                }
                return None;
            }
            (true, false) => {
                let message = format!("match `{text}` does not say which records are compared");
                let help = "say `block: [[email], [phone]]`: comparing all with all takes days";
                self.error("S0187", message, at("compare"), Some(help.to_owned()));
                return None;
            }
            (false, true) => {
                let message = format!("match `{text}` does not say what is compared");
                let help = "say `compare: { email: email }`, or `exact` where records that agree are one entity";
                self.error("S0187", message, at("block"), Some(help.to_owned()));
                return None;
            }
        }
        let block = self.blocks(text, &["block"], &yaml.block);
        let prior = yaml.prior.as_ref().map(|prior| self.prior(text, prior));
        let compare: Vec<Option<Compare>> =
            yaml.compare.iter().map(|(name, comparison)| self.compare(text, name, &comparison.0)).collect();
        let parts: usize = compare.iter().flatten().map(|compare| compare.kind.parts().len()).sum();
        if parts > PARTS {
            let message = format!("match `{text}` compares {parts} parts of values, {PARTS} are possible");
            let help = "leave out what says least; a person's name has two parts, everything else one";
            self.error("S0196", message, at("compare"), Some(help.to_owned()));
        }
        let threshold = yaml.threshold.unwrap_or(THRESHOLD);
        if !(0.5..1.0).contains(&threshold) {
            let message =
                format!("the threshold {threshold} of match `{text}` is not a probability from 0.5 to below 1");
            let help = "0.95 means that one of twenty such pairs may be wrong";
            self.error("S0193", message, at("threshold"), Some(help.to_owned()));
        }
        let between = |review: f64| review > 0.0 && review < threshold;
        if let Some(review) = yaml.review.filter(|review| !between(*review)) {
            let message =
                format!("`review` of match `{text}` is {review}, and not between 0 and the threshold {threshold}");
            let help = "pairs from `review` up to `threshold` are shown to people; 0.5 is a good start";
            self.error("S0193", message, at("review"), Some(help.to_owned()));
        }
        Some(Likely {
            block,
            compare: compare.into_iter().flatten().collect(),
            threshold,
            review: yaml.review,
            largest_block: self.at_least_two(text, "largest_block", yaml.largest_block).unwrap_or(LARGEST_BLOCK),
            prior,
            relearn: self.relearn(text, yaml.relearn),
            seed: yaml.seed.unwrap_or_default(),
            labels: yaml.labels.clone(),
            labelled: self.matched_file(text, "labels", yaml.labels.as_ref()),
        })
    }

    fn relearn(&mut self, text: &str, yaml: Option<spec::Relearn>) -> Option<f64> {
        let Some(spec::Relearn::Above(share)) = yaml else { return None };
        if !(share > 0.0 && share <= 0.5) {
            let message =
                format!("`relearn` of match `{text}` is {share}, which is not a share of records up to a half");
            let help = "0.05 learns again once one record of twenty is new, changed or gone; `always` in every run";
            let place = self.doc.place(&["match", text, "relearn"]);
            self.error("S0234", message, place, Some(help.to_owned()));
        }
        Some(share)
    }

    fn prior(&mut self, text: &str, yaml: &spec::Prior) -> Prior {
        let doc = self.doc;
        if !(yaml.recall > 0.0 && yaml.recall <= 1.0) {
            let message = format!("`recall` of match `{text}` is {}, which is not a share of matches", yaml.recall);
            let help = "above 0, to 1: 0.8 where the rules are thought to find four of five matches";
            let place = doc.place(&["match", text, "prior", "recall"]);
            self.error("S0230", message, place, Some(help.to_owned()));
        }
        if yaml.rules.is_empty() {
            let message = format!("`prior` of match `{text}` has no rules");
            let help = "say which records are certainly one entity, such as `rules: [[email], [id_card]]`";
            let place = doc.place(&["match", text, "prior", "rules"]);
            self.error("S0231", message, place, Some(help.to_owned()));
        }
        let rules = self.blocks(text, &["prior", "rules"], &yaml.rules);
        Prior { rules, recall: yaml.recall, place: doc.key_place(&["match", text, "prior"]) }
    }

    /// Lists of expressions, below a key of the stage.
    fn blocks(&mut self, text: &str, key: &[&str], yaml: &[StringOrList]) -> Vec<Block> {
        let what = if key == ["block"] { "a block" } else { "a rule of `prior`" };
        let mut blocks: Vec<Block> = Vec::with_capacity(yaml.len());
        for (index, StringOrList(written)) in yaml.iter().enumerate() {
            let first = yaml.iter().position(|other| other.0 == *written);
            let index = index.to_string();
            let place = self.doc.place(&[&["match", text], key, &[&index]].concat());
            if written.is_empty() || first.is_some_and(|first| first.to_string() != index) {
                let (problem, help) = match written.is_empty() {
                    true => {
                        ("names no column", "name columns or expressions in which records must agree to be compared")
                    }
                    false => ("stands there already", "leave it out: every pair counts once"),
                };
                let message = format!("{what} of match `{text}` {problem}");
                self.error("S0188", message, place, Some(help.to_owned()));
                continue;
            }
            let keys = written.iter().filter_map(|sql| {
                let place = self.doc.place(&[&["match", text], key, &[&index, sql]].concat());
                self.block_key(text, sql, place)
            });
            blocks.push(Block { keys: keys.collect(), place });
        }
        blocks
    }

    fn block_key(&mut self, text: &str, sql: &str, place: Place) -> Option<BlockKey> {
        let problem = match model::columns_of(sql) {
            Ok(columns) if columns.is_empty() => "it reads no column".to_owned(),
            Ok(columns) => {
                let columns: Option<Vec<Name>> =
                    columns.iter().map(|column| self.name(column, place.clone())).collect();
                return Some(BlockKey { sql: sql.to_owned(), columns: columns? });
            }
            Err(problem) => problem,
        };
        let message = format!("`{sql}` of match `{text}` is no expression over columns: {problem}");
        let help = "a column such as `email`, or an expression such as `left(postcode, 3)`";
        self.error("S0198", message, place, Some(help.to_owned()));
        None
    }

    fn at_least_two(&mut self, text: &str, key: &str, value: Option<u32>) -> Option<u32> {
        if let Some(few) = value.filter(|value| *value < 2) {
            let message = format!("`{key}` of match `{text}` is {few}: it takes two records to match");
            let place = self.doc.place(&["match", text, key]);
            self.error("S0193", message, place, Some("write at least 2, or leave it out".to_owned()));
        }
        value
    }

    fn matched_file(&mut self, text: &str, key: &str, path: Option<&String>) -> Option<Arc<SourceText>> {
        let reason = match self.matched.get(path?) {
            Some(Ok(file)) => return Some(Arc::clone(file)),
            Some(Err(reason)) => reason.as_str(),
            None => "it was not looked for",
        };
        let message = format!("the {key} of match `{text}` cannot be read: {reason}");
        let help = "its path is relative to the pipeline's file; docs/matching.md says what stands in it";
        self.error("S0195", message, self.doc.place(&["match", text, key]), Some(help.to_owned()));
        None
    }

    fn survival(&mut self, text: &str, yaml: Option<&spec::Survive>, mentions: &mut IndexMap<Name, Place>) -> Survival {
        let doc = self.doc;
        let Some(yaml) = yaml else { return Survival::default() };
        let at = |key: &str| doc.place(&["match", text, "survive", key]);
        if yaml.default.is_none() && yaml.columns.is_empty() {
            let help = "say `default: latest`, or which value each of the `columns` has";
            let message = format!("`survive` of match `{text}` does not say what survives");
            self.error("S0194", message, at(""), Some(help.to_owned()));
        }
        let changed = yaml.changed.as_ref().and_then(|word| self.mentioned(word, at("changed"), mentions));
        let made = yaml.made.as_ref().and_then(|word| self.mentioned(word, at("made"), mentions));
        let default = yaml.default.as_ref().map(|survivor| self.survivor(text, yaml, survivor, at("default")));
        let mut columns = IndexMap::with_capacity(yaml.columns.len());
        for (word, written) in &yaml.columns {
            let place = doc.key_place(&["match", text, "survive", "columns", word]);
            let survivor = self.survivor(text, yaml, written, place.clone());
            if matches!(word.as_str(), "source_system" | "source_customer_id") {
                let help = "`match.<name>_cell` says which record each value is from";
                let message = format!("`{word}` is of a record: an entity has none of its own");
                self.error("S0194", message, place, Some(help.to_owned()));
            } else if let Some(name) = self.mentioned(word, place, mentions) {
                columns.insert(name, survivor);
            }
        }
        Survival { default, columns, changed, made, place: Some(doc.key_place(&["match", text, "survive"])) }
    }

    fn survivor(&mut self, text: &str, yaml: &spec::Survive, written: &spec::Survivor, place: Place) -> Survivor {
        let unsaid = match written {
            spec::Survivor::Latest if yaml.changed.is_none() => {
                Some(("`latest` goes by a column", "say which: `changed: updated_at`"))
            }
            spec::Survivor::Earliest if yaml.made.is_none() => {
                Some(("`earliest` goes by a column", "say which: `made: created_at`"))
            }
            spec::Survivor::Priority(systems) if systems.is_empty() => {
                Some(("`priority` names no system", "name values of `source_system`, the one to trust most first"))
            }
            _ => None,
        };
        if let Some((problem, help)) = unsaid {
            let message = format!("`survive` of match `{text}`: {problem}");
            self.error("S0194", message, place.clone(), Some(help.to_owned()));
        }
        match written {
            spec::Survivor::Latest => Survivor::Latest,
            spec::Survivor::Earliest => Survivor::Earliest,
            spec::Survivor::MostFrequent => Survivor::MostFrequent,
            spec::Survivor::Longest => Survivor::Longest,
            spec::Survivor::Priority(systems) => Survivor::Priority(systems.clone()),
            spec::Survivor::Greatest(sql) => {
                if let Err(problem) = model::columns_of(sql) {
                    let message = format!("`{sql}` of match `{text}` is no expression over columns: {problem}");
                    let help = "such as `length(industry)`: the record for which it is greatest has the value";
                    self.error("S0198", message, place, Some(help.to_owned()));
                }
                Survivor::Greatest(sql.clone())
            }
        }
    }
}
