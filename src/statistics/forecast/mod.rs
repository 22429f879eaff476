//! What a monthly series will be: three methods, each with the mean and the 80 % and 95 % prediction intervals of every
//! step. The same values give the same digits; nothing is clipped, so that a series of margins may be below zero.

mod ets;
mod season;
mod seasonal_naive;
mod theta;

/// Months after which a season comes again.
pub const SEASON: usize = 12;
/// Months that `ets` and `theta` need.
pub const TWO_SEASONS: usize = 2 * SEASON;
/// Steps beyond which nobody asks for a monthly series.
pub const MOST_STEPS: usize = 1_200;

// Quantiles of the standard normal distribution at 90 % and 97.5 %.
const Z_80: f64 = 1.281_551_565_544_600_4;
const Z_95: f64 = 1.959_963_984_540_054;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    SeasonalNaive,
    Ets,
    Theta,
}

impl Method {
    pub const ALL: [(&'static str, Self); 3] =
        [("seasonal_naive", Self::SeasonalNaive), ("ets", Self::Ets), ("theta", Self::Theta)];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
    }
}

/// One month ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub mean: f64,
    /// None where a series is just long enough for a mean.
    pub bounds: Option<Bounds>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub lower_80: f64,
    pub upper_80: f64,
    pub lower_95: f64,
    pub upper_95: f64,
}

impl Step {
    /// Normal errors of this standard deviation around the mean.
    fn normal(mean: f64, deviation: f64) -> Self {
        Self {
            mean,
            bounds: Some(Bounds {
                lower_80: mean - Z_80 * deviation,
                upper_80: mean + Z_80 * deviation,
                lower_95: mean - Z_95 * deviation,
                upper_95: mean + Z_95 * deviation,
            }),
        }
    }

    fn map(self, of: impl Fn(f64) -> f64) -> Self {
        Self {
            mean: of(self.mean),
            bounds: self.bounds.map(|bounds| Bounds {
                lower_80: of(bounds.lower_80),
                upper_80: of(bounds.upper_80),
                lower_95: of(bounds.lower_95),
                upper_95: of(bounds.upper_95),
            }),
        }
    }

    fn is_finite(&self) -> bool {
        let bounds = |b: Bounds| [b.lower_80, b.upper_80, b.lower_95, b.upper_95].iter().all(|x| x.is_finite());
        self.mean.is_finite() && self.bounds.is_none_or(bounds)
    }
}

/// The next `horizon` months of a series; None when it is too short for the method or cannot be fitted in finite numbers.
pub fn forecast(y: &[f64], method: Method, horizon: usize) -> Option<Vec<Step>> {
    if y.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let steps = match method {
        Method::SeasonalNaive => seasonal_naive::forecast(y, horizon)?,
        Method::Ets => adjusted(y, horizon, ets::forecast)?,
        Method::Theta => adjusted(y, horizon, theta::forecast)?,
    };
    steps.iter().all(Step::is_finite).then_some(steps)
}

/// A method that knows no seasons, on the series without its season. It sees values between −1 and 1, because what is
/// small to an optimiser is an absolute number.
fn adjusted(y: &[f64], horizon: usize, method: fn(&[f64], usize) -> Option<Vec<Step>>) -> Option<Vec<Step>> {
    let first = *y.first()?;
    if y.len() < TWO_SEASONS {
        return None;
    }
    if y.iter().all(|value| *value == first) {
        return Some(vec![Step::normal(first, 0.0); horizon]);
    }
    let scale = y.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let scaled: Vec<f64> = y.iter().map(|value| value / scale).collect();
    let season = season::of(&scaled);
    let steps = method(&season.taken_from(&scaled), horizon)?;
    Some(season.given_to(steps, y.len()).into_iter().map(|step| step.map(|value| value * scale)).collect())
}

#[cfg(test)]
mod tests;
