//! Names of entities that outlive a run: an entity keeps the key that most of its records had.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::learn::mixed;

/// A record as far as keys go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key that it gives an entity that has none.
    pub own: String,
    /// Of what the record is known by, of which two may make the same `own`.
    pub hash: u64,
    /// When it was made, as text that sorts; the oldest names the entity.
    pub made: Option<String>,
    /// The key that it had.
    pub before: Option<String>,
}

impl Member {
    /// The oldest is the smallest; of those of unknown age, and of the same, the one with the smallest key.
    fn age(&self) -> Age<'_> {
        (self.made.is_none(), self.made.as_deref(), &self.own)
    }
}

/// Whether it is unknown, the date, the record's own key.
type Age<'a> = (bool, Option<&'a str>, &'a str);

/// An entity has records of a key.
struct Claim<'a> {
    entity: usize,
    key: &'a str,
    records: usize,
    oldest: Age<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    pub key: String,
    pub previous: String,
    pub cause: ChangeCause,
    /// Records that went from the one to the other.
    pub records: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeCause {
    /// All records of the previous key went into another entity.
    Merged,
    /// Some did, and others did not.
    Split,
}

impl ChangeCause {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Split => "split",
        }
    }
}

/// A key for each entity, and what changed; entities are lists of records.
///
/// A key that records of several entities had goes to the one with most of them; ties to the one whose records of that
/// key are oldest, then to the smallest. An entity that gets none is named by its oldest record whose key is free.
pub fn keys(entities: &[Vec<usize>], members: &[Member]) -> (Vec<String>, Vec<Change>) {
    let member = |record: &usize| members.get(*record);
    // The best first.
    let mut claims: Vec<Claim<'_>> = Vec::new();
    for (at, entity) in entities.iter().enumerate() {
        let mut of_key: BTreeMap<&str, Claim<'_>> = BTreeMap::new();
        for record in entity.iter().filter_map(member) {
            if let Some(key) = record.before.as_deref() {
                let claim = of_key.entry(key).or_insert(Claim { entity: at, key, records: 0, oldest: record.age() });
                claim.records += 1;
                claim.oldest = record.age().min(claim.oldest);
            }
        }
        claims.extend(of_key.into_values());
    }
    claims.sort_unstable_by(|x, y| {
        y.records.cmp(&x.records).then(x.oldest.cmp(&y.oldest)).then(x.key.cmp(y.key)).then(x.entity.cmp(&y.entity))
    });
    let mut given: Vec<Option<&str>> = vec![None; entities.len()];
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for claim in claims {
        if let Some(slot @ None) = given.get_mut(claim.entity)
            && taken.insert(claim.key)
        {
            *slot = Some(claim.key);
        }
    }
    for (entity, slot) in entities.iter().zip(&mut given).filter(|(_, slot)| slot.is_none()) {
        let mut by_age: Vec<&Member> = entity.iter().filter_map(member).collect();
        by_age.sort_unstable_by_key(|record| record.age());
        *slot = by_age.into_iter().map(|record| record.own.as_str()).find(|key| taken.insert(key));
    }
    // After all others, so that a key made up here takes none away.
    let mut made_up: BTreeSet<String> = BTreeSet::new();
    let keys: Vec<String> = entities
        .iter()
        .zip(given)
        .map(|(entity, key)| {
            let fallback = || {
                let mut free = suffixed(entity.iter().filter_map(member));
                free.find(|key| !taken.contains(key.as_str()) && made_up.insert(key.clone())).unwrap_or_default()
            };
            key.map_or_else(fallback, str::to_owned)
        })
        .collect();
    let changes = changes(entities, members, &keys);
    (keys, changes)
}

/// Keys of an entity whose records' own are all taken: the oldest one's, with eight digits of its hash. They depend on
/// that record alone; where even they are taken, the hash is mixed again.
fn suffixed<'a>(records: impl Iterator<Item = &'a Member>) -> impl Iterator<Item = String> {
    let (own, hash) =
        records.min_by_key(|record| record.age()).map_or(("", 0), |record| (record.own.as_str(), record.hash));
    (0u64..).map(move |round| {
        let hash = if round == 0 { hash } else { mixed(hash, round) };
        format!("{own}~{:08x}", hash >> 32)
    })
}

