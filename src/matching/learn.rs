//! Weights from the records themselves: u from pairs drawn at random, m by expectation maximisation on the pairs of each
//! blocking rule (Fellegi & Sunter 1969; Winkler 1988).

use std::collections::HashMap;
use std::thread;

use foldhash::fast::FixedState;

use super::comparison::{Compared, level_in, pattern};
use super::pairs::Blocking;
use super::weights::{PartWeights, Weights};

#[derive(Clone, Debug)]
pub struct Learning {
    /// Random pairs that u is counted on.
    pub random_pairs: u64,
    /// Pairs of each rule that m is learned on.
    pub pairs_of_rule: u64,
    pub seed: u64,
    pub rounds: usize,
    /// The share of matches among all pairs, where it is known.
    pub lambda: Option<f64>,
}

impl Default for Learning {
    fn default() -> Self {
        Self { random_pairs: 1_000_000, pairs_of_rule: 500_000, seed: 1, rounds: 200, lambda: None }
    }
}

/// How often each pattern of levels occurs.
type Patterns = HashMap<u64, Count, FixedState>;

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    all: f64,
    /// Of pairs that no earlier rule has.
    fresh: f64,
}

/// What came of learning.
#[derive(Debug)]
pub struct Learned {
    pub weights: Weights,
    pub rounds: usize,
    /// The largest change of any m in the last round.
    pub change: f64,
    /// Parts that no rule lets learn m of: every rule fixes them.
    pub unlearned: Vec<usize>,
}

/// `fixed` says of each rule which parts its keys are made of, `known` of each part the weights that need no learning.
pub fn learn(
    compared: &Compared,
    blocking: &Blocking,
    fixed: &[Vec<bool>],
    known: &[Option<PartWeights>],
    learning: &Learning,
    threads: usize,
) -> Learned {
    let parts = compared.parts();
    let sizes: Vec<usize> = parts.iter().map(|part| part.comparison.levels.len() + 1).collect();
    let random = sorted(random_patterns(compared, learning, threads));
    let by_rule: Vec<Vec<(u64, Count)>> =
        (0..blocking.rules()).map(|rule| sorted(rule_patterns(compared, blocking, rule, learning, threads))).collect();
    let records = f64::from(compared.records);
    let all_pairs = (records * (records - 1.0) / 2.0).max(1.0);

    let mut weights = Weights {
        lambda: learning.lambda.unwrap_or((1.0 / records.max(2.0)).min(0.5)),
        parts: sizes
            .iter()
            .enumerate()
            .map(|(part, levels)| {
                let learned = || PartWeights { m: prior_m(*levels), u: vec![1.0 / *levels as f64; *levels] };
                given(known, part).cloned().unwrap_or_else(learned)
            })
            .collect(),
    };
    let mut of_rule: Vec<f64> = vec![0.3; by_rule.len()];
    count_u(&mut weights, &random, known, |_| 1.0);
    let (mut round, mut change) = (0, f64::INFINITY);
    while round < learning.rounds && change > 1e-5 {
        round += 1;
        // M: how often each level occurs among the likely matches of the rules that do not fix the part.
        let mut m: Vec<Vec<f64>> = sizes.iter().map(|levels| vec![0.0; *levels]).collect();
        for ((patterns, fixed), lambda) in by_rule.iter().zip(fixed).zip(&mut of_rule) {
            let (mut matches, mut pairs) = (0.0, 0.0);
            for (pattern, count) in patterns {
                let p = posterior(&weights, *pattern, *lambda, fixed);
                matches += p * count.all;
                pairs += count.all;
                for (part, m) in m.iter_mut().enumerate() {
                    if !fixed.get(part).copied().unwrap_or(false)
                        && let Some(level) = level_in(*pattern, part)
                        && let Some(slot) = m.get_mut(level)
                    {
                        *slot += p * count.all;
                    }
                }
            }
            if pairs > 0.0 {
                *lambda = (matches / pairs).clamp(1e-6, 1.0 - 1e-6);
            }
        }
        change = 0.0;
        for (at, (part, counted)) in weights.parts.iter_mut().zip(&m).enumerate() {
            let sum: f64 = counted.iter().sum();
            if sum < 1.0 || given(known, at).is_some() {
                continue;
            }
            // A handful of matches more, distributed as one would expect.
            let prior = prior_m(part.m.len());
            let more = 4.0;
            for ((m, counted), prior) in part.m.iter_mut().zip(counted).zip(prior) {
                let now = (counted + more * prior) / (sum + more);
                change = f64::max(change, (now - *m).abs());
                *m = now;
            }
        }
        // The share of matches among all pairs, by those found.
        let mut matches = 0.0;
        for (rule, patterns) in by_rule.iter().enumerate() {
            let all: f64 = patterns.iter().map(|(_, count)| count.all).sum();
            let scale = if all > 0.0 { blocking.pairs_of(rule) as f64 / all } else { 0.0 };
            matches += scale
                * patterns
                    .iter()
                    .map(|(pattern, count)| posterior(&weights, *pattern, weights.lambda, &[]) * count.fresh)
                    .sum::<f64>();
        }
        weights.lambda = learning.lambda.unwrap_or_else(|| (matches / all_pairs).clamp(0.1 / all_pairs, 0.5));
        // In small sets true matches are among the pairs drawn: they are no part of u.
        let now = weights.clone();
        count_u(&mut weights, &random, known, |pattern| 1.0 - posterior(&now, pattern, now.lambda, &[]));
    }
    let unlearned = (0..sizes.len())
        .filter(|part| !fixed.is_empty() && fixed.iter().all(|fixed| fixed.get(*part).copied().unwrap_or(false)))
        .collect();
    for (at, part) in weights.parts.iter_mut().enumerate() {
        if given(known, at).is_none() {
            in_order(part);
        }
    }
    Learned { weights, rounds: round, change, unlearned }
}

