//! Connected components: union by smallest member, with path halving.

/// Records that are joined step by step; each component is known by its smallest member.
#[derive(Debug)]
pub struct Clusters {
    parent: Vec<u32>,
}

impl Clusters {
    pub fn new(records: u32) -> Self {
        Self { parent: (0..records).collect() }
    }

    /// The smallest member of the record's component.
    pub fn root(&mut self, record: u32) -> u32 {
        let mut at = record;
        loop {
            let up = self.parent_of(at);
            if up == at {
                return at;
            }
            let above = self.parent_of(up);
            if let Some(slot) = self.parent.get_mut(at as usize) {
                *slot = above;
            }
            at = above;
        }
    }

    pub fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        if let Some(slot) = self.parent.get_mut(high as usize) {
            *slot = low;
        }
    }

    fn parent_of(&self, record: u32) -> u32 {
        self.parent.get(record as usize).copied().unwrap_or(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_transitive_and_named_by_their_smallest() {
        let mut clusters = Clusters::new(6);
        clusters.join(5, 3);
        clusters.join(3, 4);
        clusters.join(1, 0);
        let roots: Vec<u32> = (0..6).map(|record| clusters.root(record)).collect();
        assert_eq!(roots, [0, 0, 2, 3, 3, 3]);
    }
}
