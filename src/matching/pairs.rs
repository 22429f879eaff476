//! Which pairs are compared: those that agree in all of some rule's keys, each once.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use foldhash::fast::FixedState;

use super::values::UNKNOWN;

/// The keys of one rule by record; a record of a list has one for each of its items.
#[derive(Clone, Debug)]
pub enum Keys {
    One(Vec<u32>),
    Many { starts: Vec<u32>, keys: Vec<u32> },
}

impl Keys {
    fn of(&self, record: u32) -> &[u32] {
        let at = record as usize;
        match self {
            Self::One(keys) => keys.get(at..=at).unwrap_or_default(),
            Self::Many { starts, keys } => match (starts.get(at), starts.get(at + 1)) {
                (Some(from), Some(to)) => keys.get(*from as usize..*to as usize).unwrap_or_default(),
                _ => &[],
            },
        }
    }
}

/// The records of one rule by key.
#[derive(Debug)]
pub struct Rule {
    keys: Keys,
    /// Records, sorted by key and then by `order`.
    records: Vec<u32>,
    /// Where each group of at least two begins and ends in `records`.
    groups: Vec<Group>,
    /// Keys of the groups that are not compared in full.
    large: HashSet<u32, FixedState>,
    /// In these groups, by key and record: at which place it stands.
    places: HashMap<(u32, u32), u32, FixedState>,
}

impl Rule {
    /// The key under which a pair is met, of several the first.
    fn meets(&self, a: u32, b: u32, reach: u32) -> Option<u32> {
        match &self.keys {
            Keys::One(keys) => match (keys.get(a as usize), keys.get(b as usize)) {
                (Some(x), Some(y)) if x == y && *x != UNKNOWN && self.near(*x, a, b, reach) => Some(*x),
                _ => None,
            },
            Keys::Many { .. } => {
                let (of_a, of_b) = (self.keys.of(a), self.keys.of(b));
                let common = of_a.iter().copied().filter(|key| *key != UNKNOWN && of_b.contains(key));
                common.filter(|key| self.near(*key, a, b, reach)).min()
            }
        }
    }

    /// Whether two records of a group are compared there.
    fn near(&self, key: u32, a: u32, b: u32, reach: u32) -> bool {
        if self.large.is_empty() || !self.large.contains(&key) {
            return true;
        }
        match (self.places.get(&(key, a)), self.places.get(&(key, b))) {
            (Some(a), Some(b)) => a.abs_diff(*b) <= reach,
            _ => false,
        }
    }
}

/// Records with one key: from where to where they stand.
#[derive(Clone, Copy, Debug)]
struct Group {
    key: u32,
    from: u32,
    to: u32,
    /// So many of them are compared with those after them; all, but where the others were compared before.
    rows: u32,
}

impl Group {
    fn size(self) -> u64 {
        u64::from(self.to - self.from)
    }
}

/// A group with more records than are all compared with one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oversized {
    pub rule: usize,
    pub key: u32,
    pub records: u32,
}

#[derive(Debug)]
pub struct Blocking {
    rules: Vec<Rule>,
    pub oversized: Vec<Oversized>,
    /// In a group of more records each is compared with as many that follow it in the order of all that is compared.
    largest: u32,
}

/// A stretch of work: the rows `from..to` of a group, each against those after it.
#[derive(Clone, Copy, Debug)]
struct Task {
    rule: usize,
    group: Group,
    from: u32,
    to: u32,
}

const TASK_PAIRS: u64 = 1 << 17;

impl Blocking {
    /// `order` gives each record its place among all, by which large groups are cut.
    pub fn new(keys: Vec<Keys>, order: &[u32], largest: u32) -> Self {
        let mut oversized = Vec::new();
        let mut rules = Vec::new();
        for (number, keys) in keys.into_iter().enumerate() {
            let count = u32::try_from(order.len()).unwrap_or(u32::MAX);
            let mut entries: Vec<(u32, u32, u32)> = (0..count)
                .flat_map(|record| keys.of(record).iter().map(move |key| (*key, record)))
                .filter(|(key, _)| *key != UNKNOWN)
                .map(|(key, record)| (key, order.get(record as usize).copied().unwrap_or(0), record))
                .collect();
            entries.sort_unstable();
            entries.dedup();
            let mut groups = Vec::new();
            let mut large = HashSet::with_hasher(FixedState::default());
            let mut places = HashMap::with_hasher(FixedState::default());
            let mut from = 0;
            for group in entries.chunk_by(|a, b| a.0 == b.0) {
                let to = from + u32::try_from(group.len()).unwrap_or(0);
                let key = group.first().map_or(UNKNOWN, |entry| entry.0);
                if group.len() > 1 {
                    groups.push(Group { key, from, to, rows: to - from });
                }
                if group.len() > largest as usize {
                    oversized.push(Oversized { rule: number, key, records: to - from });
                    large.insert(key);
                    places.extend((0u32..).zip(group).map(|(place, (_, _, record))| ((key, *record), place)));
                }
                from = to;
            }
            let records = entries.into_iter().map(|(_, _, record)| record).collect();
            rules.push(Rule { keys, records, groups, large, places });
        }
        Self { rules, oversized, largest }
    }

