//! Likely links: blocks, weights, scores.

use crate::matching::{Blocking, Cause, Compared, Learned, Learning, Link, PartWeights, Scorer, Weights, bits, learn};
use crate::project::matching::Likely;

use super::super::Error;
use super::super::report::{BlockReport, LevelReport, LikelyReport, PartReport, PriorReport};
use chrono::NaiveDate;

use super::learned::{Changes, Fresh, Made, State};
use super::records::Records;
use crate::diag::Diagnostic;
use crate::project::matching::{Block, Prior};
use crate::run::error::Class;

/// What the comparison of all pairs gave.
pub struct Compare {
    pub compared: Compared,
    pub weights: Weights,
    /// At or above the threshold.
    pub links: Vec<Link>,
    /// Below it, and not so far that nobody need look.
    pub uncertain: Vec<Link>,
    pub report: LikelyReport,
    /// To be kept, where weights are not learned always.
    pub learned: Option<State>,
}

/// What is known of an earlier learning, and what the new one is to be known by.
pub struct Earlier {
    pub state: Option<State>,
    pub made: Made,
    pub day: NaiveDate,
}

pub fn compare(records: &Records, likely: &Likely, earlier: &Earlier, threads: usize) -> Result<Compare, Error> {
    let changes = earlier.state.as_ref().zip(likely.relearn).and_then(|(state, share)| {
        let changes = state.changes(records, likely, share)?;
        Some((state, changes))
    });
    match changes {
        Some((state, changes)) => Ok(compare_changed(records, likely, state, &changes, threads)),
        None => compare_all(records, likely, earlier, threads),
    }
}

/// Pairs that a changed record is part of, by the weights and frequencies of the last learning.
fn compare_changed(records: &Records, likely: &Likely, state: &State, changes: &Changes, threads: usize) -> Compare {
    let (mut compared, keys) = records.prepare(&likely.compare, &likely.block, threads);
    state.count_values(&mut compared);
    let mut blocking = Blocking::new(keys, &places(&compared), likely.largest_block);
    let about = &state.about;
    let weights = about.weights();
    let learned = Learned { weights, rounds: about.rounds, change: about.change(), unlearned: about.unlearned.clone() };
    let mut all = state.kept(changes, &blocking);
    blocking.only(&changes.changed, &state.was_large(records, likely));
    let (scored, pairs) = score(&compared, &blocking, &learned.weights, least(likely), threads);
    let kept = all.len();
    all.extend(scored);
    // In a large block it is compared again.
    all.sort_unstable_by_key(|link| (link.a, link.b));
    all.dedup_by_key(|link| (link.a, link.b));
    let mut report = report(&compared, &blocking, &learned, likely, pairs);
    report.prior.clone_from(&about.prior);
    report.kept = u64::try_from(kept).unwrap_or(u64::MAX);
    report.learned_on = Some(about.on);
    let (links, uncertain) = parted(all, likely);
    Compare { compared, weights: learned.weights, links, uncertain, report, learned: None }
}

fn least(likely: &Likely) -> f32 {
    let threshold = bits(likely.threshold) as f32;
    likely.review.map_or(threshold, |review| bits(review) as f32).min(threshold)
}

/// Those at or above the threshold, and the others.
fn parted(links: Vec<Link>, likely: &Likely) -> (Vec<Link>, Vec<Link>) {
    let threshold = bits(likely.threshold) as f32;
    links.into_iter().partition(|link| link.bits >= threshold)
}

/// Every pair of the blocks that scores this at least, and how many pairs there are.
fn score(compared: &Compared, blocking: &Blocking, weights: &Weights, least: f32, threads: usize) -> (Vec<Link>, u64) {
    let scorer = Scorer::new(compared, weights);
    let found = blocking.each(
        None,
        threads,
        || (Vec::new(), 0u64),
        |(links, pairs): &mut (Vec<Link>, u64), _, a, b, fresh| {
            if fresh {
                *pairs += 1;
                if let Some(bits) = scorer.score(a, b, least) {
                    links.push(Link { a, b, cause: Cause::Likely, bits });
                }
            }
        },
    );
    let pairs = found.iter().map(|(_, pairs)| pairs).sum();
    (found.into_iter().flat_map(|(links, _)| links).collect(), pairs)
}

fn compare_all(records: &Records, likely: &Likely, earlier: &Earlier, threads: usize) -> Result<Compare, Error> {
    let rules = likely.prior.iter().flat_map(|prior| &prior.rules);
    let blocks: Vec<Block> = likely.block.iter().chain(rules).cloned().collect();
    let (compared, mut keys) = records.prepare(&likely.compare, &blocks, threads);
    let of_prior = keys.split_off(likely.block.len().min(keys.len()));
    let prior = likely.prior.as_ref().map(|prior| reckoned(records.count(), prior, of_prior, threads)).transpose()?;
    let order: Vec<u32> = places(&compared);
    let blocking = Blocking::new(keys, &order, likely.largest_block);
    let known: Vec<Option<PartWeights>> = compared
        .parts()
        .iter()
        .map(|part| {
            let declared = likely.compare.iter().find(|compare| compare.name.as_str() == part.comparison.name);
            declared.and_then(|compare| compare.weights.as_ref()).map(|levels| PartWeights {
                m: levels.iter().map(|(m, _)| *m).collect(),
                u: levels.iter().map(|(_, u)| *u).collect(),
            })
        })
        .collect();
    let fixed = fixed(&compared, likely);
    let lambda = prior.as_ref().map(|(_, lambda)| *lambda);
    let learning = Learning { seed: likely.seed, lambda, ..Learning::default() };
    let learned = learn(&compared, &blocking, &fixed, &known, &learning, threads);
    let (all, pairs) = score(&compared, &blocking, &learned.weights, least(likely), threads);
    let prior = prior.map(|(prior, _)| prior);
    let kept = likely.relearn.map(|_| {
        let (learned, prior, on) = (&learned, prior.as_ref(), earlier.day);
        let fresh =
            Fresh { records, likely, compared: &compared, blocking: &blocking, learned, prior, links: &all, on };
        fresh.state(earlier.made.clone())
    });
    let mut report = report(&compared, &blocking, &learned, likely, pairs);
    report.prior = prior;
    let (links, uncertain) = parted(all, likely);
    Ok(Compare { compared, weights: learned.weights, links, uncertain, report, learned: kept })
}

