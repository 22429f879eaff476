//! What is bought together: frequent item sets, and rules from them that end in one item.

mod baskets;
mod sets;

pub use baskets::Baskets;
use sets::Sets;

/// Antecedents of more items say nothing to anybody.
pub const LONGEST_ANTECEDENT: usize = 10;
/// Pairs beyond which there is no answer that fits into memory with what is made of it.
const MOST_PAIRS: usize = 5_000_000;
/// Sets of any one greater length.
const MOST_SETS: usize = 500_000;

/// Who has bought the antecedent buys the consequent too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<'a> {
    /// In the order of their bytes.
    pub antecedent: Vec<&'a str>,
    pub consequent: &'a str,
    /// Baskets that have all of them.
    pub baskets: u32,
    pub antecedent_baskets: u32,
    pub consequent_baskets: u32,
}

/// More pairs of items are frequent than could be kept, or there are more than four thousand million items in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// All rules with one consequent and an antecedent of 1 to `longest_antecedent` items that are together in at least
/// `least` baskets, by antecedent and consequent. A length of which more than half a million sets are frequent, or that
/// takes more than a billion steps to look for, is left out, and so are longer ones: the same that makes them many, a few
/// wide baskets much alike, makes them worthless, and their number grows without bound.
pub fn mine(baskets: &Baskets, least: u32, longest_antecedent: usize) -> Result<Rules, TooMany> {
    let (names, sets) =
        baskets.frequent(least, longest_antecedent.min(LONGEST_ANTECEDENT) + 1, [MOST_PAIRS, MOST_SETS])?;
    Ok(Rules::of(names, sets))
}

/// Rules in their order, made of the sets when they are asked for.
#[derive(Debug)]
pub struct Rules {
    names: Vec<std::sync::Arc<str>>,
    sets: Sets,
    order: Vec<Place>,
}

/// A set of some length and the item of it that is the consequent.
#[derive(Clone, Copy, Debug)]
struct Place {
    set: u32,
    length: u8,
    consequent: u8,
}

impl Rules {
    fn of(names: Vec<std::sync::Arc<str>>, sets: Sets) -> Self {
        let mut order = Vec::with_capacity(sets.lengths().map(|length| length * sets.count(length)).sum());
        for length in sets.lengths() {
            for set in (0_u32..).take(sets.count(length)) {
                let consequents = (0_u8..).take(length);
                order.extend(consequents.map(|consequent| Place { set, length: length as u8, consequent }));
            }
        }
        let mut rules = Self { names, sets, order: Vec::new() };
        order.sort_unstable_by(|a, b| {
            let by_antecedent = rules.antecedent(*a).cmp(rules.antecedent(*b));
            by_antecedent.then_with(|| rules.consequent(*a).cmp(&rules.consequent(*b)))
        });
        rules.order = order;
        rules
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = Rule<'_>> {
        self.order.iter().map(|place| {
            let antecedent: Vec<u32> = self.antecedent(*place).collect();
            let consequent = self.consequent(*place);
            Rule {
                baskets: self.sets.of(usize::from(place.length), place.set).1,
                antecedent_baskets: self.sets.baskets_of(&antecedent),
                consequent_baskets: self.sets.baskets_of(&[consequent]),
                antecedent: antecedent.into_iter().map(|item| self.name(item)).collect(),
                consequent: self.name(consequent),
            }
        })
    }

    fn antecedent(&self, place: Place) -> impl Iterator<Item = u32> {
        let items = self.sets.of(usize::from(place.length), place.set).0.iter().copied().enumerate();
        items.filter(move |(at, _)| *at != usize::from(place.consequent)).map(|(_, item)| item)
    }

    fn consequent(&self, place: Place) -> u32 {
        let (items, _) = self.sets.of(usize::from(place.length), place.set);
        items.get(usize::from(place.consequent)).copied().unwrap_or_default()
    }

    fn name(&self, item: u32) -> &str {
        self.names.get(item as usize).map_or("", AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests;
