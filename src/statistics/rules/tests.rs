//! Rules against counting by hand.

use std::collections::{BTreeMap, BTreeSet};

use super::{Baskets, Rule, TooMany, mine};

fn baskets(of: &[&[&str]]) -> Baskets {
    let mut baskets = Baskets::default();
    of.iter().for_each(|basket| baskets.add(basket.iter().copied()));
    baskets
}

fn lines(of: &Baskets, least: u32, longest: usize) -> Vec<String> {
    let rules = mine(of, least, longest).expect("rules");
    let line = |rule: Rule<'_>| {
        let counts = [rule.baskets, rule.antecedent_baskets, rule.consequent_baskets];
        format!("{} -> {} {counts:?}", rule.antecedent.join(" "), rule.consequent)
    };
    rules.iter().map(line).collect()
}

#[test]
fn rules_are_in_order_and_counted() {
    let of = baskets(&[
        &["tea", "milk", "sugar"],
        &["sugar", "tea", "milk", "tea"],
        &["tea"],
        &["milk", "tea"],
        &["sugar", "cake"],
        &[],
    ]);
    let expected = [
        "milk -> sugar [2, 3, 3]",
        "milk -> tea [3, 3, 4]",
        "milk sugar -> tea [2, 2, 4]",
        "milk tea -> sugar [2, 3, 3]",
        "sugar -> milk [2, 3, 3]",
        "sugar -> tea [2, 3, 4]",
        "sugar tea -> milk [2, 2, 3]",
        "tea -> milk [3, 4, 3]",
        "tea -> sugar [2, 4, 3]",
    ];
    assert_eq!(lines(&of, 2, 3), expected);
    assert_eq!(lines(&of, 3, 3), ["milk -> tea [3, 3, 4]", "tea -> milk [3, 4, 3]"]);
    assert_eq!(lines(&of, 2, 1).len(), 6);
    assert_eq!(lines(&of, 4, 3), [""; 0]);
    assert_eq!(lines(&Baskets::default(), 2, 3), [""; 0]);
}

/// Every set of up to `longest` items of every basket.
fn counted(of: &[Vec<u8>], longest: usize) -> BTreeMap<Vec<u8>, u32> {
    let mut counts = BTreeMap::new();
    for basket in of {
        let items: Vec<u8> = basket.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        for bits in 1_u32..1 << items.len() {
            if bits.count_ones() as usize <= longest {
                let set = items.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, item)| *item);
                *counts.entry(set.collect()).or_default() += 1;
            }
        }
    }
    counts
}

fn some_baskets() -> Vec<Vec<u8>> {
    let mut seed = 3_u64;
    let mut below = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 33) % most) as u8
    };
    (0..300).map(|_| (0..below(9)).map(|_| b'a' + below(4) * below(4)).collect()).collect()
}

fn texts(of: &[Vec<u8>]) -> Baskets {
    let mut baskets = Baskets::default();
    for basket in of {
        baskets.add(basket.iter().map(|item| std::str::from_utf8(std::slice::from_ref(item)).expect("a letter")));
    }
    baskets
}

#[test]
fn every_rule_is_found() {
    let of = some_baskets();
    for (least, longest) in [(2, 1), (2, 2), (2, 3), (3, 4), (10, 10)] {
        let counts = counted(&of, longest + 1);
        let mut expected = BTreeSet::new();
        for (set, count) in counts.iter().filter(|(set, count)| set.len() > 1 && **count >= least) {
            for consequent in set {
                let antecedent: Vec<u8> = set.iter().copied().filter(|item| item != consequent).collect();
                let of_both = [*count, counts[&antecedent], counts[&vec![*consequent]]];
                expected.insert((antecedent, *consequent, of_both));
            }
        }
        let rules = mine(&texts(&of), least, longest).expect("rules");
        let found: Vec<_> = rules
            .iter()
            .map(|rule| {
                let antecedent: Vec<u8> = rule.antecedent.concat().into_bytes();
                let counts = [rule.baskets, rule.antecedent_baskets, rule.consequent_baskets];
                (antecedent, rule.consequent.as_bytes()[0], counts)
            })
            .collect();
        assert!(!found.is_empty() && found.len() == rules.len());
        // A set of tuples has the order that the rules have.
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn parts_put_together_are_the_whole() {
    let of = some_baskets();
    let (first, second) = of.split_at(100);
    let mut merged = texts(second);
    let first = texts(first);
    let (names, items, ends) = first.parts();
    merged.merge(names.iter().map(AsRef::as_ref), items, ends.iter().copied());
    assert_eq!(lines(&merged, 2, 3), lines(&texts(&of), 2, 3));
}

/// The same items, twice.
fn twice(items: u32) -> Baskets {
    let names: Vec<String> = (0..items).map(|item| format!("p{item:03}")).collect();
    let mut of = Baskets::default();
    (0..2).for_each(|_| of.add(names.iter().map(String::as_str)));
    of
}

#[test]
fn wide_baskets_give_pairs_only() {
    let rules = mine(&twice(160), 2, 3).expect("rules");
    assert_eq!(rules.len(), 160 * 159);
    assert!(rules.iter().all(|rule| rule.antecedent.len() == 1 && rule.baskets == 2));
}

#[test]
fn lengths_have_limits() {
    // Of six items there are 15 pairs, 20 sets of three and 15 of four.
    let of = twice(6);
    let counts = |most| of.frequent(2, 4, most).map(|(_, sets)| (2..=4).map(|length| sets.count(length)).collect());
    assert_eq!(counts([15, 20]), Ok(vec![15, 20, 15]));
    assert_eq!(counts([15, 19]), Ok(vec![15, 0, 0]));
    assert_eq!(counts([14, 20]), Err(TooMany));
}

#[test]
fn wide_baskets_once_give_nothing() {
    let names: Vec<String> = (0..20_000).map(|item| item.to_string()).collect();
    let mut of = Baskets::default();
    for basket in names.chunks(10_000) {
        of.add(basket.iter().map(String::as_str));
    }
    assert!(mine(&of, 2, 3).expect("rules").is_empty());
}
