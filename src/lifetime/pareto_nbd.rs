//! Pareto/NBD: people leave at a rate of their own, at any time.
//!
//! The likelihood of a history is (Fader & Hardie, "A note on deriving the Pareto/NBD model and related expressions",
//! 2005, before its integral is solved)
//!
//! ```text
//! Γ(r+x)/Γ(r) · α^r · β^s · [ (α+T)^−(r+x) · (β+T)^−s + ∫ s · (α+u)^−(r+x) · (β+u)^−(s+1) du ]      u from t_x to T
//! ```
//!
//! The paper's two forms with ₂F₁, one for α ≥ β and one for α < β, are differences; the integral is taken here as it
//! stands, by Gauss–Legendre rules on pieces short enough for them.

use super::Fit;
use super::buyers::{Buyers, Group, History};
use super::maximum::{LogLikelihood, Point, Search, map, sum};

#[derive(Clone, Copy, Debug)]
pub struct ParetoNbd {
    pub r: f64,
    pub alpha: f64,
    pub s: f64,
    pub beta: f64,
}

/// Logarithms of parameters are looked for between ± ln of this.
const BOUND: f64 = 1e6;
/// So many different customers are enough to come near the maximum of all.
const SAMPLE: usize = 1_000;

pub fn fit(buyers: Buyers) -> Option<Fit<4>> {
    let customers = buyers.customers();
    let week = 1.0 / buyers.rate();
    let starts = [
        [0.5, 0.5 * week, 0.5, 10.0],
        [1.0, week, 1.0, 50.0],
        [0.2, 0.1 * week, 0.3, 2.0],
        [50.0, 50.0 * week, 5.0, 500.0],
    ];
    let sample = buyers.sample(SAMPLE).map(Likelihood::new);
    let all = Likelihood::new(buyers);
    let near = Search { of: sample.as_ref().unwrap_or(&all), bound: BOUND }.highest(&starts)?;
    let top = Search { of: &all, bound: BOUND }.climb(&near)?;
    Some(Fit { parameters: top.parameters, log_likelihood: top.value, customers: customers as u64 })
}

impl ParetoNbd {
    /// The share of the likelihood that is theirs who stayed: Schmittlein, Morrison & Colombo 1987, P(alive).
    pub fn p_alive(&self, history: &History) -> f64 {
        let (x, t_x, t) = (history.x(), history.t_x(), history.t());
        let stays = self.passage(x, t_x, t).stays;
        stays / (stays + self.left(x, t_x, t).mass)
    }

    /// Schmittlein, Morrison & Colombo 1987, conditional expectation; Fader & Hardie 2005. At s = 1 its limit.
    pub fn if_alive(&self, history: &History, weeks: &[f64]) -> Vec<f64> {
        let rate = (self.r + history.x()) / (self.alpha + history.t());
        let patience = self.beta + history.t();
        let purchases = |weeks: &f64| {
            let time = (weeks / patience).ln_1p();
            let rise = (1.0 - self.s) * time;
            rate * patience * time * if rise == 0.0 { 1.0 } else { rise.exp_m1() / rise }
        };
        weeks.iter().map(purchases).collect()
    }

    /// The integral from `begin` to `end` by (α+begin)^−(r+x) · (β+begin)^−s.
    fn left(&self, x: f64, begin: f64, end: f64) -> Left {
        let shape = self.r + x;
        let (a, b) = (self.alpha + begin, self.beta + begin);
        let mut sums = Left::default();
        // On this scale the integrand is no sharper near the beginning than far from it.
        let unit = a.min(b);
        let length = ((end - begin) / unit).ln_1p();
        let mut done = 0.0_f64;
        while done < length {
            let v = unit * done.exp_m1();
            let fall = (unit + v) * (shape / (a + v) + (self.s + 1.0) / (b + v));
            let half = 0.5 * (length - done).min(8.0 / fall).min(2.0);
            let middle = done + half;
            // Both rules are right to fourteen digits, the one of four on short pieces only.
            let nodes: &[(f64, f64)] = if half < 0.1 && half * fall < 0.125 { &FOUR_NODES } else { &TEN_NODES };
            for (node, weight) in nodes {
                for y in [middle - half * node, middle + half * node] {
                    let v = unit * y.exp_m1();
                    let log_a = if a <= b { y } else { (v / a).ln_1p() };
                    let log_b = if a <= b { (v / b).ln_1p() } else { y };
                    let mass = half * weight * (unit + v) * (-shape * log_a - (self.s + 1.0) * log_b).exp();
                    sums.mass += mass;
                    sums.log_a += mass * log_a;
                    sums.log_b += mass * log_b;
                    sums.share_a += mass * v / (a + v);
                    sums.share_b += mass * v / (b + v);
                }
            }
            done += 2.0 * half;
            let v = unit * done.exp_m1();
            if shape * (v / a).ln_1p() + self.s * (v / b).ln_1p() > 45.0 {
                break;
            }
        }
        sums.times(self.s / b)
    }

