//! The `match:` stages: records in, one key per entity out.

mod before;
mod explaining;
mod learned;
mod likely;
mod records;
mod written;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::Datelike as _;

use super::report::{MatchReport, TruthReport};
use super::{Error, Event, Run};
use crate::diag::{Diagnostic, SourceText};
use crate::engine;
use crate::matching::{self, Cause, Constraints, Link, Member, Refusal, UNKNOWN, bits, entities, hashed, probability};
use crate::names::{Layer, Name, TableName};
use crate::project::{Matching, Output, Project};
use crate::publish::Commit;
use crate::run::error::Class;
use crate::state::{Cache, Hasher, Slot};
use before::Said;
use learned::State;
use likely::{Compare, Earlier, part_name};
use records::Records;
use written::{HISTORY, LINKS, Linked, PAST, REPORT, REVIEW, Uncertain};

pub use explaining::{Explained, ExplainedPart, explain};
pub(super) use learned::{About, Made};
pub(super) use written::LINKS as LINKS_FOLDER;

/// Where the tables of the base release have their matches from, while that is kept.
pub(super) fn learned_slot(
    project: &Project,
    base: Option<&Commit>,
    cache: &Cache,
    table: &TableName,
    run_id: &str,
) -> Option<Slot> {
    let mut slots = project.core.values().filter_map(|core| {
        let record = base?.marts.get(&core.table.name)?;
        let core = TableName::new(Layer::Core, core.name.clone());
        let inputs = super::untouched::known_inputs(cache, &core, &record.fingerprint, run_id)?;
        Some(super::slot(cache, table, inputs.get(table)?, run_id))
    });
    slots.find(Slot::is_whole)
}

/// Weights that change less from one round to the next have settled.
const CONVERGED: f64 = 1e-4;

impl Run {
    pub(super) async fn run_matches(&self) -> Result<Vec<MatchReport>, Error> {
        let mut reports = Vec::new();
        for stage in self.project.matching.values() {
            let table = TableName::new(Layer::Match, stage.name.clone());
            if !self.plan.reads(&self.project, &table) {
                continue;
            }
            let slot = self.slot(&table);
            if slot.is_whole() {
                reports.extend(MatchReport::read(&slot.path.join(REPORT)));
            } else {
                let report = self.run_match(stage, &slot).await?;
                (self.observer)(Event::Matched(&report));
                reports.push(report);
            }
            self.register_match(stage, &slot).await?;
        }
        Ok(reports)
    }

    async fn register_match(&self, stage: &Matching, slot: &Slot) -> Result<(), Error> {
        let columns = self.checked.columns.get(&stage.records).map(Vec::as_slice).unwrap_or_default();
        let with_records = self.plan.reads(&self.project, &stage.records);
        for (output, table) in stage.outputs() {
            let (folder, schema) = match output {
                Output::Golden | Output::Cell if !with_records => continue,
                Output::Links => (LINKS, engine::match_schema()),
                Output::History => (HISTORY, written::history_schema()),
                Output::Review => (REVIEW, written::review_schema()),
                Output::Past => (PAST, written::past_schema()),
                Output::Golden | Output::Cell => {
                    let sql = match output {
                        Output::Golden => engine::golden_sql(stage, columns),
                        _ => engine::cell_sql(stage, columns),
                    };
                    let failed = |error| engine::Error::new(format!("{table} could not be planned"), error);
                    let plan = self.engine.plan(&sql).await.map_err(failed);
                    self.engine_ok(plan.and_then(|plan| self.engine.register_view(&table, plan)))?;
                    continue;
                }
            };
            let paths = [format!("{}/", slot.path.join(folder).display())];
            let (layer, name) = (table.layer.as_str(), table.name.as_str());
            self.engine_ok(self.engine.register_files(layer, name, schema, None, &paths))?;
        }
        Ok(())
    }