/// The share of matches among all pairs, by the pairs that agree in one of the rules.
fn reckoned(
    records: u32,
    prior: &Prior,
    keys: Vec<crate::matching::Keys>,
    threads: usize,
) -> Result<(PriorReport, f64), Error> {
    let order: Vec<u32> = (0..records).collect();
    let blocking = Blocking::new(keys, &order, u32::MAX);
    let counts = blocking.each(None, threads, || 0u64, |count, _, _, _, fresh| *count += u64::from(fresh));
    let pairs: u64 = counts.into_iter().sum();
    let all = (f64::from(records) * (f64::from(records) - 1.0) / 2.0).max(1.0);
    let matches = pairs as f64 / prior.recall;
    if pairs > 0 && records > 2 && matches > all / 2.0 {
        let message = format!("the rules of `prior` find {pairs} of {all} pairs: no rule is that certain of so many");
        let help = "a rule is to find records of one entity: their e-mail address, not their city";
        return Err(Error::new(
            Class::Data,
            Diagnostic::error("S0448", message).at_place(Some(prior.place.clone())).help(help),
        ));
    }
    let rules = prior.rules.iter().map(|rule| rule.keys.iter().map(|key| key.sql.clone()).collect()).collect();
    // None found says that there are few.
    let lambda = (matches / all).clamp(0.1 / all, 0.5);
    Ok((PriorReport { rules, pairs, recall: prior.recall }, lambda))
}

/// The place of each record in the order of everything compared, by which large blocks are cut.
fn places(compared: &Compared) -> Vec<u32> {
    let parts = compared.parts();
    let mut records: Vec<u32> = (0..compared.records).collect();
    records.sort_by_key(|record| parts.first().and_then(|part| part.values.of.get(*record as usize)).copied());
    let mut places = vec![0; records.len()];
    for (place, record) in (0u32..).zip(&records) {
        if let Some(slot) = places.get_mut(*record as usize) {
            *slot = place;
        }
    }
    places
}

/// Of each block, the parts whose columns its keys are made of.
fn fixed(compared: &Compared, likely: &Likely) -> Vec<Vec<bool>> {
    let parts = compared.parts();
    let of = |block: &crate::project::matching::Block| {
        let read = |part: &crate::matching::Part<'_>| {
            let compare = likely.compare.iter().find(|compare| compare.name.as_str() == part.comparison.name);
            // Of a name in two columns each part has its own.
            let columns = compare.map(|compare| match compare.columns.get(part.number) {
                Some(column) if part.comparison.parts.len() == compare.columns.len() => std::slice::from_ref(column),
                _ => compare.columns.as_slice(),
            });
            let keys = || block.keys.iter().flat_map(|key| &key.columns);
            columns.into_iter().flatten().any(|column| keys().any(|key| key == column))
        };
        parts.iter().map(read).collect()
    };
    likely.block.iter().map(of).collect()
}

fn report(compared: &Compared, blocking: &Blocking, learned: &Learned, likely: &Likely, pairs: u64) -> LikelyReport {
    let blocks = likely.block.iter().enumerate().map(|(at, block)| {
        let oversized = blocking.oversized.iter().filter(|group| group.rule == at);
        BlockReport {
            keys: block.keys.iter().map(|key| key.sql.clone()).collect(),
            pairs: blocking.pairs_of(at),
            oversized: oversized.clone().count(),
            largest: oversized.map(|group| group.records).max().unwrap_or(0),
        }
    });
    let parts = compared.parts().into_iter().zip(&learned.weights.parts).map(|(part, weights)| {
        let label = |level: usize| part.comparison.levels.get(level).map_or("else", |level| &level.label).to_owned();
        PartReport {
            comparison: part_name(&part),
            learned: !learned.unlearned.contains(&part.index),
            levels: weights
                .m
                .iter()
                .zip(&weights.u)
                .enumerate()
                .map(|(level, (m, u))| LevelReport { label: label(level), m: *m, u: *u, bits: weights.bits(level) })
                .collect(),
        }
    });
    LikelyReport {
        pairs,
        kept: 0,
        learned_on: None,
        lambda: learned.weights.lambda,
        prior: None,
        rounds: learned.rounds,
        change: learned.change,
        blocks: blocks.collect(),
        weights: parts.collect(),
        truth: Vec::new(),
    }
}

/// `customer_name (given)`.
pub fn part_name(part: &crate::matching::Part<'_>) -> String {
    let comparison = part.comparison;
    match comparison.kind.parts().get(part.number) {
        Some(word) if !word.is_empty() => format!("{} ({word})", comparison.name),
        _ => comparison.name.clone(),
    }
}
