//! Likely links: blocks, weights, scores.

use crate::matching::{Blocking, Cause, Compared, Learned, Learning, Link, PartWeights, Scorer, Weights, bits, learn};
use crate::project::matching::Likely;

use super::super::report::{BlockReport, LevelReport, LikelyReport, PartReport};
use super::records::Records;

/// What the comparison of all pairs gave.
pub struct Compare {
    pub compared: Compared,
    pub weights: Weights,
    /// At or above the threshold.
    pub links: Vec<Link>,
    /// Below it, and not so far that nobody need look.
    pub uncertain: Vec<Link>,
    pub report: LikelyReport,
}

pub fn compare(records: &Records, likely: &Likely, threads: usize) -> Compare {
    let (compared, keys) = records.prepare(&likely.compare, &likely.block, threads);
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
    let learning = Learning { seed: likely.seed, ..Learning::default() };
    let learned = learn(&compared, &blocking, &fixed, &known, &learning, threads);
    let threshold = bits(likely.threshold) as f32;
    let least = likely.review.map_or(threshold, |review| bits(review) as f32).min(threshold);
    let (links, uncertain, pairs) = {
        let scorer = Scorer::new(&compared, &learned.weights);
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
        let all = found.into_iter().flat_map(|(links, _)| links);
        let (links, uncertain): (Vec<Link>, Vec<Link>) = all.partition(|link| link.bits >= threshold);
        (links, uncertain, pairs)
    };
    let report = report(&compared, &blocking, &learned, likely, pairs);
    Compare { compared, weights: learned.weights, links, uncertain, report }
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
        lambda: learned.weights.lambda,
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
