//! Rows of numbers.

/// Rows of features, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Points<'a> {
    pub(super) values: &'a [f64],
    pub(super) width: usize,
}

impl<'a> Points<'a> {
    /// None where rows have no features, the values are no whole number of rows, or distances would not be finite.
    pub fn new(values: &'a [f64], width: usize) -> Option<Self> {
        let fits = width > 0 && values.len().is_multiple_of(width);
        let finite = values.iter().all(|value| value.abs() < 1e150);
        (fits && finite).then_some(Self { values, width })
    }

    pub(super) fn rows(self) -> std::slice::ChunksExact<'a, f64> {
        self.values.chunks_exact(self.width)
    }

    pub(super) fn len(self) -> usize {
        self.values.len() / self.width
    }
}

#[cfg(test)]
mod tests {
    use super::Points;

    #[test]
    fn numbers_that_are_none_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, -1e200] {
            assert!(Points::new(&[1.0, bad], 1).is_none());
        }
        assert!(Points::new(&[1.0, 2.0, 3.0], 2).is_none());
        assert!(Points::new(&[], 0).is_none());
    }
}
