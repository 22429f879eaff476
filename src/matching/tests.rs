//! Properties of the whole: each pair once, the short cut of the scorer is none, planted weights are found.

use std::collections::BTreeSet;

use super::*;

/// A sequence that looks random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 += 1;
        mixed(42, self.0) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

fn key(number: u64) -> u32 {
    u32::try_from(number).unwrap()
}

#[test]
fn every_pair_of_a_common_key_is_met_once_by_any_number_of_threads() {
    let mut dice = Dice(0);
    let records = 200;
    let one: Vec<u32> = (0..records).map(|_| if dice.chance(20) { UNKNOWN } else { key(dice.below(15)) }).collect();
    let (mut starts, mut many) = (vec![0], Vec::new());
    for _ in 0..records {
        let mut own: Vec<u32> = (0..dice.below(4)).map(|_| key(dice.below(30))).collect();
        own.sort_unstable();
        own.dedup();
        many.extend(own);
        starts.push(u32::try_from(many.len()).unwrap());
    }
    let list = |record: usize| many[starts[record] as usize..starts[record + 1] as usize].to_vec();
    let mut expected = BTreeSet::new();
    for a in 0..records {
        for b in a + 1..records {
            let by_one = one[a] == one[b] && one[a] != UNKNOWN;
            if by_one || list(a).iter().any(|key| list(b).contains(key)) {
                expected.insert((u32::try_from(a).unwrap(), u32::try_from(b).unwrap()));
            }
        }
    }
    let order: Vec<u32> = (0..200).rev().collect();
    let blocking = Blocking::new(vec![Keys::One(one), Keys::Many { starts, keys: many }], &order, 1000);
    let met = |threads| {
        let found = blocking.each(None, threads, Vec::new, |pairs: &mut Vec<(u32, u32)>, _, a, b, fresh| {
            if fresh {
                pairs.push((a, b));
            }
        });
        found.into_iter().flatten().collect::<Vec<_>>()
    };
    let alone = met(1);
    assert_eq!(alone, met(3));
    assert_eq!(alone.len(), expected.len());
    assert_eq!(alone.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn large_blocks_are_cut_to_neighbours_and_named() {
    let order: Vec<u32> = (0..100).collect();
    let blocking = Blocking::new(vec![Keys::One(vec![7; 100])], &order, 10);
    assert_eq!(blocking.oversized, [Oversized { rule: 0, key: 7, records: 100 }]);
    let found = blocking.each(None, 2, Vec::new, |pairs: &mut Vec<(u32, u32)>, _, a, b, _| pairs.push((a, b)));
    let pairs: Vec<(u32, u32)> = found.into_iter().flatten().collect();
    assert_eq!(pairs.len() as u64, blocking.pairs_of(0));
    assert!(pairs.iter().all(|(a, b)| b - a <= 10));
}

/// Records with a key of few and one of many, the latter in a group that is not compared in full.
fn crowded(dice: &mut Dice, records: u32) -> Vec<Keys> {
    let wide: Vec<u32> = (0..records).map(|_| key(dice.below(4))).collect();
    let narrow: Vec<u32> = (0..records).map(|_| key(dice.below(u64::from(records) / 4))).collect();
    let (mut starts, mut keys) = (vec![0], Vec::new());
    for _ in 0..records {
        let mut own = vec![key(dice.below(3)), key(3 + dice.below(60))];
        own.sort_unstable();
        keys.extend(own);
        starts.push(key(keys.len() as u64));
    }
    vec![Keys::One(wide), Keys::Many { starts, keys }, Keys::One(narrow)]
}

fn met(blocking: &Blocking) -> Vec<(u32, u32)> {
    let found = blocking.each(None, 2, Vec::new, |pairs: &mut Vec<(u32, u32)>, _, a, b, fresh| {
        if fresh {
            pairs.push((a, b));
        }
    });
    found.into_iter().flatten().collect()
}

#[test]
fn what_a_large_block_does_not_compare_another_rule_does() {
    let mut dice = Dice(0);
    let keys = crowded(&mut dice, 200);
    let order: Vec<u32> = (0..200).collect();
    let blocking = Blocking::new(keys.clone(), &order, 20);
    assert!(blocking.oversized.iter().any(|group| group.rule == 0), "{:?}", blocking.oversized);
    assert!(blocking.oversized.iter().any(|group| group.rule == 1), "{:?}", blocking.oversized);
    let found = met(&blocking);
    let once: BTreeSet<(u32, u32)> = found.iter().copied().collect();
    assert_eq!(found.len(), once.len(), "each pair once");
    let of = |rule: usize, record: u32| -> Vec<u32> {
        match &keys[rule] {
            Keys::One(keys) => vec![keys[record as usize]],
            Keys::Many { starts, keys } => {
                keys[starts[record as usize] as usize..starts[record as usize + 1] as usize].to_vec()
            }
        }
    };
    for a in 0..200 {
        for b in a + 1..200 {
            let small = |rule: usize, key: u32| !blocking.oversized.iter().any(|g| (g.rule, g.key) == (rule, key));
            let expected =
                (0..3).any(|rule| of(rule, a).iter().any(|key| of(rule, b).contains(key) && small(rule, *key)));
            assert!(!expected || once.contains(&(a, b)), "{a} {b}");
            assert_eq!(blocking.brings_up(a, b), once.contains(&(a, b)), "{a} {b}");
        }
    }
}

/// What is compared anew, with what was compared before, is what comparing all gives.
#[test]
fn few_changed_records_need_few_comparisons() {
    let mut dice = Dice(9);
    let records = 300;
    let before = crowded(&mut dice, records);
    // Some records have other keys now; the last twenty are new, and were in no block before.
    let other = crowded(&mut dice, records);
    let changed: Vec<bool> = (0..records).map(|record| record >= 280 || record % 23 == 0).collect();
    let mixed_keys = |rule: usize, now: bool| -> Keys {
        let of = |keys: &Keys, record: u32| -> Vec<u32> {
            match keys {
                Keys::One(keys) => vec![keys[record as usize]],
                Keys::Many { starts, keys } => {
                    keys[starts[record as usize] as usize..starts[record as usize + 1] as usize].to_vec()
                }
            }
        };
        let all = (0..records).map(|record| match (changed[record as usize], now) {
            (true, true) => of(&other[rule], record),
            (true, false) if record >= 280 => vec![UNKNOWN],
            _ => of(&before[rule], record),
        });
        if matches!(before[rule], Keys::One(_)) {
            return Keys::One(all.map(|keys| keys[0]).collect());
        }
        let (mut starts, mut keys) = (vec![0], Vec::new());
        for own in all {
            keys.extend(own);
            starts.push(key(keys.len() as u64));
        }
        Keys::Many { starts, keys }
    };
    let order: Vec<u32> = (0..records).collect();
    for largest in [20, 80, 1000] {
        let of = |now| Blocking::new((0..3).map(|rule| mixed_keys(rule, now)).collect(), &order, largest);
        let (was, all, mut some) = (of(false), of(true), of(true));
        let was_large = was.oversized.iter().map(|group| (group.rule, group.key)).collect();
        some.only(&changed, &was_large);
        let kept = met(&was).into_iter().filter(|(a, b)| !changed[*a as usize] && !changed[*b as usize]);
        let mut found: BTreeSet<(u32, u32)> = kept.filter(|(a, b)| some.brings_up(*a, *b)).collect();
        let again = met(&some);
        assert!(largest < 1000 || again.len() * 2 < met(&all).len(), "{} of {}", again.len(), met(&all).len());
        found.extend(again);
        assert_eq!(found, met(&all).into_iter().collect::<BTreeSet<_>>(), "{largest}");
    }
}

fn comparison(name: &str, kind: Kind, values: &[Option<String>]) -> Comparison {
    let mut interner = Interner::new(kind);
    values.iter().for_each(|value| interner.push(value.as_deref()));
    Comparison {
        name: name.to_owned(),
        kind,
        levels: kind.levels(),
        term_frequency: kind != Kind::Date,
        parts: interner.finish().in_parts(1),
    }
}

/// Persons with a city and a day, of whom every second has a record more with some faults, which are counted.
fn planted() -> (Compared, Vec<u64>) {
    let mut dice = Dice(1000);
    let (mut cities, mut days, mut codes, mut persons) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for person in 0..2000u64 {
        let day = |dice: &mut Dice| {
            format!("19{:02}-{:02}-{:02}", dice.below(60) + 30, 1 + dice.below(12), 1 + dice.below(28))
        };
        let (city, born, code) = (dice.below(40), day(&mut dice), dice.below(100_000));
        for copy in 0..=u64::from(person % 2 == 0) {
            let wrong = |dice: &mut Dice, percent| copy > 0 && dice.chance(percent);
            let city = if wrong(&mut dice, 20) { dice.below(40) } else { city };
            let born = if wrong(&mut dice, 10) { day(&mut dice) } else { born.clone() };
            let code = if wrong(&mut dice, 5) { dice.below(100_000) } else { code };
            cities.push((!dice.chance(10)).then(|| format!("city {city}")));
            days.push(Some(born));
            codes.push(Some(format!("{code}")));
            persons.push(person);
        }
    }
    let comparisons = vec![
        comparison("city", Kind::Exact, &cities),
        comparison("born", Kind::Date, &days),
        comparison("code", Kind::Exact, &codes),
    ];
    (Compared { comparisons, records: u32::try_from(persons.len()).unwrap() }, persons)
}

#[test]
fn planted_weights_are_found_and_the_scorer_takes_no_wrong_short_cut() {
    let (compared, persons) = planted();
    let rules: Vec<Keys> = [1, 2].map(|at| Keys::One(compared.comparisons[at].parts[0].of.clone())).to_vec();
    let order: Vec<u32> = (0..compared.records).collect();
    let blocking = Blocking::new(rules, &order, 5000);
    let fixed = vec![vec![false, true, false], vec![false, false, true]];
    let learned = learn(&compared, &blocking, &fixed, &[], &Learning::default(), 2);
    let weights = &learned.weights;
    // A wrong city is the right one by chance once in forty.
    assert!((weights.parts[0].m[0] - 0.805).abs() < 0.04, "{:?}", weights.parts[0].m);
    assert!((weights.parts[0].u[0] - 0.025).abs() < 0.003, "{:?}", weights.parts[0].u);
    assert!((weights.parts[1].m[0] - 0.9).abs() < 0.03, "{:?}", weights.parts[1].m);
    assert!((weights.parts[2].m[0] - 0.95).abs() < 0.03, "{:?}", weights.parts[2].m);
    let pairs = f64::from(compared.records) * f64::from(compared.records - 1) / 2.0;
    assert!((weights.lambda * pairs - 1000.0).abs() < 60.0, "{}", weights.lambda * pairs);
    let scorer = Scorer::new(&compared, weights);
    let (mut right, mut wrong) = (0, 0);
    for a in 0..compared.records {
        for b in a + 1..compared.records.min(a + 400) {
            let bits = scorer.bits(&compared.levels(a, b), a, b);
            for least in [-5.0, 0.0, 4.0] {
                assert_eq!(scorer.score(a, b, least), (bits >= least).then_some(bits), "{a} {b}");
            }
            if bits >= 0.0 {
                *(if persons[a as usize] == persons[b as usize] { &mut right } else { &mut wrong }) += 1;
            }
        }
    }
    assert!(right > 890 && wrong < 30, "{right} right, {wrong} wrong");
}

#[test]
fn the_same_rare_value_says_no_less_than_a_misspelt_one() {
    // Of 400 records two have `rare`, two `misspelt` but for a letter, and all others one of two.
    let few = ["rare@x.example", "rare@x.example", "misspelt@x.example", "misspelts@x.example"];
    let many = (0..396).map(|record| if record % 4 == 0 { "a@x.example" } else { "b@x.example" });
    let values: Vec<Option<String>> = few.into_iter().chain(many).map(|value| Some(value.to_owned())).collect();
    let compared = Compared { comparisons: vec![comparison("email", Kind::Email, &values)], records: 400 };
    // Random pairs hardly ever differ in a letter, and are hardly ever the same.
    let part = |same| PartWeights { m: vec![0.7, 0.0, 0.2, 0.0, 0.0, 0.1], u: vec![same, 0.0, 1e-5, 0.0, 0.0, 1.0] };
    let of = |part: PartWeights, a, b| {
        let weights = Weights { lambda: 0.01, parts: vec![part] };
        Scorer::new(&compared, &weights).evidence(&compared.levels(a, b), a, b)[0]
    };
    let misspelt = of(part(1e-5), 2, 3);
    assert!((misspelt - (0.2f32 / 1e-5).log2()).abs() < 1e-3, "{misspelt}");
    assert!((of(part(1e-5), 0, 1) - misspelt).abs() < 1e-3, "{}", of(part(1e-5), 0, 1));
    // What many have says what its frequency says, and what declared weights have the other way round stays so.
    assert!((of(part(1e-5), 4, 8) - (0.7f32 * 400.0 / 99.0).log2()).abs() < 1e-3, "{}", of(part(1e-5), 4, 8));
    assert!((of(part(0.1), 0, 1) - (0.7f32 * 200.0).log2()).abs() < 1e-3, "{}", of(part(0.1), 0, 1));
}

#[test]
fn names_are_compared_the_way_round_that_fits() {
    let mut interner = Interner::new(Kind::PersonName);
    for given in ["Anna", "Schmidt", "Bob", "Robert"] {
        interner.push(Some(given));
    }
    for family in ["Schmidt", "Anna", "Miller", "Miler"] {
        interner.push(Some(family));
    }
    let name = Comparison {
        name: "name".to_owned(),
        kind: Kind::PersonName,
        levels: Kind::PersonName.levels(),
        term_frequency: true,
        parts: interner.finish().in_parts(2),
    };
    let compared = Compared { comparisons: vec![name], records: 4 };
    assert_eq!(compared.levels(0, 1)[..2], [0, 0]);
    // Bob is Robert, and a letter of Miller is gone: of the same sound.
    assert_eq!(compared.levels(2, 3)[..2], [1, 1]);
    assert_eq!(compared.levels(0, 2)[..2], [4, 4]);
}