    async fn run_match(&self, stage: &Matching, slot: &Slot) -> Result<MatchReport, Error> {
        let records = self.match_records(stage).await?;
        let before = self.before(stage, &records).await?;
        let decided = self.pairs(stage, stage.decided.as_deref(), "decisions", &records)?;
        let labels = stage.likely.as_ref().and_then(|likely| likely.labelled.as_deref());
        let labels = self.pairs(stage, labels, "labels", &records)?;
        let day = self.plan.as_of;
        let step = TableName::new(Layer::Match, stage.name.clone());
        let relearns = stage.likely.as_ref().is_some_and(|likely| likely.relearn.is_some());
        let last =
            learned_slot(&self.project, self.base.as_ref(), &self.cache, &step, &self.run_id).filter(|_| relearns);
        let own = self.plan.fingerprints.get(&step).cloned().unwrap_or_else(|| Hasher::new("none").finish());
        let made = self.plan.made.get(&step).cloned().unwrap_or(Made { own, from: None });
        // What the fingerprint does not name must not count.
        let named = |slot: &Slot| About::read(&slot.path).is_some_and(|about| made.from.as_ref() == Some(&about.id));
        let last = last.filter(named);
        let (slot, threads) = (slot.clone(), self.threads);
        let declared = stage;
        let stage = stage.clone();
        let work = move || -> Result<(MatchReport, Unmet), Error> {
            let unwritten = |error: std::io::Error| Error::io("matches could not be written", &error);
            let failed = |error: arrow::error::ArrowError| engine_error(error.into());
            let compare = |likely| {
                let state = last.as_ref().and_then(|slot| State::read(&slot.path, likely));
                likely::compare(&records, likely, &Earlier { state, made: made.clone(), day }, threads)
            };
            let compared = stage.likely.as_ref().map(compare).transpose()?;
            let found = Found::new(&records, &stage, compared, &decided);
            let (keys, changes) = found.keys(&records, &stage, &before.keys);
            let folder = slot.begin().map_err(unwritten)?;
            let linked = found.linked();
            let links = written::links(&records, &linked, &keys, &found.rules(&stage)).map_err(failed)?;
            written::write(folder, LINKS, &[links], engine::match_schema()).map_err(unwritten)?;
            let key_now = |system: &str, id: &str| {
                let linked = linked.get(records.find(system, id)? as usize)?;
                keys.get(linked.key as usize).cloned()
            };
            let fresh = found.compared.as_ref().and_then(|compared| compared.learned.as_ref());
            match (fresh, last.as_ref().and_then(|slot| Some((slot, About::read(&slot.path)?)))) {
                (Some(state), _) => state.write(folder).map_err(unwritten)?,
                (None, Some((slot, about))) => {
                    learned::carry(&slot.path, folder, &about, made.clone()).map_err(unwritten)?;
                }
                (None, None) => {}
            }
            let past = before::past(&before, day.with_day(1).unwrap_or(day), key_now);
            let past = written::past(&past).map_err(failed)?;
            written::write(folder, PAST, &[past], written::past_schema()).map_err(unwritten)?;
            let mut history = before.history;
            history.push(written::history(&changes, day).map_err(failed)?);
            written::write(folder, HISTORY, &history, written::history_schema()).map_err(unwritten)?;
            let uncertain = found.uncertain(&records, &stage, &decided);
            let review = written::review(&records, &uncertain).map_err(failed)?;
            written::write(folder, REVIEW, &[review], written::review_schema()).map_err(unwritten)?;
            let report = found.report(&records, &stage, &changes, uncertain.len(), &labels);
            let text = serde_json::to_vec(&report).map_err(std::io::Error::from).map_err(unwritten)?;
            std::fs::write(folder.join(REPORT), text).map_err(unwritten)?;
            slot.commit().map_err(unwritten)?;
            Ok((report, found.unmet(&decided)))
        };
        let broken = |_| {
            let diagnostic = Diagnostic::error("S0499", "matching broke off").help("please report this");
            Err(Error::new(Class::Data, diagnostic))
        };
        let (report, unmet) = tokio::task::spawn_blocking(work).await.unwrap_or_else(broken)?;
        self.warn_of_unmet(declared, &unmet);
        self.warn_of(&report);
        Ok(report)
    }

    /// Decisions that cannot hold with others, or with the rules of the stage.
    fn warn_of_unmet(&self, stage: &Matching, unmet: &Unmet) {
        const NAMED: usize = 10;
        let Some(file) = &stage.decided else { return };
        for (refusal, lines) in unmet {
            let why = match refusal {
                Refusal::Decided => "other decisions say that the two are different".to_owned(),
                Refusal::Never(column) => {
                    let column = stage.never.get(*column).map_or("", Name::as_str);
                    format!("`never` of {column} keeps the two apart")
                }
                Refusal::TooLarge => "the entity would be larger than `largest_entity`".to_owned(),
            };
            let mut places: Vec<String> = lines.iter().take(NAMED).map(usize::to_string).collect();
            if lines.len() > NAMED {
                places.push(format!("and {} more lines", lines.len() - NAMED));
            }
            let (name, path, places) = (&stage.name, file.path.display(), places.join(", "));
            self.warn(format!("{path}:{places}: `same` does not count in match `{name}`: {why}"));
        }
    }

