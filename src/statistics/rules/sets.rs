//! Frequent item sets, depth first: for a set, its baskets are walked and what follows its last item in them is counted
//! (occurrence deliver; Uno, Kiyomi & Arimura 2004, *LCM ver. 2*). No candidate is made that occurs nowhere, and what is
//! kept besides the result is, for each length, at most the places of the baskets' items.

use super::TooMany;

/// Items of baskets that are walked for sets of any one length above 2: some seconds.
const MOST_STEPS: usize = 1_000_000_000;

/// Baskets of frequent items in ascending order; none of fewer than two.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    items: Vec<u32>,
    /// Where the basket of each item ends.
    ends: Vec<u32>,
}

impl Transactions {
    pub(super) fn add(&mut self, items: impl Iterator<Item = u32>) {
        let start = self.items.len();
        self.items.extend(items);
        let end = self.items.len();
        if end - start < 2 {
            self.items.truncate(start);
            return;
        }
        if let Some(basket) = self.items.get_mut(start..) {
            basket.sort_unstable();
        }
        self.ends.resize(end, end as u32);
    }

    /// What follows in the basket of the item at a place, and where.
    fn after(&self, place: u32) -> impl ExactSizeIterator<Item = (u32, u32)> {
        let place = place as usize;
        let end = self.ends.get(place).copied().unwrap_or_default() as usize;
        let items = self.items.get(place + 1..end).unwrap_or_default();
        items.iter().copied().enumerate().map(move |(at, item)| ((place + 1 + at) as u32, item))
    }
}

/// Frequent sets by length: the items of each in ascending order, the sets in the order of their items.
#[derive(Debug)]
pub(super) struct Sets {
    /// Of 2 items, of 3, …
    by_length: Vec<Level>,
    supports: Vec<u32>,
}

#[derive(Debug, Default)]
struct Level {
    items: Vec<u32>,
    baskets: Vec<u32>,
}

impl Sets {
    /// At most so many pairs, so many of every greater length.
    pub(super) fn mine(
        transactions: &Transactions,
        supports: Vec<u32>,
        least: u32,
        longest: usize,
        most: [usize; 2],
    ) -> Result<Self, TooMany> {
        let count = supports.len();
        let mut places = vec![Vec::new(); count];
        for (place, item) in (0_u32..).zip(&transactions.items) {
            if let Some(places) = places.get_mut(*item as usize) {
                places.push(place);
            }
        }
        let levels = (2..=longest).map(|_| Level::default()).collect();
        let mut search = Search {
            transactions,
            least,
            most,
            counts: vec![0; count],
            walked: vec![0; longest + 1],
            sets: Self { by_length: levels, supports },
            prefix: Vec::new(),
        };
        for (item, places) in (0..).zip(places) {
            search.prefix.push(item);
            search.extend(&places)?;
            search.prefix.pop();
        }
        Ok(search.sets)
    }

    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> + use<> {
        2..self.by_length.len() + 2
    }

    pub(super) fn count(&self, length: usize) -> usize {
        self.level(length).map_or(0, |level| level.baskets.len())
    }

    fn level(&self, length: usize) -> Option<&Level> {
        self.by_length.get(length.checked_sub(2)?)
    }

    /// Items and baskets of a set.
    pub(super) fn of(&self, length: usize, set: u32) -> (&[u32], u32) {
        let set = set as usize;
        self.level(length)
            .and_then(|level| {
                let items = level.items.get(set * length..(set + 1) * length)?;
                Some((items, *level.baskets.get(set)?))
            })
            .unwrap_or_default()
    }

    /// Of a frequent set.
    pub(super) fn baskets_of(&self, items: &[u32]) -> u32 {
        if let [item] = items {
            return self.supports.get(*item as usize).copied().unwrap_or_default();
        }
        let (mut from, mut to) = (0_u32, self.count(items.len()) as u32);
        while from < to {
            let middle = from + (to - from) / 2;
            let (found, baskets) = self.of(items.len(), middle);
            match found.cmp(items) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => return baskets,
            }
        }
        0
    }
}

