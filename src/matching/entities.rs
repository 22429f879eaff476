//! Records to entities along their links, the strongest first, so that what must not come together is kept apart at the
//! weakest place.

use std::collections::HashMap;

use super::Clusters;
use super::bridges::bridges;
use super::values::UNKNOWN;

/// Why two records are linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Somebody said so.
    Decided,
    /// They agree in all columns of an exact rule.
    Exact(u16),
    /// They are alike.
    Likely,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    pub a: u32,
    pub b: u32,
    pub cause: Cause,
    /// Evidence of a likely link, in bits.
    pub bits: f32,
}

/// Why a link joins nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// Somebody said that two of the records are not one.
    Decided,
    /// They have different values where one entity has one; the number of the column.
    Never(usize),
    TooLarge,
}

/// What holds whatever the links say.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    /// By column, the value of each record.
    pub never: Vec<Vec<u32>>,
    pub different: Vec<(u32, u32)>,
    pub largest: Option<u32>,
}

#[derive(Debug)]
pub struct Entities {
    clusters: Clusters,
    /// The link that brought each record in; `None` of a record alone.
    pub by: Vec<Option<Link>>,
    pub refused: Vec<(Link, Refusal)>,
    /// Likely links without which an entity would be two of three or more records each.
    pub bridges: Vec<Link>,
}

impl Entities {
    /// The smallest record of the entity.
    pub fn root(&mut self, record: u32) -> u32 {
        self.clusters.root(record)
    }
}

/// Joins records along the links, the strongest first. A link that a constraint refuses joins nothing.
pub fn entities(records: u32, mut links: Vec<Link>, constraints: &Constraints) -> Entities {
    links.sort_unstable_by(|x, y| {
        x.cause.cmp(&y.cause).then(y.bits.total_cmp(&x.bits)).then((x.a, x.b).cmp(&(y.a, y.b)))
    });
    let mut state = State::new(records, constraints);
    let mut by = vec![None; records as usize];
    let mut refused = Vec::new();
    links.retain(|link| {
        let (a, b) = (state.clusters.root(link.a), state.clusters.root(link.b));
        if a == b {
            return true;
        }
        if let Some(refusal) = state.refuses(a, b) {
            refused.push((*link, refusal));
            return false;
        }
        for record in [link.a, link.b] {
            if let Some(slot) = by.get_mut(record as usize) {
                slot.get_or_insert(*link);
            }
        }
        state.join(a, b);
        true
    });
    let bridges = bridges(records, &links);
    Entities { clusters: state.clusters, by, refused, bridges }
}

/// What is known of each entity while they grow, by its smallest record.
struct State<'a> {
    constraints: &'a Constraints,
    clusters: Clusters,
    sizes: Vec<u32>,
    /// By column and entity, the value that its records have.
    values: Vec<HashMap<u32, u32>>,
    /// Records that are not one with the entity's.
    different: HashMap<u32, Vec<u32>>,
}

impl<'a> State<'a> {
    fn new(records: u32, constraints: &'a Constraints) -> Self {
        let mut different: HashMap<u32, Vec<u32>> = HashMap::new();
        for (a, b) in &constraints.different {
            different.entry(*a).or_default().push(*b);
            different.entry(*b).or_default().push(*a);
        }
        let values = constraints.never.iter().map(|_| HashMap::new()).collect();
        Self { constraints, clusters: Clusters::new(records), sizes: vec![1; records as usize], values, different }
    }

    fn size(&self, root: u32) -> u32 {
        self.sizes.get(root as usize).copied().unwrap_or(1)
    }

    fn value(&self, column: usize, root: u32) -> u32 {
        let known = self.values.get(column).and_then(|values| values.get(&root)).copied();
        let own = || self.constraints.never.get(column).and_then(|values| values.get(root as usize)).copied();
        known.or_else(own).unwrap_or(UNKNOWN)
    }

    fn refuses(&mut self, a: u32, b: u32) -> Option<Refusal> {
        let others = |root: u32| self.different.get(&root).map(Vec::as_slice).unwrap_or_default();
        let (few, many) = if others(a).len() <= others(b).len() { (a, b) } else { (b, a) };
        let clusters = &mut self.clusters;
        if self.different.get(&few).into_iter().flatten().any(|other| clusters.root(*other) == many) {
            return Some(Refusal::Decided);
        }
        for column in 0..self.constraints.never.len() {
            let (x, y) = (self.value(column, a), self.value(column, b));
            if x != y && x != UNKNOWN && y != UNKNOWN {
                return Some(Refusal::Never(column));
            }
        }
        let size = self.size(a).saturating_add(self.size(b));
        self.constraints.largest.is_some_and(|largest| size > largest).then_some(Refusal::TooLarge)
    }

    fn join(&mut self, a: u32, b: u32) {
        let (low, high) = (a.min(b), a.max(b));
        for column in 0..self.values.len() {
            let known = self.value(column, low);
            let value = if known == UNKNOWN { self.value(column, high) } else { known };
            if let Some(values) = self.values.get_mut(column).filter(|_| value != UNKNOWN) {
                values.insert(low, value);
            }
        }
        let size = self.size(low).saturating_add(self.size(high));
        if let Some(slot) = self.sizes.get_mut(low as usize) {
            *slot = size;
        }
        if let Some(mut fewer) = self.different.remove(&high) {
            let known = self.different.entry(low).or_default();
            if known.len() < fewer.len() {
                std::mem::swap(known, &mut fewer);
            }
            known.extend(fewer);
        }
        self.clusters.join(a, b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likely(a: u32, b: u32, bits: f32) -> Link {
        Link { a, b, cause: Cause::Likely, bits }
    }

    fn roots(entities: &mut Entities, records: u32) -> Vec<u32> {
        (0..records).map(|record| entities.root(record)).collect()
    }

    #[test]
    fn what_must_stay_apart_is_cut_at_its_weakest_link() {
        let links = vec![likely(0, 1, 9.0), likely(1, 2, 3.0), likely(2, 3, 8.0)];
        let never = vec![vec![5, UNKNOWN, UNKNOWN, 6]];
        let mut found = entities(4, links.clone(), &Constraints { never, ..Constraints::default() });
        assert_eq!(roots(&mut found, 4), [0, 0, 2, 2]);
        assert_eq!(found.refused, [(likely(1, 2, 3.0), Refusal::Never(0))]);
        let mut found = entities(4, links.clone(), &Constraints { different: vec![(3, 0)], ..Constraints::default() });
        assert_eq!(roots(&mut found, 4), [0, 0, 2, 2]);
        let mut found = entities(4, links, &Constraints { largest: Some(3), ..Constraints::default() });
        assert_eq!(roots(&mut found, 4), [0, 0, 2, 2]);
        assert_eq!(found.refused[0].1, Refusal::TooLarge);
    }

    #[test]
    fn links_may_come_in_any_order_and_bridges_are_named() {
        let three =
            |from: u32| vec![likely(from, from + 1, 9.0), likely(from + 1, from + 2, 9.0), likely(from, from + 2, 9.0)];
        let mut links = [three(0), three(3), vec![likely(2, 3, 5.0)]].concat();
        let found = entities(6, links.clone(), &Constraints::default());
        assert_eq!(found.bridges, [likely(2, 3, 5.0)]);
        links.reverse();
        links.push(likely(1, 4, 4.0));
        let mut found = entities(6, links, &Constraints::default());
        assert!(found.bridges.is_empty());
        assert_eq!(roots(&mut found, 6), [0; 6]);
        assert_eq!(found.by[3], Some(likely(3, 4, 9.0)));
    }
}