    /// What a stage did that somebody may not expect.
    fn warn_of(&self, report: &MatchReport) {
        let name = &report.name;
        let Some(likely) = &report.likely else { return };
        for block in likely.blocks.iter().filter(|block| block.oversized > 0) {
            self.warn(format!(
                "match `{name}`: {} blocks by {} are larger than `largest_block`, the largest of {} records; there each record is \
                 compared with its nearest neighbours only",
                block.oversized,
                block.keys.join(", "),
                block.largest
            ));
        }
        for part in likely.weights.iter().filter(|part| !part.learned) {
            self.warn(format!(
                "match `{name}`: every block is made of {}: how often it agrees could not be learned",
                part.comparison
            ));
        }
        if likely.prior.as_ref().is_some_and(|prior| prior.pairs == 0) {
            self.warn(format!("match `{name}`: no two records agree in a rule of `prior`: matches count as very rare"));
        }
        if likely.change > CONVERGED {
            self.warn(format!("match `{name}`: the weights did not settle in {} rounds", likely.rounds));
        }
        if report.bridges > 0 {
            self.warn(format!(
                "match `{name}`: {} entities hang on a single link between records that are otherwise two groups; \
                 `never` or `largest_entity` can keep them apart",
                report.bridges
            ));
        }
    }

    /// Pairs that somebody wrote down.
    fn pairs(
        &self,
        stage: &Matching,
        file: Option<&SourceText>,
        what: &str,
        records: &Records,
    ) -> Result<Vec<Said>, Error> {
        let Some(file) = file else { return Ok(Vec::new()) };
        let pairs = before::pairs(&file.text, records).map_err(|(line, problem)| {
            let path = file.path.display();
            let place = if line > 0 { format!("{path}:{line}") } else { path.to_string() };
            let message = format!("{what} of match `{}`: {problem}", stage.name);
            let help =
                "the columns are left_system, left_id, right_system, right_id and decision (`same` or `different`)";
            Error::new(Class::Data, Diagnostic::error("S0445", message).in_file(&place).help(help))
        })?;
        if pairs.unknown > 0 {
            self.warn(format!("{}: {} lines name a record that is not there", file.path.display(), pairs.unknown));
        }
        if pairs.alone > 0 {
            self.warn(format!(
                "{}: {} lines name one record twice, which says nothing",
                file.path.display(),
                pairs.alone
            ));
        }
        Ok(pairs.rows)
    }
}

fn engine_error(error: datafusion::common::DataFusionError) -> Error {
    Error::engine(None, &engine::Error::new("matching", error))
}

/// Lines of decisions that are not followed, by why.
type Unmet = Vec<(Refusal, Vec<usize>)>;

/// Entities and what they came of.
struct Found {
    /// The smallest record of each record's entity.
    roots: Vec<u32>,
    entities: matching::Entities,
    compared: Option<Compare>,
}

impl Found {
    fn new(records: &Records, stage: &Matching, mut compared: Option<Compare>, decided: &[Said]) -> Self {
        let never = stage.never.iter().map(|column| records.numbers(&[column.as_str()])).collect();
        let different = decided.iter().filter(|said| !said.same).map(|said| (said.a, said.b)).collect();
        let constraints = Constraints { never, different, largest: stage.largest_entity };
        let mut links: Vec<Link> = exact(records, stage);
        let said = decided.iter().filter(|said| said.same);
        links.extend(said.map(|said| Link { a: said.a, b: said.b, cause: Cause::Decided, bits: f32::INFINITY }));
        links.extend(compared.iter_mut().flat_map(|compared| std::mem::take(&mut compared.links)));
        let mut entities = entities(records.count(), links, &constraints);
        let roots = (0..records.count()).map(|record| entities.root(record)).collect();
        Self { roots, entities, compared }
    }

    fn root(&self, record: u32) -> u32 {
        self.roots.get(record as usize).copied().unwrap_or(record)
    }

