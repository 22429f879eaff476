//! What a customer spends per purchase: the gamma-gamma model of monetary value.
//!
//! Amounts of one customer are gamma with shape p and a rate ν of their own, ν of all gamma with shape q and rate γ (in
//! money); how much people spend says nothing of how often. Fader & Hardie, "The gamma-gamma model of monetary value"
//! (2013), equations (1a) and (5).

use std::f64::consts::TAU;

use statrs::function::gamma::{digamma, ln_gamma};

use super::Fit;
use super::maximum::{LogLikelihood, Point, Search, sum};

/// Their names, in the order of a fit.
pub const PARAMETERS: [&str; 3] = ["p", "q", "gamma"];

/// Below so many customers nothing is fitted.
const FEWEST: usize = 10;
/// Parameters are looked for between 1 / this and this, γ in mean amounts.
const BOUND: f64 = 1e4;
/// So many customers are enough to come near the maximum of all.
const SAMPLE: usize = 1_000;

/// Purchases n ≥ 1 of a customer, and the mean amount z > 0 of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spending {
    n: u64,
    z: f64,
}

impl Spending {
    /// `None` unless n ≥ 1 and 0 < z < ∞.
    pub fn new(n: i64, z: f64) -> Option<Self> {
        let n = u64::try_from(n).ok().filter(|n| *n >= 1)?;
        (z > 0.0 && z.is_finite()).then_some(Self { n, z })
    }

    pub fn n(&self) -> i64 {
        i64::try_from(self.n).unwrap_or(i64::MAX)
    }

    pub fn z(&self) -> f64 {
        self.z
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    pub p: f64,
    pub q: f64,
    pub gamma: f64,
}

impl GammaGamma {
    /// The mean amount expected of a customer with `n` purchases of mean `z`: p (γ + n·z) / (p·n + q − 1), 0 where z is
    /// not positive. `None` where the mean is infinite (p·n + q ≤ 1) and below no purchases.
    pub fn value(&self, n: i64, z: f64) -> Option<f64> {
        if n < 0 || z.is_nan() {
            return None;
        }
        if z <= 0.0 {
            return Some(0.0);
        }
        let n = n as f64;
        let freedom = self.p * n + self.q - 1.0;
        let value = self.p * (self.gamma + n * z) / freedom;
        (freedom > 0.0 && value.is_finite()).then_some(value)
    }

    /// E[M], of a customer of whom nothing is known.
    pub fn mean(&self) -> Option<f64> {
        (self.q > 1.0).then(|| self.p * self.gamma / (self.q - 1.0))
    }
}

/// p, q and γ under which this spending is likeliest, without any penalty; its order does not change a digit.
///
/// `None` below ten customers and where no maximum is found. Parameters are looked for between 1e-4 and 1e4 (γ: times
/// the mean amount), where those that data drive to zero or infinity stop.
pub fn fit(mut spending: Vec<Spending>) -> Option<Fit<3>> {
    if spending.len() < FEWEST {
        return None;
    }
    spending.sort_unstable_by(|one, other| one.n.cmp(&other.n).then(one.z.total_cmp(&other.z)));
    let customers = spending.len() as f64;
    // In mean amounts, so that neither starts nor bounds depend on the currency.
    let mean = spending.iter().map(|spending| spending.z).sum::<f64>() / customers;
    let all = Likelihood::new(spending.iter().map(|spending| Spending { z: spending.z / mean, ..*spending }));
    let step = spending.len().div_ceil(SAMPLE);
    let sample = (step > 1).then(|| {
        let picked = spending.iter().skip(step / 2).step_by(step);
        Likelihood::new(picked.map(|spending| Spending { z: spending.z / mean, ..*spending }))
    });
    let starts = [[1.0, 2.0, 1.0], [6.0, 4.0, 0.5], [0.3, 5.0, 10.0], [50.0, 1.5, 0.02]];
    let near = Search { of: sample.as_ref().unwrap_or(&all), bound: BOUND }.highest(&starts)?;
    let top = Search { of: &all, bound: BOUND }.climb(&near)?;
    let [p, q, gamma] = top.parameters;
    Some(Fit {
        parameters: [p, q, gamma * mean],
        log_likelihood: top.value - customers * mean.ln(),
        customers: spending.len() as u64,
    })
}

struct Likelihood {
    groups: Vec<Group>,
    /// Every n that there is, ascending.
    levels: Vec<f64>,
}

#[derive(Clone, Copy)]
struct Group {
    /// n · z, and its logarithm less that of n.
    total: f64,
    log: f64,
    customers: f64,
    level: usize,
}

impl Likelihood {
    fn new(sorted: impl Iterator<Item = Spending>) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut levels: Vec<f64> = Vec::new();
        for Spending { n, z } in sorted {
            let n = n as f64;
            if levels.last() != Some(&n) {
                levels.push(n);
            }
            let level = levels.len() - 1;
            let total = n * z;
            match groups.last_mut().filter(|last| last.level == level && last.total == total) {
                Some(last) => last.customers += 1.0,
                None => groups.push(Group { total, log: z.ln(), customers: 1.0, level }),
            }
        }
        Self { groups, levels }
    }
}

