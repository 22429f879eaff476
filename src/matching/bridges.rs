//! Links without which an entity would be two: the places at which a chain of likely links may have gone too far.
//!
//! Bridges of an undirected graph by depth-first search, in time and memory of its records and links: R. E. Tarjan, "A
//! Note on Finding the Bridges of a Graph", Information Processing Letters 2 (1974), 160–161.

use super::entities::{Cause, Link};

/// Entities of fewer records on either side are no chain: a single link must join them unseen.
const SIDE: u32 = 3;

/// The likely links among `links`, all of which hold, whose loss would leave at least three records on either side. In
/// the order of `links`.
pub fn bridges(records: u32, links: &[Link]) -> Vec<Link> {
    let graph = Graph::new(records, links);
    let mut search = Search::new(&graph, links);
    for record in 0..records {
        if !search.is_seen(record) {
            search.from(record);
        }
    }
    search.found.sort_unstable();
    search.found.iter().filter_map(|at| links.get(*at as usize)).copied().collect()
}

/// Numbers of links by record, one record's after the other's.
struct Graph {
    starts: Vec<u32>,
    links: Vec<u32>,
}

impl Graph {
    fn new(records: u32, links: &[Link]) -> Self {
        let mut starts = vec![0_u32; records as usize + 2];
        for link in links {
            for record in [link.a, link.b] {
                if let Some(count) = starts.get_mut(record as usize + 2) {
                    *count += 1;
                }
            }
        }
        let mut sum = 0;
        for count in &mut starts {
            sum += *count;
            *count = sum;
        }
        // Each record's start is one place further on, and comes to its own place while its links are laid down.
        let mut laid = vec![0_u32; links.len() * 2];
        for (number, link) in (0_u32..).zip(links) {
            for record in [link.a, link.b] {
                if let Some(next) = starts.get_mut(record as usize + 1) {
                    if let Some(slot) = laid.get_mut(*next as usize) {
                        *slot = number;
                    }
                    *next += 1;
                }
            }
        }
        Self { starts, links: laid }
    }

    fn start(&self, record: u32) -> u32 {
        self.starts.get(record as usize).copied().unwrap_or_default()
    }
}

const UNSEEN: u32 = 0;

struct Search<'a> {
    graph: &'a Graph,
    links: &'a [Link],
    /// When each record was found, from 1.
    found_at: Vec<u32>,
    /// The earliest record that is reached from below a record without the link that found it.
    lowest: Vec<u32>,
    clock: u32,
    /// Numbers of links.
    found: Vec<u32>,
}

