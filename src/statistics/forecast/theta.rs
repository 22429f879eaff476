//! The Theta method (Assimakopoulos & Nikolopoulos 2000).

use argmin::core::{CostFunction, Error, Executor, State};
use argmin::solver::brent::BrentOpt;

use super::Step;

/// Half of what the line through the series will be and half of what exponential smoothing makes of the line with twice
/// its curvature: smoothing with half the line's slope as drift (Hyndman & Billah 2003). Weight and first
/// level of the smoothing are those of the least squares; the interval is that of smoothing with drift, variance
/// σ²(1 + (h − 1)α²), with the smoothing's errors.
pub(super) fn forecast(y: &[f64], horizon: usize) -> Option<Vec<Step>> {
    let n = y.len() as f64;
    let smoothing = Smoothing { y };
    let alpha = smoothing.best_weight()?;
    let (level, squares) = smoothing.with_weight(alpha);
    let drift = slope(y) / 2.0;
    let behind = (1.0 - (1.0 - alpha).powf(n)) / alpha;
    let variance = squares / (n - 2.0);
    let steps = (0..horizon).map(|after| {
        let after = after as f64;
        Step::normal(level + drift * (after + behind), (variance * (1.0 + after * alpha * alpha)).sqrt())
    });
    Some(steps.collect())
}

/// Of the line of least squares.
fn slope(y: &[f64]) -> f64 {
    let middle = (y.len() as f64 - 1.0) / 2.0;
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let (mut products, mut squares) = (0.0, 0.0);
    for (place, value) in y.iter().enumerate() {
        let place = place as f64 - middle;
        products += place * (value - mean);
        squares += place * place;
    }
    products / squares
}

// The bounds of exponential smoothing elsewhere; at 0 nothing would be learned.
const LEAST_WEIGHT: f64 = 1e-4;
const MOST_WEIGHT: f64 = 1.0 - 1e-4;
const WEIGHTS_TRIED: u32 = 100;

struct Smoothing<'a> {
    y: &'a [f64],
}

impl Smoothing<'_> {
    /// The last level and the sum of squared errors one step ahead.
    fn with_weight(&self, alpha: f64) -> (f64, f64) {
        // Every error is linear in the first level, whose least squares are thus known: regress the errors that a first
        // level of 0 gives on its share in them.
        let (mut level, mut share) = (0.0, 1.0);
        let (mut products, mut shares) = (0.0, 0.0);
        for value in self.y {
            products += (value - level) * share;
            shares += share * share;
            level += alpha * (value - level);
            share *= 1.0 - alpha;
        }
        let mut level = products / shares;
        let mut squares = 0.0;
        for value in self.y {
            let error = value - level;
            squares += error * error;
            level += alpha * error;
        }
        (level, squares)
    }

    /// The sum of squares may have several valleys: the deepest of a hundred places, then Brent's method around it.
    fn best_weight(&self) -> Option<f64> {
        let width = (MOST_WEIGHT - LEAST_WEIGHT) / f64::from(WEIGHTS_TRIED);
        let tried = (0..=WEIGHTS_TRIED).map(|place| LEAST_WEIGHT + width * f64::from(place));
        let squares = |alpha: &f64| self.with_weight(*alpha).1;
        let best = tried.min_by(|a, b| squares(a).total_cmp(&squares(b)))?;
        let (least, most) = ((best - width).max(LEAST_WEIGHT), (best + width).min(MOST_WEIGHT));
        let solver = BrentOpt::new(least, most).set_tolerance(1e-10, 1e-12);
        let solved =
            Executor::new(Smoothing { y: self.y }, solver).configure(|state| state.max_iters(200)).run().ok()?;
        let found = solved.state().get_best_param().copied().filter(|found| squares(found) < squares(&best));
        Some(found.unwrap_or(best))
    }
}

impl CostFunction for Smoothing<'_> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, alpha: &f64) -> Result<f64, Error> {
        Ok(self.with_weight(*alpha).1)
    }
}
