//! What a level says: how often a match and how often a non-match reaches it.

use super::comparison::{Compared, Comparison, Levels, MOST_PARTS, NO_EVIDENCE};
use super::values::UNKNOWN;

/// Of one part. `m` and `u` have an entry for each level, the last for `else`; each sums to one.
#[derive(Clone, Debug, PartialEq)]
pub struct PartWeights {
    pub m: Vec<f64>,
    pub u: Vec<f64>,
}

impl PartWeights {
    /// Evidence of a level in bits.
    pub fn bits(&self, level: usize) -> f64 {
        match (self.m.get(level), self.u.get(level)) {
            (Some(m), Some(u)) => (m / u).log2(),
            _ => 0.0,
        }
    }

    /// What an equal value that no third record has says at least: as much as the best of the other levels, as long as
    /// equal values say more than those at all. Its frequency says nothing of chance, since the two may be its only
    /// owner; and by frequency a value can say log2 of the records at most, while how often random pairs differ in a
    /// letter is known to one of all pairs. In small sets a misspelt value would say more than the same.
    fn least_of_equal(&self) -> f64 {
        let others = (1..self.m.len()).map(|level| self.bits(level)).fold(f64::NEG_INFINITY, f64::max);
        others.min(self.bits(0))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Share of matches among all pairs of records.
    pub lambda: f64,
    pub parts: Vec<PartWeights>,
}

impl Weights {
    pub fn prior(&self) -> f64 {
        bits(self.lambda)
    }
}

/// Log-odds of a probability in bits.
pub fn bits(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}

pub fn probability(bits: f64) -> f64 {
    let odds = bits.exp2();
    if odds.is_infinite() { 1.0 } else { odds / (1.0 + odds) }
}

/// The weights as they are added up for millions of pairs.
#[derive(Debug)]
pub struct Scorer<'a> {
    prior: f32,
    parts: Vec<PartScorer<'a>>,
    /// The comparisons with their first parts, those first that cost little and decide much.
    cheapest: Vec<(usize, &'a Comparison)>,
}

#[derive(Debug)]
struct PartScorer<'a> {
    of: &'a [u32],
    /// By level.
    bits: Vec<f32>,
    /// By value, of being equal in it; empty where every value says the same.
    equal: Vec<f32>,
    /// Of values that differ, at most.
    best_other: f32,
    /// Of any values, at most.
    best: f32,
    /// The part whose value may stand in place of this one's.
    crosses: Option<usize>,
}

impl<'a> Scorer<'a> {
    pub fn new(compared: &'a Compared, weights: &Weights) -> Self {
        let parts = compared.parts().into_iter().zip(&weights.parts).map(|(part, weights)| {
            let bits: Vec<f32> = (0..weights.m.len()).map(|level| weights.bits(level) as f32).collect();
            let known = part.values.known.max(1) as f64;
            let m = weights.m.first().copied().unwrap_or(0.5);
            let equal: Vec<f32> = if part.comparison.term_frequency {
                let least = weights.least_of_equal();
                let of = |count: &u32| {
                    let own = (m * known / f64::from((*count).max(1))).log2();
                    (if *count <= 2 { own.max(least) } else { own }) as f32
                };
                part.values.counts.iter().map(of).collect()
            } else {
                Vec::new()
            };
            let best_other = bits.iter().skip(1).copied().fold(f32::NEG_INFINITY, f32::max);
            let crosses = (part.comparison.parts.len() == 2)
                .then(|| if part.number == 0 { part.index + 1 } else { part.index - 1 });
            let same = if equal.is_empty() {
                bits.first().copied().unwrap_or(0.0)
            } else {
                equal.iter().copied().fold(f32::NEG_INFINITY, f32::max)
            };
            PartScorer { of: &part.values.of, bits, equal, best_other, best: same.max(best_other), crosses }
        });
        let mut cheapest = Vec::new();
        let mut from = 0;
        for comparison in &compared.comparisons {
            cheapest.push((from, comparison));
            from += comparison.parts.len();
        }
        cheapest.sort_by_key(|(_, comparison)| comparison.kind.cost());
        Self { prior: weights.prior() as f32, parts: parts.collect(), cheapest }
    }

    /// Evidence for a match in bits, the prior included; `None` when it is below `least`, which is often plain before
    /// a single text is compared.
    pub fn score(&self, a: u32, b: u32, least: f32) -> Option<f32> {
        let mut most = self.prior;
        let mut at_most = [0.0f32; MOST_PARTS];
        for (slot, part) in at_most.iter_mut().zip(&self.parts) {
            let (x, y) = (part.at(a), part.at(b));
            *slot = if x == y && x != UNKNOWN {
                part.same(x)
            } else if let Some(other) = part.crosses.and_then(|other| self.parts.get(other)) {
                let (other_x, other_y) = (other.at(a), other.at(b));
                let equal = (x == other_y && x != UNKNOWN) || (y == other_x && y != UNKNOWN);
                if equal { part.best.max(0.0) } else { part.best_other.max(0.0) }
            } else if x == UNKNOWN || y == UNKNOWN {
                0.0
            } else {
                part.best_other
            };
            most += *slot;
        }
        if most < least {
            return None;
        }
        let mut levels = [NO_EVIDENCE; MOST_PARTS];
        for (from, comparison) in &self.cheapest {
            let parts = *from..*from + comparison.parts.len();
            let Some(these) = levels.get_mut(parts.clone()) else { continue };
            comparison.levels_into(a, b, these);
            for at in parts {
                if let (Some(part), Some(level), Some(bound)) = (self.parts.get(at), levels.get(at), at_most.get(at)) {
                    most += self.part_bits(part, *level, a, b) - bound;
                }
            }
            if most < least {
                return None;
            }
        }
        let bits = self.bits(&levels, a, b);
        (bits >= least).then_some(bits)
    }

    fn part_bits(&self, part: &PartScorer<'_>, level: u8, a: u32, b: u32) -> f32 {
        match level {
            NO_EVIDENCE => 0.0,
            0 => {
                // Crosswise the value that is equal stands in the other part.
                let (x, y) = (part.at(a), part.at(b));
                match part.crosses.and_then(|other| self.parts.get(other)) {
                    Some(other) if x != y => part.same(if x == other.at(b) { x } else { y }),
                    _ => part.same(x),
                }
            }
            level => part.bits.get(usize::from(level)).copied().unwrap_or(0.0),
        }
    }

    pub fn bits(&self, levels: &Levels, a: u32, b: u32) -> f32 {
        self.prior + self.evidence(levels, a, b).into_iter().take(self.parts.len()).sum::<f32>()
    }

    /// What each part says, in bits.
    pub fn evidence(&self, levels: &Levels, a: u32, b: u32) -> [f32; MOST_PARTS] {
        let mut all = [0.0; MOST_PARTS];
        for ((slot, part), level) in all.iter_mut().zip(&self.parts).zip(levels) {
            *slot = self.part_bits(part, *level, a, b);
        }
        all
    }
}

impl PartScorer<'_> {
    fn at(&self, record: u32) -> u32 {
        self.of.get(record as usize).copied().unwrap_or(UNKNOWN)
    }

    fn same(&self, value: u32) -> f32 {
        match self.equal.get(value as usize) {
            Some(bits) => *bits,
            None => self.bits.first().copied().unwrap_or(0.0),
        }
    }
}
