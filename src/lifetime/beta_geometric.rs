//! BG/NBD and MBG/NBD: who leaves does so right after a purchase.
//!
//! With c the purchases after which a customer could have left and stayed (x of the BG/NBD, x + 1 of the MBG/NBD, where
//! the first counts), the likelihood of a history is
//!
//! ```text
//! Γ(r+x)/Γ(r) · α^r · B(a, b+c)/B(a, b) · [ (α+T)^−(r+x) + a/(b+c−1) · (α+t_x)^−(r+x) ]      second term only if c > 0
//! ```
//!
//! which is that of Fader, Hardie & Lee 2005 and that of Batislam, Denizel & Filiztekin 2007. Quotients of gamma functions
//! are products over 0..x, which keep their digits where the parameters are large.

use super::Fit;
use super::buyers::{Buyers, Group, History};
use super::maximum::{LogLikelihood, Point, Search, sum};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    AfterRepeats,
    AfterAll,
}

#[derive(Clone, Copy, Debug)]
pub struct BetaGeometric {
    pub leaving: Leaving,
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
}

/// Logarithms of parameters are looked for between ± ln of this.
const BOUND: f64 = 1e6;
/// So many different customers are enough to come near the maximum of all.
const SAMPLE: usize = 1_000;

pub fn fit(leaving: Leaving, buyers: Buyers) -> Option<Fit<4>> {
    let customers = buyers.customers();
    let week = 1.0 / buyers.rate();
    let starts =
        [[0.5, 0.5 * week, 0.8, 2.0], [1.0, week, 0.3, 1.0], [0.2, 0.1 * week, 2.0, 8.0], [5.0, 5.0 * week, 0.1, 2.0]];
    let sample = buyers.sample(SAMPLE).map(|buyers| Likelihood { leaving, buyers });
    let all = Likelihood { leaving, buyers };
    let near = Search { of: sample.as_ref().unwrap_or(&all), bound: BOUND }.highest(&starts)?;
    let top = Search { of: &all, bound: BOUND }.climb(&near)?;
    Some(Fit { parameters: top.parameters, log_likelihood: top.value, customers: customers as u64 })
}

impl BetaGeometric {
    /// Fader, Hardie & Lee, "Computing P(alive) using the BG/NBD model" (2008); Batislam and others 2007.
    pub fn p_alive(&self, history: &History) -> f64 {
        1.0 / (1.0 + self.log_odds_of_having_left(history).exp())
    }

    fn log_odds_of_having_left(&self, history: &History) -> f64 {
        let (x, t_x, t) = (history.x(), history.t_x(), history.t());
        let stayed = x + self.leaving.first();
        if stayed == 0.0 {
            return f64::NEG_INFINITY;
        }
        (self.a / (self.b + stayed - 1.0)).ln() + (self.r + x) * ((t - t_x) / (self.alpha + t_x)).ln_1p()
    }

    /// Given that the customer is alive, λ is gamma(r + x, α + T) and p is beta(a, b + c). Had they no way to leave, the
    /// purchases of the weeks to come would be negative binomial; of n of them the first is made for sure and each
    /// next one by those who stayed, of whom there are E (1 − p)^j after j: so n become Σ_{j<n} (b+c)_j / (a+b+c)_j.
    /// The mean of this is what Fader, Hardie & Lee 2005 (conditional expectation) write as a difference of two terms
    /// with ₂F₁ and a factor 1 / (a − 1), without its hole at a = 1.
    ///
    /// Of several times at once: they share what depends on counts alone.
    pub fn if_alive(&self, history: &History, weeks: &[f64]) -> Vec<f64> {
        let shape = self.r + history.x();
        let rate = self.alpha + history.t();
        let (a, b) = (self.a, self.b + history.x() + self.leaving.first());
        let longest = weeks.iter().fold(0.0_f64, |longest, weeks| longest.max(*weeks)) / rate;
        let mean = shape * longest;
        // Forty standard deviations and forty times the length of the tail.
        if mean + 40.0 * (mean * (1.0 + longest)).sqrt() + 40.0 * (1.0 + longest) > MOST_TERMS {
            return weeks.iter().map(|weeks| over_chances(shape, weeks / rate, a, b)).collect();
        }
        let mut counts = Counts { shape, a, b, stays: 1.0, terms: Vec::new() };
        let chances = |weeks: &[f64]| {
            let mut chances = [0.0; LANES];
            chances.iter_mut().zip(weeks).for_each(|(chance, weeks)| *chance = weeks / (rate + weeks));
            chances
        };
        weeks.chunks(LANES).flat_map(|weeks| counts.means(chances(weeks)).into_iter().take(weeks.len())).collect()
    }
}

