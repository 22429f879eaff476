//! Exponential smoothing with the errors and the trend that fit best.

use augurs_core::{Fit, Forecast, Predict};
use augurs_ets::AutoETS;

use super::{Bounds, Step};

/// The state space model of least AICc among additive and multiplicative errors (the latter where all values are above
/// zero) with no, a linear or a damped trend (Hyndman, Koehler, Ord & Snyder 2008; intervals of its chapter 6), by
/// maximum likelihood. The crate has no seasonal models; multiplicative trends are left out as they run away.
pub(super) fn forecast(y: &[f64], horizon: usize) -> Option<Vec<Step>> {
    let model = AutoETS::new(1, "ZZN").ok()?.fit(y).ok()?;
    let at_80 = model.predict(horizon, 0.8).ok()?;
    let at_95 = model.predict(horizon, 0.95).ok()?;
    let steps = at_80.point.iter().zip(bounds(&at_80)?).zip(bounds(&at_95)?).map(|((mean, at_80), at_95)| Step {
        mean: *mean,
        bounds: Some(Bounds { lower_80: at_80.0, upper_80: at_80.1, lower_95: at_95.0, upper_95: at_95.1 }),
    });
    Some(steps.collect())
}

fn bounds(forecast: &Forecast) -> Option<Vec<(f64, f64)>> {
    let intervals = forecast.intervals.as_ref()?;
    Some(intervals.lower.iter().copied().zip(intervals.upper.iter().copied()).collect())
}