    /// Only pairs that a changed record is part of, and all pairs of groups that are large or were: which of these are
    /// near is another question than it was. `was_large` has rules and keys.
    pub fn only(&mut self, changed: &[bool], was_large: &HashSet<(usize, u32)>) {
        let is = |record: &u32| changed.get(*record as usize).copied().unwrap_or(true);
        for (number, rule) in self.rules.iter_mut().enumerate() {
            for group in &mut rule.groups {
                if rule.large.contains(&group.key) || was_large.contains(&(number, group.key)) {
                    continue;
                }
                if let Some(records) = rule.records.get_mut(group.from as usize..group.to as usize) {
                    records.sort_by_key(|record| !is(record));
                    group.rows = u32::try_from(records.iter().filter(|record| is(record)).count()).unwrap_or(u32::MAX);
                }
            }
        }
    }

    /// Whether any rule brings a pair up.
    pub fn brings_up(&self, a: u32, b: u32) -> bool {
        self.rules.iter().any(|rule| rule.meets(a, b, self.largest).is_some())
    }

    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    /// How many pairs a rule gives, those of earlier rules among them.
    pub fn pairs_of(&self, rule: usize) -> u64 {
        let groups = self.rules.get(rule).into_iter().flat_map(|rule| &rule.groups);
        groups
            .map(|group| (0..group.size()).map(|row| self.reach(group.size()).min(group.size() - 1 - row)).sum::<u64>())
            .sum()
    }

    fn reach(&self, size: u64) -> u64 {
        if size > u64::from(self.largest) { u64::from(self.largest) } else { size }
    }

    fn tasks(&self, only: Option<usize>) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            if only.is_some_and(|only| only != number) {
                continue;
            }
            for group in &rule.groups {
                let size = group.rows;
                let rows = u32::try_from((TASK_PAIRS / self.reach(group.size()).max(1)).max(1)).unwrap_or(u32::MAX);
                let mut from = 0;
                while from < size {
                    let to = from.saturating_add(rows).min(size);
                    tasks.push(Task { rule: number, group: *group, from, to });
                    from = to;
                }
            }
        }
        tasks
    }

    /// Calls `work` with stretches of pairs on all threads, and gives the results in the order of the pairs, whatever
    /// the number of threads. A pair comes with whether no earlier rule has it.
    pub fn each<T: Send>(
        &self,
        only: Option<usize>,
        threads: usize,
        begin: impl Fn() -> T + Sync,
        work: impl Fn(&mut T, usize, u32, u32, bool) + Sync,
    ) -> Vec<T> {
        let tasks = self.tasks(only);
        // Many small groups are one stretch.
        let mut stretches: Vec<(usize, usize)> = Vec::new();
        let (mut from, mut pairs) = (0, 0u64);
        for (at, task) in tasks.iter().enumerate() {
            pairs += u64::from(task.to - task.from) * self.reach(task.group.size());
            if pairs >= TASK_PAIRS {
                stretches.push((from, at + 1));
                (from, pairs) = (at + 1, 0);
            }
        }
        if from < tasks.len() {
            stretches.push((from, tasks.len()));
        }
        let results: Vec<Mutex<Option<T>>> = stretches.iter().map(|_| Mutex::new(None)).collect();
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let (Some((from, to)), Some(slot)) = (stretches.get(at), results.get(at)) else { break };
                        let mut state = begin();
                        for task in tasks.get(*from..*to).unwrap_or_default() {
                            self.run(task, &mut state, &work);
                        }
                        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
                    }
                });
            }
        });
        results.into_iter().filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
    }

    fn run<T>(&self, task: &Task, state: &mut T, work: &(impl Fn(&mut T, usize, u32, u32, bool) + Sync)) {
        let Some(rule) = self.rules.get(task.rule) else { return };
        let Some(members) = rule.records.get(task.group.from as usize..task.group.to as usize) else { return };
        let reach = usize::try_from(self.reach(members.len() as u64)).unwrap_or(usize::MAX);
        let earlier = self.rules.get(..task.rule).unwrap_or_default();
        let many = matches!(rule.keys, Keys::Many { .. });
        for row in task.from as usize..task.to as usize {
            let Some(a) = members.get(row) else { break };
            let others = members.get(row + 1..(row + 1).saturating_add(reach).min(members.len())).unwrap_or_default();
            for b in others {
                // Records with several keys in common meet in several groups; the first of them counts.
                if many && rule.meets(*a, *b, self.largest) != Some(task.group.key) {
                    continue;
                }
                let fresh = !earlier.iter().any(|rule| rule.meets(*a, *b, self.largest).is_some());
                work(state, task.rule, *a.min(b), *a.max(b), fresh);
            }
        }
    }
}