impl Leaving {
    /// How many purchases more than the repeated ones can be the last.
    fn first(self) -> f64 {
        match self {
            Self::AfterRepeats => 0.0,
            Self::AfterAll => 1.0,
        }
    }
}

/// More of them take longer than an integral.
const MOST_TERMS: f64 = 20_000.0;

/// More than ever follow, so that there is an end.
const ALL_TERMS: usize = 1_000_000;

/// Times whose means are taken together; their sums do not wait for each other.
const LANES: usize = 4;
/// Terms between two looks at what may still follow.
const BLOCK: usize = 8;

/// What does not depend on time, for as many counts n as were asked for.
struct Counts {
    shape: f64,
    a: f64,
    b: f64,
    /// Who is still there after the last of `terms`.
    stays: f64,
    /// (shape + n) / (n + 1) and Σ_{j≤n} (b)_j / (a+b)_j.
    terms: Vec<(f64, f64)>,
}

impl Counts {
    /// Σ_n NB(n; shape, z) · Σ_{j<n} (b)_j / (a+b)_j, with z the chance of one more.
    fn means(&mut self, z: [f64; LANES]) -> [f64; LANES] {
        let (mut weight, mut weights, mut sum) = ([1.0; LANES], [1.0; LANES], [0.0; LANES]);
        for first in (0..ALL_TERMS).step_by(BLOCK) {
            while self.terms.len() < first + BLOCK {
                self.lengthen();
            }
            let (mut ratio, mut made) = (0.0, 0.0);
            for term in self.terms.get(first..first + BLOCK).unwrap_or_default() {
                (ratio, made) = *term;
                for lane in 0..LANES {
                    weight[lane] *= z[lane] * ratio;
                    weights[lane] += weight[lane];
                    sum[lane] += weight[lane] * made;
                }
            }
            // What may follow is less than a geometric series.
            let ends = |lane: usize| {
                let rest = 1.0 - z[lane] * ratio.max(1.0);
                rest > 0.0 && weight[lane] * (made * rest + 1.0) <= 1e-16 * sum[lane] * rest * rest
            };
            if (0..LANES).all(ends) {
                break;
            }
            for lane in 0..LANES {
                if weight[lane] > 1e150 {
                    weight[lane] *= 1e-150;
                    weights[lane] *= 1e-150;
                    sum[lane] *= 1e-150;
                }
            }
        }
        let mut means = [0.0; LANES];
        means.iter_mut().zip(sum).zip(weights).for_each(|((mean, sum), weights)| *mean = sum / weights);
        means
    }

    fn lengthen(&mut self) {
        let n = self.terms.len() as f64;
        let made = self.terms.last().map_or(0.0, |(_, made)| *made) + self.stays;
        self.terms.push(((self.shape + n) / (n + 1.0), made));
        self.stays *= (self.b + n) / (self.a + self.b + n);
    }
}

/// The same as ∫ Beta(p; a, b) · (1 − (1 + p·time)^−shape) / p dp over the chance p of leaving, on the line of its
/// logit stretched by sinh, by the trapezoidal rule (Takahasi & Mori 1974), halving its step until nothing changes.
fn over_chances(shape: f64, time: f64, a: f64, b: f64) -> f64 {
    let middle = (a / b).ln();
    let width = (1.0 / a + 1.0 / b).sqrt();
    let density = |log_p: f64, log_q: f64| a * log_p + b * log_q;
    let top = density((a / (a + b)).ln(), (b / (a + b)).ln());
    // The density without its constant, and with the function; the one divides out of the other.
    let at = |u: f64| {
        let logit = middle + width * u.sinh();
        let log_p = -(-logit).exp().ln_1p();
        let (log_p, log_q) =
            if logit > 0.0 { (log_p, log_p - logit) } else { (logit - logit.exp().ln_1p(), -logit.exp().ln_1p()) };
        let weight = (density(log_p, log_q) - top).exp() * u.cosh();
        let p = log_p.exp();
        let purchases = if p * time > 1e-300 { -(-shape * (p * time).ln_1p()).exp_m1() / p } else { shape * time };
        (weight, if weight > 0.0 { weight * purchases } else { 0.0 })
    };
    let (mut weights, mut sum) = (0.0, 0.0);
    let mut before = f64::NAN;
    let mut steps = 64_i32;
    let mut first = (0, 1);
    while steps <= 1 << 14 {
        for number in (-steps + first.0..=steps).step_by(first.1) {
            let (weight, part) = at(12.0 * f64::from(number) / f64::from(steps));
            weights += weight;
            sum += part;
        }
        let mean = sum / weights;
        if (mean - before).abs() <= 1e-12 * mean {
            return mean;
        }
        before = mean;
        steps *= 2;
        first = (1, 2);
    }
    before
}