/// What depends on n alone.
struct Level {
    /// p · n.
    shape: f64,
    /// −ln B(p·n, q), and by p and q.
    log: f64,
    by_p: f64,
    by_q: f64,
    n: f64,
}

impl LogLikelihood<3> for Likelihood {
    fn at(&self, parameters: &[f64; 3]) -> Point<3> {
        let [p, q, gamma] = *parameters;
        let by_q = digamma(q);
        let level = |n: &f64| {
            let shape = p * n;
            let both = digamma(shape + q);
            Level { shape, log: -ln_beta(shape, q), by_p: n * (both - digamma(shape)), by_q: both - by_q, n: *n }
        };
        let levels: Vec<Level> = self.levels.iter().map(level).collect();
        sum(self.groups.len(), |groups| {
            let mut sum = Point::ZERO;
            for group in self.groups.get(groups).unwrap_or_default() {
                let Some(Level { shape, log, by_p, by_q, n }) = levels.get(group.level) else { continue };
                let (less, more) = ((gamma / group.total).ln_1p(), (group.total / gamma).ln_1p());
                let share = gamma / (gamma + group.total);
                let point = Point {
                    value: log - group.log - shape * less - q * more,
                    gradient: [p * (by_p - n * less), q * (by_q - more), q * (1.0 - share) - shape * share],
                };
                sum.add(&point, group.customers);
            }
            sum
        })
    }
}

/// ln B(a, b), by Stirling's series where a is large, so that what is large does not hide the difference.
fn ln_beta(a: f64, b: f64) -> f64 {
    let (a, b) = (a.max(b), a.min(b));
    if a < LARGE {
        return ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    }
    // ln Γ(a)/Γ(a+b) less b.
    let of_a = (0.5 - a) * (b / a).ln_1p() - b * (a + b).ln() + rest(a) - rest(a + b);
    if b < LARGE {
        return of_a + b + ln_gamma(b);
    }
    of_a + (b - 0.5) * b.ln() + 0.5 * TAU.ln() + rest(b)
}

/// From here on four terms of the series are exact to the last digit.
const LARGE: f64 = 20.0;

/// ln Γ(x) − (x − ½) ln x + x − ½ ln 2π (Abramowitz & Stegun 1964, 6.1.41).
fn rest(x: f64) -> f64 {
    let square = 1.0 / (x * x);
    (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_functions_of_large_arguments_keep_their_digits() {
        // mpmath, 40 digits.
        for (a, b, expected) in REFERENCE {
            let found = ln_beta(a, b);
            assert!(
                (found - expected).abs() <= 4e-15 * (1.0 + expected.abs()) * (1.0 + b.min(a).ln().abs()),
                "{a} {b}: {found}"
            );
            assert_eq!(found, ln_beta(b, a));
        }
    }

    const REFERENCE: [(f64, f64, f64); 7] = [
        (0.5, 0.25, 1.6571065161914822),
        (6.25, 3.75, -6.095407914497823),
        (25.0, 0.125, 1.6192572508456389),
        (10000.0, 3.75, -33.052476385466754),
        (10000.0, 10000.0, -13866.28325676141),
        (30.0, 40.0, -48.30174909591612),
        (1000000.0, 0.0001220703125, 9.009156435007549),
    ];
}
