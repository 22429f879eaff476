//! Whether two shares differ by more than chance.

use statrs::distribution::{ContinuousCDF, Normal};

/// Some of how many.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    some: i64,
    of: i64,
}

impl Share {
    /// None where there are more than there are, or fewer than none.
    pub fn new(some: i64, of: i64) -> Option<Self> {
        (0..=of).contains(&some).then_some(Self { some, of })
    }
}

/// The probability that two samples of one share differ at least as much, either way: the pooled z-test without a
/// continuity correction (Fleiss, Levin & Paik 2003, *Statistical methods for rates and proportions*, chapter 3). None
/// where one has nobody, or all of both or none of both succeeded.
pub fn two_sided_p_value(a: Share, b: Share) -> Option<f64> {
    let [some_a, of_a, some_b, of_b] = [a.some, a.of, b.some, b.of].map(|count| count as f64);
    let pooled = (some_a + some_b) / (of_a + of_b);
    let variance = pooled * (1.0 - pooled) * (1.0 / of_a + 1.0 / of_b);
    let z = (some_a / of_a - some_b / of_b) / variance.sqrt();
    // Without anybody, or without variance, there is no number.
    z.is_finite().then(|| 2.0 * Normal::standard().sf(z.abs()))
}

#[cfg(test)]
mod tests {
    use super::{Share, two_sided_p_value};

    fn p(some_a: i64, of_a: i64, some_b: i64, of_b: i64) -> Option<f64> {
        two_sided_p_value(Share::new(some_a, of_a)?, Share::new(some_b, of_b)?)
    }

    const P_VALUES: [([i64; 4], f64); 6] = [
        ([30, 100, 20, 100], 0.10247043485974941),
        ([1, 10, 9, 10], 0.0003466193511346662),
        ([500, 1000, 501, 1000], 0.9643293904468979),
        ([120, 1000, 90, 1000], 0.028650240398448473),
        ([50_000, 1_000_000, 52_000, 1_000_000], 1.2903050520484396e-10),
        ([400, 1000, 100, 1000], 3.9328331793483447e-54),
    ];

    #[test]
    fn agrees_with_another_program() {
        // statsmodels 0.15, proportions_ztest([some_a, some_b], [of_a, of_b]).
        for (given, expected) in P_VALUES {
            let [some_a, of_a, some_b, of_b] = given;
            let found = p(some_a, of_a, some_b, of_b).expect("a p-value");
            assert!((found / expected - 1.0_f64).abs() < 1e-9, "{given:?}: {found}");
            assert_eq!(p(some_b, of_b, some_a, of_a), Some(found), "either way");
        }
    }

    #[test]
    fn no_number_without_people_or_variance() {
        for [some_a, of_a, some_b, of_b] in [[0, 0, 1, 2], [1, 2, 0, 0], [0, 0, 0, 0], [0, 5, 0, 7], [5, 5, 7, 7]] {
            assert_eq!(p(some_a, of_a, some_b, of_b), None);
        }
        assert_eq!(p(1, 2, 2, 4), Some(1.0));
        assert!(Share::new(3, 2).is_none() && Share::new(-1, 2).is_none() && Share::new(0, -1).is_none());
    }
}