    /// From one day to a later one.
    fn passage(&self, x: f64, begin: f64, end: f64) -> Passage {
        let (a, b) = (self.alpha + begin, self.beta + begin);
        let (log_a, log_b) = (((end - begin) / a).ln_1p(), ((end - begin) / b).ln_1p());
        Passage {
            stays: (-(self.r + x) * log_a - self.s * log_b).exp(),
            log_a,
            log_b,
            share_a: (end - begin) / (self.alpha + end),
            share_b: (end - begin) / (self.beta + end),
        }
    }

    fn log_likelihood(&self, group: &Group, level: &Level, from_last: &Left, from_end: &Left) -> Point<4> {
        let Self { r, alpha, s, beta } = *self;
        let (x, t_x) = (group.history.x(), group.history.t_x());
        let (a, b) = (alpha + t_x, beta + t_x);
        let passage = self.passage(x, t_x, group.history.t());
        let stays = passage.stays;
        let left = from_last.less(&passage.before(from_end));
        let all = stays + left.mass;
        let (bought, lived) = ((t_x / alpha).ln_1p(), (t_x / beta).ln_1p());
        let by_r = level.by_r - bought - (stays * passage.log_a + left.log_a) / all;
        let by_log_alpha =
            (r * t_x - x * alpha) / a + (r + x) * alpha / a * (stays * passage.share_a + left.share_a) / all;
        let by_s = -lived + (left.mass / s - stays * passage.log_b - left.log_b) / all;
        let by_log_beta =
            s * t_x / b + beta / b * (s * stays * passage.share_b + (s + 1.0) * left.share_b - left.mass) / all;
        Point {
            value: level.purchases - r * bought - x * a.ln() - s * lived + all.ln(),
            gradient: [r * by_r, by_log_alpha, s * by_s, by_log_beta],
        }
    }
}

/// An integral over the days on which a customer may have left, from a day on: u = day + v; and its derivatives.
#[derive(Clone, Copy, Debug, Default)]
struct Left {
    mass: f64,
    /// With the factor ln(1 + v/(α+day)).
    log_a: f64,
    /// With the factor ln(1 + v/(β+day)).
    log_b: f64,
    /// With the factor v/(α+day+v).
    share_a: f64,
    /// With the factor v/(β+day+v).
    share_b: f64,
}

impl Left {
    fn times(self, factor: f64) -> Self {
        Self {
            mass: factor * self.mass,
            log_a: factor * self.log_a,
            log_b: factor * self.log_b,
            share_a: factor * self.share_a,
            share_b: factor * self.share_b,
        }
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            mass: self.mass + other.mass,
            log_a: self.log_a + other.log_a,
            log_b: self.log_b + other.log_b,
            share_a: self.share_a + other.share_a,
            share_b: self.share_b + other.share_b,
        }
    }

    /// What is taken away is at most as large as the chance of having stayed that is added to the rest, so that no
    /// digits of the likelihood are lost.
    fn less(&self, other: &Self) -> Self {
        let rest = self.plus(&other.times(-1.0));
        Self { mass: rest.mass.max(0.0), ..rest }
    }
}

/// What happens from one day to a later one.
struct Passage {
    /// (α+day)^−(r+x) · (β+day)^−s of the later day by that of the earlier one.
    stays: f64,
    log_a: f64,
    log_b: f64,
    share_a: f64,
    share_b: f64,
}

