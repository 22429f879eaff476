//! The season of a series: whether it has one, taken out of it, and given back to what is forecast.

use super::{SEASON, Step, TWO_SEASONS};

pub(super) enum Season {
    None,
    /// What comes on top in each month, beginning with the month of the first value; the sum is 0.
    Added([f64; SEASON]),
    /// What each month is multiplied by; the mean is 1.
    Times([f64; SEASON]),
}

/// Classical decomposition where the test finds a season: by factors where every value is above zero, else by summands.
pub(super) fn of(y: &[f64]) -> Season {
    if !is_seasonal(y) {
        return Season::None;
    }
    let positive = y.iter().all(|value| *value > 0.0);
    let without_trend = |value: f64, trend: f64| if positive { value / trend } else { value - trend };
    let mut sums = [0.0; SEASON];
    let mut counts = [0.0; SEASON];
    // The centred mean of a year: a window of 13 months whose ends count half.
    for (start, window) in y.windows(SEASON + 1).enumerate() {
        let ends = window.first().zip(window.last()).map_or(0.0, |(first, last)| first + last);
        let trend = (window.iter().sum::<f64>() - ends / 2.0) / SEASON as f64;
        let centre = start + SEASON / 2;
        let month = centre % SEASON;
        if let (Some(sum), Some(count), Some(value)) = (sums.get_mut(month), counts.get_mut(month), y.get(centre)) {
            *sum += without_trend(*value, trend);
            *count += 1.0;
        }
    }
    let mut indices = sums;
    indices.iter_mut().zip(counts).for_each(|(index, count)| *index /= count);
    let mean = indices.iter().sum::<f64>() / SEASON as f64;
    if positive {
        Season::Times(indices.map(|index| index / mean))
    } else {
        Season::Added(indices.map(|index| index - mean))
    }
}

/// Whether the autocorrelation at a year stands out at 90 %, by Bartlett's formula for its error: the test of the Theta
/// method (Assimakopoulos & Nikolopoulos 2000) and of the M4 competition's benchmarks (Makridakis, Spiliotis &
/// Assimakopoulos 2020). More than two seasons are needed to know one.
///
/// Theirs looks at the values as they are, where a trend correlates all lags and hides the year's. Here the line through
/// the values (through their logarithms where all are above zero) is taken out first.
fn is_seasonal(y: &[f64]) -> bool {
    let rest = without_line(y);
    let n = y.len() as f64;
    let variance: f64 = rest.iter().map(|value| value.powi(2)).sum();
    let correlation = |lag: usize| {
        let products: f64 = rest.iter().skip(lag).zip(&rest).map(|(now, before)| now * before).sum();
        products / variance
    };
    let shorter: f64 = (1..SEASON).map(|lag| correlation(lag).powi(2)).sum();
    // A comparison with NaN, of a series without variance, is false.
    y.len() > TWO_SEASONS && correlation(SEASON) > 1.645 * ((1.0 + 2.0 * shorter) / n).sqrt()
}

/// What is left of a series beside the line of least squares through it.
fn without_line(y: &[f64]) -> Vec<f64> {
    let positive = y.iter().all(|value| *value > 0.0);
    let values: Vec<f64> = y.iter().map(|value| if positive { value.ln() } else { *value }).collect();
    let n = values.len() as f64;
    let (middle, mean) = ((n - 1.0) / 2.0, values.iter().sum::<f64>() / n);
    let at = |place: usize| place as f64 - middle;
    let (mut with, mut spread) = (0.0, 0.0);
    for (place, value) in values.iter().enumerate() {
        with += at(place) * (value - mean);
        spread += at(place).powi(2);
    }
    let slope = if spread > 0.0 { with / spread } else { 0.0 };
    values.iter().enumerate().map(|(place, value)| value - mean - slope * at(place)).collect()
}

impl Season {
    pub(super) fn taken_from(&self, y: &[f64]) -> Vec<f64> {
        match self {
            Self::None => y.to_vec(),
            Self::Added(indices) => y.iter().zip(indices.iter().cycle()).map(|(value, index)| value - index).collect(),
            Self::Times(indices) => y.iter().zip(indices.iter().cycle()).map(|(value, index)| value / index).collect(),
        }
    }

    /// To steps that follow `past` months.
    pub(super) fn given_to(&self, steps: Vec<Step>, past: usize) -> Vec<Step> {
        match self {
            Self::None => steps,
            Self::Added(indices) => {
                let indices = indices.iter().cycle().skip(past % SEASON);
                steps.into_iter().zip(indices).map(|(step, index)| step.map(|value| value + index)).collect()
            }
            Self::Times(indices) => {
                let indices = indices.iter().cycle().skip(past % SEASON);
                steps.into_iter().zip(indices).map(|(step, index)| step.map(|value| value * index)).collect()
            }
        }
    }
}