/// A record on the way from where the search began.
struct Step {
    record: u32,
    /// The link that led here.
    by: Option<u32>,
    /// Which of its links comes next.
    next: u32,
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph, links: &'a [Link]) -> Self {
        let records = graph.starts.len();
        let (found_at, lowest) = (vec![UNSEEN; records], vec![UNSEEN; records]);
        Self { graph, links, found_at, lowest, clock: 0, found: Vec::new() }
    }

    fn is_seen(&self, record: u32) -> bool {
        self.at(record) != UNSEEN
    }

    fn at(&self, record: u32) -> u32 {
        self.found_at.get(record as usize).copied().unwrap_or_default()
    }

    fn low(&self, record: u32) -> u32 {
        self.lowest.get(record as usize).copied().unwrap_or_default()
    }

    fn lower(&mut self, record: u32, to: u32) {
        if let Some(low) = self.lowest.get_mut(record as usize) {
            *low = (*low).min(to);
        }
    }

    fn enter(&mut self, record: u32, by: Option<u32>, way: &mut Vec<Step>) {
        self.clock += 1;
        for known in [&mut self.found_at, &mut self.lowest] {
            if let Some(slot) = known.get_mut(record as usize) {
                *slot = self.clock;
            }
        }
        way.push(Step { record, by, next: self.graph.start(record) });
    }

    /// Searches one entity.
    fn from(&mut self, record: u32) {
        let (before, first) = (self.clock, self.found.len());
        // How many records lie below each link that may be a bridge is known when the search leaves it.
        let mut below: Vec<u32> = Vec::new();
        let mut way = Vec::new();
        self.enter(record, None, &mut way);
        while let Some(step) = way.last_mut() {
            if step.next < self.graph.start(step.record + 1) {
                let (from, by) = (step.record, step.by);
                let number = self.graph.links.get(step.next as usize).copied();
                step.next += 1;
                let Some((number, link)) = number.and_then(|it| Some((it, self.links.get(it as usize)?))) else {
                    continue;
                };
                if by == Some(number) {
                    continue;
                }
                let to = if link.a == from { link.b } else { link.a };
                match self.at(to) {
                    UNSEEN => self.enter(to, Some(number), &mut way),
                    seen => self.lower(from, seen),
                }
                continue;
            }
            let (done, by) = (step.record, step.by);
            way.pop();
            let (Some(by), Some(above)) = (by, way.last().map(|step| step.record)) else { continue };
            let low = self.low(done);
            self.lower(above, low);
            let is_likely = self.links.get(by as usize).is_some_and(|link| link.cause == Cause::Likely);
            // All that was found since the record was lies below it.
            let size = self.clock - self.at(done) + 1;
            if is_likely && low > self.at(above) && size >= SIDE {
                self.found.push(by);
                below.push(size);
            }
        }
        let whole = self.clock - before;
        let found = self.found.split_off(first);
        self.found.extend(found.into_iter().zip(below).filter(|(_, size)| whole - size >= SIDE).map(|(link, _)| link));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(a: u32, b: u32) -> Link {
        Link { a, b, cause: Cause::Likely, bits: 1.0 }
    }

    /// What is left is counted anew without each link.
    fn one_by_one(records: u32, links: &[Link]) -> Vec<Link> {
        let sides = |without: &Link| {
            let mut clusters = super::super::Clusters::new(records);
            for link in links.iter().filter(|link| *link != without) {
                clusters.join(link.a, link.b);
            }
            let roots: Vec<u32> = (0..records).map(|record| clusters.root(record)).collect();
            let of = |record: u32| roots[record as usize];
            let count = |record: u32| roots.iter().filter(|root| **root == of(record)).count();
            (of(without.a) != of(without.b)).then(|| count(without.a).min(count(without.b)))
        };
        links.iter().filter(|link| sides(link).is_some_and(|least| least >= 3)).copied().collect()
    }

    #[test]
    fn bridges_are_the_links_whose_loss_cuts_an_entity() {
        let mut state = 7_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let mut some = 0;
        for _ in 0..300 {
            let records = 2 + random(20);
            let mut pairs: Vec<(u32, u32)> = (0..random(24)).map(|_| (random(records), random(records))).collect();
            pairs.retain(|(a, b)| a < b);
            pairs.sort_unstable();
            pairs.dedup();
            let links: Vec<Link> = pairs.iter().map(|(a, b)| link(*a, *b)).collect();
            let found = bridges(records, &links);
            assert_eq!(found, one_by_one(records, &links), "{pairs:?}");
            some += found.len();
        }
        assert!(some > 50, "{some}");
    }

    #[test]
    fn a_link_that_is_no_likeness_is_no_bridge() {
        let links: Vec<Link> =
            (0..5).map(|record| Link { cause: Cause::Exact(0), ..link(record, record + 1) }).collect();
        assert_eq!(bridges(6, &links), []);
        // Two links between the same records: neither is the only one.
        let mut links: Vec<Link> = (0..5).map(|record| link(record, record + 1)).collect();
        assert_eq!(bridges(6, &links), [link(2, 3)]);
        links.push(Link { cause: Cause::Exact(0), ..link(2, 3) });
        assert_eq!(bridges(6, &links), []);
    }
}