impl Passage {
    /// An integral from the later day on, seen from the earlier one.
    fn before(&self, later: &Left) -> Left {
        Left {
            mass: later.mass,
            log_a: later.log_a + later.mass * self.log_a,
            log_b: later.log_b + later.mass * self.log_b,
            share_a: later.share_a + (later.mass - later.share_a) * self.share_a,
            share_b: later.share_b + (later.mass - later.share_b) * self.share_b,
        }
        .times(self.stays)
    }
}

/// Gauss–Legendre rules, a node for two of ±: Abramowitz & Stegun 1964, table 25.4.
const FOUR_NODES: [(f64, f64); 2] =
    [(0.339_981_043_584_856_26, 0.652_145_154_862_546_1), (0.861_136_311_594_052_6, 0.347_854_845_137_453_85)];
const TEN_NODES: [(f64, f64); 5] = [
    (0.148_874_338_981_631_22, 0.295_524_224_714_752_87),
    (0.433_395_394_129_247_2, 0.269_266_719_309_996_35),
    (0.679_409_568_299_024_4, 0.219_086_362_515_982_04),
    (0.865_063_366_688_984_5, 0.149_451_349_150_580_6),
    (0.973_906_528_517_171_7, 0.066_671_344_308_688_14),
];

struct Likelihood {
    buyers: Buyers,
    /// Every day that is a t_x or a T of an x, by x and day.
    days: Vec<(f64, f64)>,
    /// Where the days of a group are among them: t_x and T.
    places: Vec<[usize; 2]>,
}

/// What depends on x alone: ln Γ(r+x)/Γ(r), and by r.
#[derive(Clone, Copy, Default)]
struct Level {
    purchases: f64,
    by_r: f64,
}

impl LogLikelihood<4> for Likelihood {
    fn at(&self, parameters: &[f64; 4]) -> Point<4> {
        let [r, alpha, s, beta] = *parameters;
        let model = ParetoNbd { r, alpha, s, beta };
        let levels = self.levels(r);
        let left = self.left(&model);
        sum(self.buyers.groups.len(), |groups| {
            let mut sum = Point::ZERO;
            let places = self.places.get(groups.clone()).unwrap_or_default();
            for (group, [last, end]) in self.buyers.groups.get(groups).unwrap_or_default().iter().zip(places) {
                if let (Some(level), Some(last), Some(end)) = (levels.get(group.level), left.get(*last), left.get(*end))
                {
                    sum.add(&model.log_likelihood(group, level, last, end), group.customers);
                }
            }
            sum
        })
    }
}

impl Likelihood {
    fn new(buyers: Buyers) -> Self {
        let both = |group: &Group| [(group.history.x(), group.history.t_x()), (group.history.x(), group.history.t())];
        let order = |one: &(f64, f64), other: &(f64, f64)| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1));
        let mut days: Vec<(f64, f64)> = buyers.groups.iter().flat_map(both).collect();
        days.sort_unstable_by(order);
        days.dedup();
        let place = |day: &(f64, f64)| days.binary_search_by(|probe| order(probe, day)).unwrap_or_else(|place| place);
        let places = buyers.groups.iter().map(|group| both(group).each_ref().map(place)).collect();
        Self { buyers, days, places }
    }

    /// The integral from every day to the last one of its x: of pieces from day to day, put together from the end.
    fn left(&self, model: &ParetoNbd) -> Vec<Left> {
        let next = |place: usize| match (self.days.get(place), self.days.get(place + 1)) {
            (Some((x, day)), Some((same, next))) if x == same => Some((*x, *day, *next)),
            _ => None,
        };
        let mut left = map(self.days.len(), |place| {
            next(place).map_or_else(Left::default, |(x, day, next)| model.left(x, day, next))
        });
        let mut later = Left::default();
        for (place, piece) in left.iter_mut().enumerate().rev() {
            if let Some((x, day, next)) = next(place) {
                *piece = piece.plus(&model.passage(x, day, next).before(&later));
            }
            later = *piece;
        }
        left
    }

    fn levels(&self, r: f64) -> Vec<Level> {
        let mut sums = Level::default();
        let mut next = 0;
        let mut levels = Vec::with_capacity(self.buyers.levels.len());
        for x in &self.buyers.levels {
            while next < *x {
                sums.purchases += (r + next as f64).ln();
                sums.by_r += 1.0 / (r + next as f64);
                next += 1;
            }
            levels.push(sums);
        }
        levels
    }
}