/// Most matches agree, and what does not is spread.
fn prior_m(levels: usize) -> Vec<f64> {
    let rest = levels.saturating_sub(1).max(1) as f64;
    (0..levels).map(|level| if level == 0 { if levels == 1 { 1.0 } else { 0.9 } } else { 0.1 / rest }).collect()
}

fn given(known: &[Option<PartWeights>], part: usize) -> Option<&PartWeights> {
    known.get(part).and_then(Option::as_ref)
}

/// `share` says how much of a pair is a non-match.
fn count_u(weights: &mut Weights, random: &[(u64, Count)], known: &[Option<PartWeights>], share: impl Fn(u64) -> f64) {
    let mut u: Vec<Vec<f64>> = weights.parts.iter().map(|part| vec![0.0; part.u.len()]).collect();
    for (pattern, count) in random {
        let other = share(*pattern);
        for (part, u) in u.iter_mut().enumerate() {
            if let Some(slot) = level_in(*pattern, part).and_then(|level| u.get_mut(level)) {
                *slot += other * count.all;
            }
        }
    }
    for (at, (part, counted)) in weights.parts.iter_mut().zip(&u).enumerate() {
        if given(known, at).is_some() {
            continue;
        }
        let sum: f64 = counted.iter().sum();
        let levels = counted.len() as f64;
        for (u, counted) in part.u.iter_mut().zip(counted) {
            *u = (counted + 0.5) / (sum + 0.5 * levels);
        }
    }
}

/// Probability that a pair of this pattern is a match, by the parts that are not fixed.
fn posterior(weights: &Weights, pattern: u64, lambda: f64, fixed: &[bool]) -> f64 {
    let mut odds = lambda / (1.0 - lambda);
    for (at, part) in weights.parts.iter().enumerate() {
        if fixed.get(at).copied().unwrap_or(false) {
            continue;
        }
        if let Some(level) = level_in(pattern, at)
            && let (Some(m), Some(u)) = (part.m.get(level), part.u.get(level))
        {
            odds *= m / u;
        }
    }
    if odds.is_infinite() { 1.0 } else { odds / (1.0 + odds) }
}