struct Search<'a> {
    transactions: &'a Transactions,
    least: u32,
    most: [usize; 2],
    /// Of each item after the set at hand; 0 everywhere between two sets.
    counts: Vec<u32>,
    /// Items walked for sets of 2, of 3, …
    walked: Vec<usize>,
    sets: Sets,
    prefix: Vec<u32>,
}

impl Search<'_> {
    /// All frequent sets that begin with the prefix, whose last item lies at these places.
    fn extend(&mut self, places: &[u32]) -> Result<(), TooMany> {
        let length = self.prefix.len() + 1;
        let least = self.least as usize;
        if places.len() < least || length > self.sets.by_length.len() + 1 {
            return Ok(());
        }
        let steps = places.iter().map(|place| self.transactions.after(*place).len()).sum();
        if !self.may_walk(length, steps) {
            return Ok(());
        }
        let mut seen = Vec::new();
        for (_, item) in places.iter().flat_map(|place| self.transactions.after(*place)) {
            if let Some(count) = self.counts.get_mut(item as usize) {
                if *count == 0 {
                    seen.push(item);
                }
                *count += 1;
            }
        }
        seen.sort_unstable();
        let mut frequent = Vec::new();
        for item in seen {
            let count = self.counts.get_mut(item as usize).map(std::mem::take).unwrap_or_default();
            if count >= self.least {
                frequent.push((item, count));
            }
        }
        if !self.keep(length, &frequent)? || length > self.sets.by_length.len() {
            return Ok(());
        }
        let last = frequent.len().saturating_sub(1);
        // Where each of them lies; of the last there is nothing after.
        let mut lists: Vec<Vec<u32>> =
            frequent.iter().take(last).map(|(_, count)| Vec::with_capacity(*count as usize)).collect();
        for (at, (item, _)) in frequent.iter().take(last).enumerate() {
            if let Some(number) = self.counts.get_mut(*item as usize) {
                *number = at as u32 + 1;
            }
        }
        for (place, item) in places.iter().flat_map(|place| self.transactions.after(*place)) {
            let number = self.counts.get(item as usize).copied().unwrap_or_default() as usize;
            if let Some(list) = number.checked_sub(1).and_then(|at| lists.get_mut(at)) {
                list.push(place);
            }
        }
        for (item, _) in frequent.iter().take(last) {
            if let Some(number) = self.counts.get_mut(*item as usize) {
                *number = 0;
            }
        }
        for ((item, _), list) in frequent.iter().zip(lists) {
            self.prefix.push(*item);
            self.extend(&list)?;
            self.prefix.pop();
        }
        Ok(())
    }

    /// Whether sets of this length may be looked for in so many items more.
    fn may_walk(&mut self, length: usize, steps: usize) -> bool {
        let Some(walked) = self.walked.get_mut(length - 2) else { return false };
        *walked += steps;
        let may = length == 2 || *walked <= MOST_STEPS;
        if !may {
            self.sets.by_length.truncate(length - 2);
        }
        may
    }

    /// Whether sets of this length are still wanted after these.
    fn keep(&mut self, length: usize, frequent: &[(u32, u32)]) -> Result<bool, TooMany> {
        let Some(level) = self.sets.by_length.get_mut(length - 2) else { return Ok(false) };
        let [pairs, longer] = self.most;
        if level.baskets.len() + frequent.len() > if length == 2 { pairs } else { longer } {
            if length == 2 {
                return Err(TooMany);
            }
            self.sets.by_length.truncate(length - 2);
            return Ok(false);
        }
        for (item, count) in frequent {
            level.items.extend_from_slice(&self.prefix);
            level.items.push(*item);
            level.baskets.push(*count);
        }
        Ok(true)
    }
}
