//! Which columns tell records apart.

use std::collections::HashSet;

use super::profile::hash;

/// Pairs and triples of columns that are tried: those that are called like parts of a key, the likeliest first.
pub struct Combinations {
    tried: Vec<Tried>,
    records: u64,
}

struct Tried {
    columns: Vec<usize>,
    /// Columns among them that are called like a property rather than a number.
    weak: usize,
    /// One of them numbers the lines of what another names.
    lines: bool,
    seen: HashSet<u64>,
    /// Records that have the same as one before.
    repeats: u64,
    given_up: bool,
}

/// A key, and the records that have the same as another.
pub struct Found {
    pub columns: Vec<usize>,
    pub repeats: u64,
}

/// More would be a search, not a guess.
const PARTS: usize = 6;
/// Before this many records nothing is given up.
const EARLY: u64 = 1_000;

impl Combinations {
    /// Of columns by their names, beside one that is tried alone; `complete` says which have a value in every record.
    pub fn of(names: &[String], complete: &[bool], alone: Option<usize>) -> Self {
        let mut columns: Vec<(u8, usize)> = names
            .iter()
            .zip(complete)
            .enumerate()
            .filter(|(_, (_, complete))| **complete)
            .filter_map(|(at, (name, _))| part(name).map(|rank| (rank, at)))
            .collect();
        columns.sort_unstable();
        let weak: HashSet<usize> = columns.iter().filter(|(rank, _)| *rank > 1).map(|(_, at)| *at).collect();
        let columns: Vec<usize> = columns.into_iter().take(PARTS).map(|(_, at)| at).collect();
        let mut sets: Vec<Vec<usize>> = alone.map(|at| vec![at]).into_iter().collect();
        for (n, a) in columns.iter().enumerate() {
            sets.extend(columns.iter().skip(n + 1).map(|b| vec![*a, *b]));
        }
        for (n, a) in columns.iter().enumerate() {
            for (m, b) in columns.iter().enumerate().skip(n + 1) {
                sets.extend(columns.iter().skip(m + 1).map(|c| vec![*a, *b, *c]));
            }
        }
        let tried = sets.into_iter().map(|columns| Tried {
            weak: columns.iter().filter(|at| weak.contains(at)).count(),
            lines: columns.iter().any(|at| names.get(*at).is_some_and(|name| is_line(name))),
            columns,
            seen: HashSet::new(),
            repeats: 0,
            given_up: false,
        });
        Self { tried: tried.collect(), records: 0 }
    }

    /// Looks at a record; false when nothing is left that could be a key.
    pub fn add(&mut self, value: impl Fn(usize) -> String) -> bool {
        self.records += 1;
        for tried in self.tried.iter_mut().filter(|tried| !tried.given_up) {
            let text: Vec<String> = tried.columns.iter().map(|at| value(*at)).collect();
            tried.repeats += u64::from(!tried.seen.insert(hash(&text.join("\u{1F}"))));
            // One column alone may have versions, a combination only what was exported twice.
            let most = if tried.columns.len() == 1 { self.records / 5 } else { self.records / 100 };
            if self.records > EARLY && tried.repeats > most {
                tried.given_up = true;
                tried.seen = HashSet::new();
            }
        }
        self.tried.iter().any(|tried| !tried.given_up)
    }

    /// The smallest that tells records apart; of those the one most made of numbers, then with the fewest repeats.
    pub fn key(&self) -> Option<Found> {
        let most = |tried: &Tried| if tried.columns.len() == 1 { self.records / 5 } else { self.records / 100 };
        let fitting = self.tried.iter().filter(|tried| !tried.given_up && tried.repeats <= most(tried));
        let best = fitting.min_by_key(|tried| (tried.columns.len(), tried.weak, !tried.lines, tried.repeats))?;
        let mut columns = best.columns.clone();
        columns.sort_unstable();
        Some(Found { columns, repeats: best.repeats })
    }
}

/// A number within something: of a line, a position.
fn is_line(name: &str) -> bool {
    name.split('_').any(|word| matches!(word, "line" | "position" | "row" | "index" | "seq"))
        && !matches!(name.rsplit('_').next(), Some("id" | "key" | "name" | "type" | "price" | "amount"))
}

/// How likely a column is a part of a key, the lowest the likeliest.
fn part(name: &str) -> Option<u8> {
    let last = name.rsplit('_').next().unwrap_or_default();
    Some(match last {
        _ if is_line(name) => 0,
        "id" | "key" => 0,
        "no" | "number" | "line" | "sku" | "code" => 1,
        "month" | "currency" | "kind" | "type" | "value" | "name" | "index" => 3,
        "on" | "at" | "date" | "day" | "time" | "timestamp" => 2,
        _ => return None,
    })
}

/// How good a column that tells all records apart is as their key, the lowest the best; `None` when it is none though
/// no two values were alike.
pub fn single(name: &str, table: &str) -> Option<u8> {
    let words: Vec<&str> = name.split('_').collect();
    let last = words.last().copied().unwrap_or_default();
    let own = table.split('_').any(|word| {
        let word = word.trim_end_matches('s');
        word.len() > 2 && words.iter().any(|part| part.trim_end_matches('s') == word)
    });
    match last {
        "id" | "key" if words.len() == 1 || own => Some(0),
        "id" | "key" | "uuid" | "guid" => Some(1),
        "no" | "number" | "code" | "sku" if !words.contains(&"postal") && !words.contains(&"phone") => Some(2),
        "month" | "date" | "day" | "on" if words.len() == 1 => Some(4),
        "driver" | "dimension" | "tier" | "priority" | "name" if own || words.len() == 1 => Some(5),
        _ => None,
    }
}