    /// Records by entity, in the order of their smallest.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut place: Vec<usize> = vec![usize::MAX; self.roots.len()];
        for (record, root) in self.roots.iter().enumerate() {
            let Some(at) = place.get_mut(*root as usize) else { continue };
            if *at == usize::MAX {
                *at = groups.len();
                groups.push(Vec::new());
            }
            if let Some(group) = groups.get_mut(*at) {
                group.push(record);
            }
        }
        groups
    }

    /// The key of each entity, in the order of [`Self::groups`], and which keys changed.
    fn keys(
        &self,
        records: &Records,
        stage: &Matching,
        before: &[Option<String>],
    ) -> (Vec<String>, Vec<matching::Change>) {
        let made = stage.survive.made.as_ref().and_then(|column| records.place(column.as_str()));
        let members: Vec<Member> = (0..records.count())
            .map(|record| Member {
                own: format!("{}-{}", records.system(record), records.id(record)),
                hash: hashed(hashed(0, records.system(record)), records.id(record)),
                made: made.and_then(|made| records.text(made, record)).map(str::to_owned),
                before: before.get(record as usize).cloned().flatten(),
            })
            .collect();
        matching::keys(&self.groups(), &members)
    }

    fn linked(&self) -> Vec<Linked> {
        let mut number = HashMap::new();
        for root in &self.roots {
            let next = u32::try_from(number.len()).unwrap_or(u32::MAX);
            number.entry(*root).or_insert(next);
        }
        let row = |(record, root): (u32, &u32)| {
            let by = self.entities.by.get(record as usize).copied().flatten();
            Linked {
                record,
                key: number.get(root).copied().unwrap_or(UNKNOWN),
                probability: by
                    .filter(|link| link.cause == Cause::Likely)
                    .map_or(1.0, |link| probability(f64::from(link.bits))),
                rule: match by.map(|link| link.cause) {
                    None => 0,
                    Some(Cause::Decided) => 1,
                    Some(Cause::Likely) => 2,
                    Some(Cause::Exact(rule)) => 3 + u32::from(rule),
                },
            }
        };
        (0u32..).zip(&self.roots).map(row).collect()
    }

    /// Names of the rules that [`Self::linked`] numbers.
    fn rules(&self, stage: &Matching) -> Vec<String> {
        let exact = stage.exact.iter().map(|columns| rule_name(columns));
        ["single", "decided", "alike"].map(str::to_owned).into_iter().chain(exact).collect()
    }

    /// Decisions that joined nothing.
    fn unmet(&self, decided: &[Said]) -> Unmet {
        let lines: BTreeMap<(u32, u32), usize> = decided.iter().map(|said| ((said.a, said.b), said.line)).collect();
        let mut unmet: BTreeMap<Refusal, Vec<usize>> = BTreeMap::new();
        for (link, refusal) in self.entities.refused.iter().filter(|(link, _)| link.cause == Cause::Decided) {
            unmet.entry(*refusal).or_default().extend(lines.get(&(link.a, link.b)));
        }
        unmet.values_mut().for_each(|lines| lines.sort_unstable());
        unmet.into_iter().collect()
    }

    /// Pairs that people should look at: alike, not enough, and not one entity by other links; and those that they
    /// decided and that are not one.
    fn uncertain(&self, records: &Records, stage: &Matching, decided: &[Said]) -> Vec<Uncertain> {
        let compared = self.compared.as_ref();
        let scorer = compared.map(|compared| matching::Scorer::new(&compared.compared, &compared.weights));
        let scored = compared.zip(scorer.as_ref());
        let decisions: BTreeMap<(u32, u32), bool> = decided.iter().map(|said| ((said.a, said.b), said.same)).collect();
        let refused = self.entities.refused.iter().map(|(link, _)| link).filter(|link| link.cause == Cause::Likely);
        let likely = compared.into_iter().flat_map(|compared| &compared.uncertain).chain(refused);
        let mut links: Vec<Link> = likely.copied().collect();
        // What somebody decided may be too unlike to be linked, or in no block together.
        let there: BTreeSet<(u32, u32)> = links.iter().map(|link| (link.a, link.b)).collect();
        links.extend(decisions.keys().filter(|pair| !there.contains(pair)).map(|(a, b)| {
            let bits = scored.map_or(0.0, |(compared, scorer)| scorer.bits(&compared.compared.levels(*a, *b), *a, *b));
            Link { a: *a, b: *b, cause: Cause::Decided, bits }
        }));
        links.retain(|link| self.root(link.a) != self.root(link.b));
        links.sort_by(|x, y| y.bits.total_cmp(&x.bits).then((x.a, x.b).cmp(&(y.a, y.b))));
        let alike = |link: &Link| {
            let Some((compared, scorer)) = scored else { return Vec::new() };
            let parts = compared.compared.parts();
            let levels = compared.compared.levels(link.a, link.b);
            let said = scorer.evidence(&levels, link.a, link.b);
            let mut said: Vec<(String, f32)> = parts
                .iter()
                .zip(levels)
                .zip(said)
                .filter(|((_, level), _)| *level != matching::NO_EVIDENCE)
                .map(|((part, level), bits)| {
                    let label = part.comparison.levels.get(usize::from(level)).map_or("else", |level| &level.label);
                    (format!("{}: {label} {bits:+.1}", part_name(part)), bits)
                })
                .collect();
            said.sort_by(|x, y| y.1.abs().total_cmp(&x.1.abs()).then_with(|| x.0.cmp(&y.0)));
            said.into_iter().map(|(text, _)| text).collect()
        };
        let evidence = |link: &Link| {
            let rules = stage.exact.iter().filter(|columns| agree(records, columns, link.a, link.b));
            rules.map(|columns| rule_name(columns)).chain(alike(link)).collect::<Vec<_>>().join("; ")
        };
        links
            .into_iter()
            .map(|link| Uncertain {
                a: link.a,
                b: link.b,
                probability: compared.map(|_| probability(f64::from(link.bits))),
                evidence: evidence(&link),
                decision: decisions.get(&(link.a, link.b)).map(|same| if *same { "same" } else { "different" }),
            })
            .collect()
    }

    fn report(
        &self,
        records: &Records,
        stage: &Matching,
        changes: &[matching::Change],
        review: usize,
        labels: &[Said],
    ) -> MatchReport {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let groups = self.groups();
        let mut systems: Vec<&str> = Vec::new();
        for record in 0..records.count() {
            // They are sorted by it.
            if systems.last() != Some(&records.system(record)) {
                systems.push(records.system(record));
            }
        }
        let of = |cause| changes.iter().filter(|change| change.cause == cause).count();
        let mut likely = self.compared.as_ref().map(|compared| compared.report.clone());
        if let (Some(report), Some(compared)) = (&mut likely, &self.compared) {
            report.truth = truth(compared, labels);
        }
        MatchReport {
            name: stage.name.to_string(),
            records: u64::from(records.count()),
            entities: count(groups.len()),
            systems: count(systems.len()),
            review: count(review),
            refused: count(self.entities.refused.len()),
            bridges: count(self.entities.bridges.len()),
            largest: count(groups.iter().map(Vec::len).max().unwrap_or(0)),
            merged: count(of(matching::ChangeCause::Merged)),
            split: count(of(matching::ChangeCause::Split)),
            pairs_scored: likely.as_ref().map_or(0, |likely| likely.pairs),
            pairs_kept: likely.as_ref().map_or(0, |likely| likely.kept),
            likely,
        }
    }
}

