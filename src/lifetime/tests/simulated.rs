//! Customers who behave as a model says, with parameters that are known.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::super::gamma_gamma::{self, Spending};
use super::super::*;

struct Chance(ChaCha8Rng);

impl Chance {
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, rate: f64) -> f64 {
        -self.uniform().ln() / rate
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Marsaglia & Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.uniform().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (a, b) = (self.gamma(a), self.gamma(b));
        a / (a + b)
    }
}

fn customers(model: &Model, number: usize) -> Vec<History> {
    let mut chance = Chance(ChaCha8Rng::seed_from_u64(2007));
    let [r, alpha, third, fourth] = model.parameters;
    (0..number)
        .map(|_| {
            let t = (200.0 * chance.uniform() * 7.0).floor() / 7.0;
            let rate = chance.gamma(r) / alpha;
            let (leaves, end) = match model.kind {
                Kind::ParetoNbd => (0.0, chance.gamma(third) / fourth),
                _ => (chance.beta(third, fourth), 0.0),
            };
            let end = if model.kind == Kind::ParetoNbd { chance.exponential(end).min(t) } else { t };
            let (mut x, mut t_x) = (0, 0.0);
            let mut gone = model.kind == Kind::MbgNbd && chance.uniform() < leaves;
            while !gone {
                let next = t_x + chance.exponential(rate);
                if next > end {
                    break;
                }
                (x, t_x) = (x + 1, next);
                gone = chance.uniform() < leaves;
            }
            History::new(x, t_x, t).unwrap()
        })
        .collect()
}

/// `within` is about four standard errors of the logarithms of the parameters.
#[track_caller]
fn recovers(kind: Kind, parameters: [f64; 4], within: [f64; 4]) {
    let truth = Model { kind, parameters };
    let fit = kind.fit(customers(&truth, 20_000)).unwrap();
    for ((found, planted), within) in fit.parameters.iter().zip(parameters).zip(within) {
        assert!((found / planted).ln().abs() < within, "{kind:?}: {:?} of {parameters:?}", fit.parameters);
    }
    let found = Model { kind, parameters: fit.parameters };
    let (year, planted) = (found.expected_new(52.0).unwrap(), truth.expected_new(52.0).unwrap());
    assert!((year / planted - 1.0).abs() < 0.04, "{year} of {planted}");
}

#[test]
fn bg_nbd_is_recovered() {
    recovers(Kind::BgNbd, [0.55, 10.6, 0.8, 2.4], [0.08, 0.12, 0.25, 0.35]);
}

#[test]
fn mbg_nbd_is_recovered() {
    recovers(Kind::MbgNbd, [0.55, 10.6, 0.8, 2.4], [0.12, 0.16, 0.25, 0.35]);
}

#[test]
fn pareto_nbd_is_recovered() {
    recovers(Kind::ParetoNbd, [0.55, 10.6, 0.6, 11.7], [0.12, 0.16, 0.2, 0.45]);
}

#[test]
fn gamma_gamma_is_recovered() {
    let mut chance = Chance(ChaCha8Rng::seed_from_u64(2013));
    let (p, q, gamma) = (6.25, 3.74, 15.44);
    let spending = (0..20_000).map(|_| {
        let n = 1 + chance.exponential(0.5) as i64;
        let rate = chance.gamma(q) / gamma;
        let mean = (0..n).map(|_| chance.gamma(p) / rate).sum::<f64>() / n as f64;
        Spending::new(n, mean).unwrap()
    });
    let fit = gamma_gamma::fit(spending.collect()).unwrap();
    for (found, planted) in fit.parameters.into_iter().zip([p, q, gamma]) {
        assert!((found / planted).ln().abs() < 0.15, "{:?}", fit.parameters);
    }
}
