//! Principal components.

use nalgebra::{DMatrix, SymmetricEigen};

use super::points::Points;

/// Of the correlation matrix, the most important component first.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    /// Variance of each component; together as many as there are features that vary.
    pub eigenvalues: Vec<f64>,
    /// By component, by feature: their correlation, which is the unit eigenvector times the root of the eigenvalue.
    pub loadings: Vec<Vec<f64>>,
}

/// Loadings this near have no largest.
const SAME: f64 = 1e-9;
/// What rounding may leave of an eigenvalue of 0, for each feature.
const NOTHING: f64 = 1e-12;
const MOST_ROUNDS: usize = 10_000;

/// Components of the features as population z-scores, a feature that does not vary left at 0 (Jolliffe 2002, *Principal
/// component analysis*, 2.3). An eigenvector's sign means nothing: the largest loading, of several the first, is positive.
/// The rows are taken in the order of their values, so that the order in which they come changes no digit. None for fewer
/// than two rows.
pub fn principal_components(points: Points<'_>) -> Option<Components> {
    if points.len() < 2 {
        return None;
    }
    let correlations = correlations(points);
    let nothing = NOTHING * correlations.nrows() as f64;
    let eigen = SymmetricEigen::try_new(correlations, f64::EPSILON, MOST_ROUNDS)?;
    let mut components: Vec<(f64, Vec<f64>)> = eigen
        .eigenvalues
        .iter()
        .zip(eigen.eigenvectors.column_iter())
        .map(|(value, vector)| {
            let value = if *value > nothing { *value } else { 0.0 };
            (value, with_sign(vector.iter().map(|share| share * value.sqrt()).collect()))
        })
        .collect();
    components.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let (eigenvalues, loadings) = components.into_iter().unzip();
    Some(Components { eigenvalues, loadings })
}

fn with_sign(loadings: Vec<f64>) -> Vec<f64> {
    let largest = loadings.iter().fold(0.0, |most: f64, loading| most.max(loading.abs()));
    let first = loadings.iter().find(|loading| loading.abs() >= largest - SAME);
    let sign = if first.is_some_and(|loading| *loading < 0.0) { -1.0 } else { 1.0 };
    // 0 has no sign.
    loadings.into_iter().map(|loading| loading * sign + 0.0).collect()
}

fn correlations(points: Points<'_>) -> DMatrix<f64> {
    let (n, width) = (points.len() as f64, points.width);
    let mut rows: Vec<&[f64]> = points.rows().collect();
    rows.sort_unstable_by(|a, b| {
        let values = a.iter().zip(*b).map(|(a, b)| a.total_cmp(b));
        values.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    let mut means = vec![0.0; width];
    for row in &rows {
        means.iter_mut().zip(*row).for_each(|(mean, value)| *mean += value / n);
    }
    let mut covariances = DMatrix::zeros(width, width);
    let mut centred = vec![0.0; width];
    for row in &rows {
        let differences = row.iter().zip(&means).map(|(value, mean)| value - mean);
        centred.iter_mut().zip(differences).for_each(|(place, difference)| *place = difference);
        for (mut column, a) in covariances.column_iter_mut().zip(&centred) {
            column.iter_mut().zip(&centred).for_each(|(sum, b)| *sum += a * b / n);
        }
    }
    // A constant's mean may be a rounding away from it; only what is the same in every row does not vary.
    let first = rows.first().copied().unwrap_or_default();
    let varies: Vec<bool> = first
        .iter()
        .enumerate()
        .map(|(feature, first)| rows.iter().any(|row| row.get(feature).is_some_and(|value| value != first)))
        .collect();
    let deviations: Vec<f64> = covariances.diagonal().iter().map(|variance: &f64| variance.sqrt()).collect();
    let scales = deviations.iter().zip(varies).map(|(deviation, varies)| if varies { 1.0 / deviation } else { 0.0 });
    let scales: Vec<f64> = scales.map(|scale| if scale.is_finite() { scale } else { 0.0 }).collect();
    let mut correlations = covariances;
    for (mut column, a) in correlations.column_iter_mut().zip(&scales) {
        column.iter_mut().zip(&scales).for_each(|(value, b)| *value *= a * b);
    }
    // A feature's correlation with itself is 1, whatever the roots round to.
    for (feature, scale) in scales.iter().enumerate() {
        if let Some(own) = correlations.get_mut((feature, feature)) {
            *own = if *scale > 0.0 { 1.0 } else { 0.0 };
        }
    }
    correlations
}

#[cfg(test)]
mod tests {
    use super::{Components, principal_components};
    use crate::statistics::points::Points;

    fn of(rows: &[&[f64]]) -> Option<Components> {
        principal_components(Points::new(&rows.concat(), rows.first().map_or(1, |row| row.len())).expect("points"))
    }

    #[track_caller]
    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
    }

    const ROWS: [&[f64]; 6] = [
        &[2.0, 40.0, 1.0, 7.0],
        &[4.0, 31.0, 0.5, 7.0],
        &[5.0, 33.0, 2.5, 7.0],
        &[7.0, 21.0, 1.5, 7.0],
        &[9.0, 12.0, 3.5, 7.0],
        &[12.0, 9.0, 1.0, 7.0],
    ];

    const EIGENVALUES: [f64; 4] = [2.129162401188074, 0.8432416455784754, 0.027595953233450397, 0.0];
    const LOADINGS: [[f64; 4]; 4] = [
        [-0.9589408084855306, 0.973181077494782, -0.5123607297747204, 0.0],
        [-0.2587390741050249, 0.1971541494065523, 0.8587351037901784, 0.0],
        [0.11613189636094857, 0.11852776796123915, 0.007778438351425931, 0.0],
        [0.0, 0.0, 0.0, 0.0],
    ];

    #[test]
    fn agrees_with_another_program() {
        let found = of(&ROWS).expect("components");
        // numpy 2, linalg.eigh(corrcoef(rows of the first three features)).
        near(&found.eigenvalues, &EIGENVALUES);
        for (found, expected) in found.loadings.iter().zip(LOADINGS) {
            near(found, &expected);
        }
    }

    #[test]
    fn order_of_rows_changes_no_digit() {
        let mut rows = ROWS;
        rows.reverse();
        assert_eq!(of(&rows), of(&ROWS));
        rows.swap(1, 4);
        assert_eq!(of(&rows), of(&ROWS));
    }

    #[test]
    fn what_does_not_vary_has_no_share() {
        let found = of(&[&[0.1, 1.0], &[0.1, 2.0], &[0.1, 4.0]]).expect("components");
        near(&found.eigenvalues, &[1.0, 0.0]);
        near(&found.loadings[0], &[0.0, 1.0]);
        near(&found.loadings[1], &[0.0, 0.0]);
        let nothing = of(&[&[3.0, 3.0], &[3.0, 3.0]]).expect("components");
        assert_eq!(nothing.eigenvalues, [0.0, 0.0]);
        assert_eq!(nothing.loadings, [[0.0, 0.0], [0.0, 0.0]]);
    }

    #[test]
    fn the_largest_loading_is_positive_and_of_several_the_first() {
        let found = of(&[&[1.0, -1.0], &[2.0, -2.0], &[5.0, -5.0]]).expect("components");
        near(&found.eigenvalues, &[2.0, 0.0]);
        near(&found.loadings[0], &[1.0, -1.0]);
    }

    #[test]
    fn one_row_has_none() {
        assert_eq!(of(&[&[1.0, 2.0]]), None);
        assert_eq!(principal_components(Points::new(&[], 2).expect("points")), None);
    }
}
