//! As a year before.

use super::{SEASON, Step};

/// Every month is expected to be what it was in the last year known (Hyndman & Athanasopoulos 2021, *Forecasting:
/// principles and practice*, 3rd edition, 5.2 and 5.5): errors grow with the root of the seasons begun, so within a year
/// they are the root mean square of the changes from year to year.
pub(super) fn forecast(y: &[f64], horizon: usize) -> Option<Vec<Step>> {
    let last = y.get(y.len().checked_sub(SEASON)?..)?;
    let changes = y.len() - SEASON;
    let squares: f64 = y.iter().skip(SEASON).zip(y).map(|(now, before)| (now - before).powi(2)).sum();
    let deviation = (changes > 0).then(|| (squares / changes as f64).sqrt());
    let seasons = |step: usize| (1.0 + (step / SEASON) as f64).sqrt();
    let steps = last.iter().cycle().take(horizon).enumerate().map(|(step, mean)| match deviation {
        Some(deviation) => Step::normal(*mean, deviation * seasons(step)),
        None => Step { mean: *mean, bounds: None },
    });
    Some(steps.collect())
}