fn changes(entities: &[Vec<usize>], members: &[Member], keys: &[String]) -> Vec<Change> {
    let mut moved: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut stayed: HashMap<&str, u64> = HashMap::new();
    for (entity, key) in entities.iter().zip(keys) {
        for before in entity.iter().filter_map(|record| members.get(*record)?.before.as_deref()) {
            if before == key {
                *stayed.entry(before).or_default() += 1;
            } else {
                *moved.entry((before, key)).or_default() += 1;
            }
        }
    }
    let mut goals: HashMap<&str, u64> = HashMap::new();
    for (before, _) in moved.keys() {
        *goals.entry(before).or_default() += 1;
    }
    let change = |((before, key), records): (&(&str, &str), &u64)| Change {
        key: (*key).to_owned(),
        previous: (*before).to_owned(),
        cause: match (stayed.get(before), goals.get(before)) {
            (None, Some(1)) => ChangeCause::Merged,
            _ => ChangeCause::Split,
        },
        records: *records,
    };
    moved.iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::super::hashed;
    use super::*;

    fn member(own: &str, made: &str, before: Option<&str>) -> Member {
        Member {
            own: own.to_owned(),
            hash: hashed(0, own),
            made: (!made.is_empty()).then(|| made.to_owned()),
            before: before.map(str::to_owned),
        }
    }

    #[test]
    fn new_entities_are_named_by_their_oldest_record() {
        let members = [member("b", "2020", None), member("a", "2021", None), member("c", "", None)];
        assert_eq!(keys(&[vec![0, 1, 2]], &members).0, ["b"]);
        assert_eq!(keys(&[vec![1, 2], vec![0]], &members).0, ["a", "b"]);
    }

    #[test]
    fn merges_keep_the_key_of_most_and_splits_leave_it_with_most() {
        let members = [
            member("a", "2020", Some("a")),
            member("b", "2021", Some("b")),
            member("c", "2022", Some("b")),
            member("d", "2019", None),
        ];
        let (found, changes) = keys(&[vec![0, 1, 2, 3]], &members);
        assert_eq!(found, ["b"]);
        assert_eq!(changes, [Change { key: "b".into(), previous: "a".into(), cause: ChangeCause::Merged, records: 1 }]);
        // `b` had two records: the older of them keeps the key.
        let (found, changes) = keys(&[vec![2, 3], vec![0], vec![1]], &members);
        assert_eq!(found, ["d", "a", "b"]);
        assert_eq!(changes, [Change { key: "d".into(), previous: "b".into(), cause: ChangeCause::Split, records: 1 }]);
    }

    #[test]
    fn a_key_in_use_is_not_given_again() {
        // The record `a` left its entity, which keeps the key `a`.
        let members = [member("a", "2020", Some("a")), member("b", "2021", Some("a")), member("c", "2021", Some("a"))];
        let (found, _) = keys(&[vec![0], vec![1, 2]], &members);
        assert_eq!(found[1], "a");
        assert_ne!(found[0], "a");
    }

    #[test]
    fn a_key_that_is_made_up_depends_on_its_record_alone() {
        // Three of one name, as systems and ids may be put together.
        let named = |hash| Member { hash, ..member("a-b-1", "", None) };
        let (x, y, z) = (named(7 << 32), named(0xabc << 32), named(0xabc << 32 | 1));
        let alone = |members: &[Member]| {
            let entities: Vec<Vec<usize>> = (0..members.len()).map(|record| vec![record]).collect();
            keys(&entities, members).0
        };
        assert_eq!(alone(&[x.clone(), y.clone()]), ["a-b-1", "a-b-1~00000abc"]);
        assert_eq!(alone(&[member("a", "", None), x.clone(), y.clone()])[2], "a-b-1~00000abc");
        // Neither may it be another's.
        let owner = member("a-b-1~00000abc", "", None);
        let found = alone(&[x, y, z, owner]);
        assert_eq!((found[0].as_str(), found[3].as_str()), ("a-b-1", "a-b-1~00000abc"));
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 4, "{found:?}");
    }
}