/// What an exact rule is called where it joins records.
fn rule_name(columns: &[Name]) -> String {
    format!("same {}", columns.iter().map(Name::as_str).collect::<Vec<_>>().join(" and "))
}

/// Whether two records have the same in all columns of an exact rule.
fn agree(records: &Records, columns: &[Name], a: u32, b: u32) -> bool {
    let mut places = columns.iter().map(|column| records.place(column.as_str()));
    places.all(|place| {
        let text = |record| place.and_then(|place| records.text(place, record));
        text(a).is_some() && text(a) == text(b)
    })
}

/// Records that agree in all columns of a rule, each linked with the first that does.
fn exact(records: &Records, stage: &Matching) -> Vec<Link> {
    let mut links = Vec::new();
    for (rule, columns) in (0u16..).zip(&stage.exact) {
        let columns: Vec<&str> = columns.iter().map(Name::as_str).collect();
        let mut first: HashMap<u32, u32> = HashMap::new();
        for (record, number) in (0u32..).zip(records.numbers(&columns)) {
            if number == UNKNOWN {
                continue;
            }
            let leader = *first.entry(number).or_insert(record);
            if leader != record {
                links.push(Link { a: leader, b: record, cause: Cause::Exact(rule), bits: f32::INFINITY });
            }
        }
    }
    links
}

/// Precision and recall of pairs by threshold, held against labels.
fn truth(compared: &Compare, labels: &[Said]) -> Vec<TruthReport> {
    if labels.is_empty() {
        return Vec::new();
    }
    let scorer = matching::Scorer::new(&compared.compared, &compared.weights);
    let scored: Vec<(f32, bool)> = labels
        .iter()
        .map(|said| (scorer.score(said.a, said.b, f32::NEG_INFINITY).unwrap_or(f32::NEG_INFINITY), said.same))
        .collect();
    let all = scored.iter().filter(|(_, same)| *same).count() as f64;
    let at = |threshold: f64| {
        let least = bits(threshold) as f32;
        let said = scored.iter().filter(|(bits, _)| *bits >= least);
        let (said, right) = (said.clone().count() as f64, said.filter(|(_, same)| *same).count() as f64);
        let (precision, recall) =
            (if said > 0.0 { right / said } else { 1.0 }, if all > 0.0 { right / all } else { 1.0 });
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        TruthReport { threshold, precision, recall, f1 }
    };
    [0.01, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999].map(at).to_vec()
}