struct Likelihood {
    leaving: Leaving,
    buyers: Buyers,
}

/// What depends on x alone.
#[derive(Clone, Copy, Default)]
struct Level {
    /// ln Γ(r+x)/Γ(r), and by r.
    purchases: [f64; 2],
    /// ln B(a, b+c)/B(a, b), and by a and b.
    stays: [f64; 3],
}

impl LogLikelihood<4> for Likelihood {
    fn at(&self, parameters: &[f64; 4]) -> Point<4> {
        let [r, alpha, a, b] = *parameters;
        let model = BetaGeometric { leaving: self.leaving, r, alpha, a, b };
        let levels = self.levels(&model);
        sum(self.buyers.groups.len(), |groups| {
            let mut sum = Point::ZERO;
            for group in self.buyers.groups.get(groups).unwrap_or_default() {
                if let Some(level) = levels.get(group.level) {
                    sum.add(&model.log_likelihood(group, level), group.customers);
                }
            }
            sum
        })
    }
}

impl Likelihood {
    fn levels(&self, model: &BetaGeometric) -> Vec<Level> {
        let BetaGeometric { r, a, b, .. } = *model;
        let mut sums = Level::default();
        let stay = |sums: &mut Level, j: f64| {
            let (stay, all) = (b + j, a + b + j);
            let [log, by_a, by_b] = &mut sums.stays;
            *log -= (a / stay).ln_1p();
            *by_a -= 1.0 / all;
            *by_b += a / (stay * all);
        };
        if self.leaving == Leaving::AfterAll {
            stay(&mut sums, 0.0);
        }
        let mut next = 0;
        let mut levels = Vec::with_capacity(self.buyers.levels.len());
        for x in &self.buyers.levels {
            while next < *x {
                let j = next as f64;
                let [log, by_r] = &mut sums.purchases;
                *log += (r + j).ln();
                *by_r += 1.0 / (r + j);
                stay(&mut sums, j + self.leaving.first());
                next += 1;
            }
            levels.push(sums);
        }
        levels
    }
}

impl BetaGeometric {
    fn log_likelihood(&self, group: &Group, level: &Level) -> Point<4> {
        let Self { r, alpha, a, b, .. } = *self;
        let (x, t_x, t) = (group.history.x(), group.history.t_x(), group.history.t());
        let odds = self.log_odds_of_having_left(&group.history);
        // ln(1 + odds), and the share of them that have left.
        let (either, left) = if odds > 0.0 {
            (odds + (-odds).exp().ln_1p(), 1.0 / (1.0 + (-odds).exp()))
        } else {
            (odds.exp().ln_1p(), odds.exp() / (1.0 + odds.exp()))
        };
        let [purchases, purchases_by_r] = level.purchases;
        let [stays, stays_by_a, stays_by_b] = level.stays;
        let stayed = x + self.leaving.first();
        let years = (t / alpha).ln_1p();
        let since = (t - t_x) / (alpha + t_x);
        let by_r = purchases_by_r - years + left * since.ln_1p();
        let by_log_alpha = (r * t - x * alpha) / (alpha + t) - left * (r + x) * since * alpha / (alpha + t);
        let by_a = stays_by_a + left / a;
        let by_b = stays_by_b - if stayed > 0.0 { left / (b + stayed - 1.0) } else { 0.0 };
        Point {
            value: purchases + stays - r * years - x * (alpha + t).ln() + either,
            gradient: [r * by_r, by_log_alpha, a * by_a, b * by_b],
        }
    }
}