/// A level says no less than the next: neighbours that are the wrong way round count as one.
fn in_order(part: &mut PartWeights) {
    let mut groups: Vec<(f64, f64, usize)> = Vec::new();
    for (m, u) in part.m.iter().zip(&part.u) {
        groups.push((*m, *u, 1));
        while let [.., (m1, u1, n1), (m2, u2, n2)] = groups.as_slice()
            && m1 / u1 < m2 / u2
        {
            let merged = (m1 + m2, u1 + u2, n1 + n2);
            groups.truncate(groups.len() - 2);
            groups.push(merged);
        }
    }
    let mut at = 0;
    for (m, u, n) in groups {
        for level in at..at + n {
            // Shares stay shares: only the ratio is that of the group.
            if let (Some(level_m), Some(level_u)) = (part.m.get_mut(level), part.u.get(level)) {
                *level_m = m / u * level_u;
            }
        }
        at += n;
    }
}

fn sorted(patterns: Patterns) -> Vec<(u64, Count)> {
    let mut all: Vec<(u64, Count)> = patterns.into_iter().collect();
    all.sort_unstable_by_key(|(pattern, _)| *pattern);
    all
}

fn random_patterns(compared: &Compared, learning: &Learning, threads: usize) -> Patterns {
    let records = u64::from(compared.records);
    if records < 2 {
        return Patterns::default();
    }
    let all = records * (records - 1) / 2 <= learning.random_pairs;
    let numbers = if all { records } else { learning.random_pairs };
    let pair = |number: u64| {
        let a = mixed(learning.seed, 2 * number) % records;
        let b = mixed(learning.seed, 2 * number + 1) % (records - 1);
        let b = if b >= a { b + 1 } else { b };
        (a.min(b), a.max(b))
    };
    let count = &|thread: u64| {
        let mut patterns = Patterns::default();
        let mut add = |a: u64, b: u64| {
            let (a, b) = (u32::try_from(a).unwrap_or(0), u32::try_from(b).unwrap_or(0));
            patterns.entry(pattern(&compared.levels(a, b))).or_default().all += 1.0;
        };
        for number in (thread..numbers).step_by(threads.max(1)) {
            if all {
                (number + 1..records).for_each(|b| add(number, b));
            } else {
                let (a, b) = pair(number);
                add(a, b);
            }
        }
        patterns
    };
    let found = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1) as u64).map(|thread| scope.spawn(move || count(thread))).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).collect::<Vec<_>>()
    });
    merged(found)
}

fn merged(found: Vec<Patterns>) -> Patterns {
    let mut all = Patterns::default();
    for (pattern, count) in found.into_iter().flatten() {
        let sum = all.entry(pattern).or_default();
        sum.all += count.all;
        sum.fresh += count.fresh;
    }
    all
}

fn rule_patterns(
    compared: &Compared,
    blocking: &Blocking,
    rule: usize,
    learning: &Learning,
    threads: usize,
) -> Patterns {
    let pairs = blocking.pairs_of(rule);
    // Every pair, or a share of them by a hash of the pair.
    let bound = if pairs <= learning.pairs_of_rule {
        u64::MAX
    } else {
        (u128::from(u64::MAX) * u128::from(learning.pairs_of_rule) / u128::from(pairs)) as u64
    };
    let found = blocking.each(Some(rule), threads, Patterns::default, |patterns, _, a, b, fresh| {
        if bound == u64::MAX || mixed(learning.seed ^ 0x9e37, u64::from(a) << 32 | u64::from(b)) <= bound {
            let count = patterns.entry(pattern(&compared.levels(a, b))).or_default();
            count.all += 1.0;
            count.fresh += if fresh { 1.0 } else { 0.0 };
        }
    });
    merged(found)
}

/// SplitMix64 (Steele, Lea & Flood 2014): a number that looks random and depends on its arguments alone.
pub fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed
        .wrapping_mul(0xff51_afd7_ed55_8ccd)
        .wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
