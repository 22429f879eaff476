//! Baskets as numbers of items.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::TooMany;
use super::sets::{Sets, Transactions};

/// Four bytes for each item of a basket, eight for the basket, and every name once.
#[derive(Debug, Default)]
pub struct Baskets {
    numbers: HashMap<Arc<str>, u32, FixedState>,
    names: Vec<Arc<str>>,
    items: Vec<u32>,
    ends: Vec<usize>,
}

impl Baskets {
    /// Items that come twice count once.
    pub fn add<'a>(&mut self, basket: impl IntoIterator<Item = &'a str>) {
        let start = self.items.len();
        for name in basket {
            let item = self.number(name);
            self.items.push(item);
        }
        self.finish(start);
    }

    fn finish(&mut self, start: usize) {
        if let Some(basket) = self.items.get_mut(start..) {
            basket.sort_unstable();
        }
        let mut kept = start;
        for place in start..self.items.len() {
            let item = self.items.get(place).copied();
            if place == start || item != self.items.get(kept - 1).copied() {
                if let (Some(to), Some(item)) = (self.items.get_mut(kept), item) {
                    *to = item;
                }
                kept += 1;
            }
        }
        self.items.truncate(kept);
        self.ends.push(kept);
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let name: Arc<str> = name.into();
        let number = self.names.len() as u32;
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    /// Names by number, the items of all baskets by number, and where in them each basket ends.
    pub fn parts(&self) -> (&[Arc<str>], &[u32], &[usize]) {
        (&self.names, &self.items, &self.ends)
    }

    /// Adds what `parts` of another gave.
    pub fn merge<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
        items: &[u32],
        ends: impl IntoIterator<Item = usize>,
    ) {
        let numbers: Vec<u32> = names.into_iter().map(|name| self.number(name)).collect();
        let mut from = 0;
        for end in ends {
            let start = self.items.len();
            let basket = items.get(from..end).unwrap_or_default();
            self.items.extend(basket.iter().filter_map(|item| numbers.get(*item as usize)));
            self.finish(start);
            from = end;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes kept.
    pub fn size(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + 16).sum();
        let entries = self.numbers.capacity() * size_of::<(Arc<str>, u32)>();
        names
            + entries
            + self.names.capacity() * size_of::<Arc<str>>()
            + self.items.capacity() * size_of::<u32>()
            + self.ends.capacity() * size_of::<usize>()
    }

    /// Items that are frequent, by name, and sets of their numbers in that order.
    pub(super) fn frequent(
        &self,
        least: u32,
        longest: usize,
        most: [usize; 2],
    ) -> Result<(Vec<Arc<str>>, Sets), TooMany> {
        // Places of items are numbers of 32 bits while sets are looked for.
        if u32::try_from(self.items.len()).is_err() {
            return Err(TooMany);
        }
        let mut counts = vec![0_u32; self.names.len()];
        for item in &self.items {
            if let Some(count) = counts.get_mut(*item as usize) {
                *count += 1;
            }
        }
        let mut frequent: Vec<(&Arc<str>, u32, u32)> = self
            .names
            .iter()
            .zip(&counts)
            .zip(0..)
            .filter(|((_, count), _)| **count >= least)
            .map(|((name, count), number)| (name, *count, number))
            .collect();
        frequent.sort_unstable();
        let mut ranks = vec![None; self.names.len()];
        for ((_, _, number), rank) in frequent.iter().zip(0_u32..) {
            if let Some(place) = ranks.get_mut(*number as usize) {
                *place = Some(rank);
            }
        }
        let mut transactions = Transactions::default();
        let mut from = 0;
        for end in &self.ends {
            let items = self.items.get(from..*end).unwrap_or_default();
            transactions.add(items.iter().filter_map(|item| ranks.get(*item as usize).copied().flatten()));
            from = *end;
        }
        let supports = frequent.iter().map(|(_, count, _)| *count).collect();
        let names = frequent.iter().map(|(name, _, _)| Arc::clone(name)).collect();
        Ok((names, Sets::mine(&transactions, supports, least, longest, most)?))
    }
}
