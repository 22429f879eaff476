//! In which runs which files come, go, and are put right.

use std::collections::BTreeMap;
use std::fmt;

use super::company::{Export, Split};

/// The same seed, the same history.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % end.max(1) as u64).expect("it is below a usize")
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// Changes of the raw storage before each run: the content of a file, or that it goes.
pub struct History {
    pub runs: Vec<BTreeMap<String, Option<Vec<u8>>>>,
    said: Vec<String>,
}

impl History {
    pub fn of(exports: &[Export], dice: &mut Dice) -> Self {
        let runs = 1 + dice.below(4);
        let mut history = Self { runs: vec![BTreeMap::new(); runs], said: Vec::new() };
        for export in exports {
            let mut pieces = export.pieces(dice);
            dice.shuffle(&mut pieces);
            for (place, (path, lines)) in pieces.into_iter().enumerate() {
                // No source is ever without a file.
                let first = if place == 0 { 0 } else { dice.below(runs) };
                let right = export.file(&lines);
                let later = first + 1 + dice.below(runs.saturating_sub(first + 1));
                match dice.below(4) {
                    0 if later < runs => {
                        let some = &lines[..dice.below(lines.len() + 1)];
                        history.put(first, &path, Some(export.file(some)), "comes in part");
                        history.put(later, &path, Some(right), "is replaced");
                    }
                    1 if later + 1 < runs && place > 0 => {
                        history.put(first, &path, Some(right.clone()), "comes");
                        history.put(later, &path, None, "is deleted");
                        history.put(later + 1, &path, Some(right), "is restored");
                    }
                    _ => history.put(first, &path, Some(right), "comes"),
                }
            }
            if export.split != Split::Never && runs > 1 && dice.below(3) == 0 {
                let (stem, end) = export.path.split_once('.').expect("an extension");
                let (path, some) = (format!("{stem}-by-mistake.{end}"), dice.below(export.lines.len()));
                history.put(0, &path, Some(export.file(&export.lines[some..])), "comes by mistake");
                history.put(1 + dice.below(runs - 1), &path, None, "is deleted");
            }
        }
        history
    }

    fn put(&mut self, run: usize, path: &str, content: Option<Vec<u8>>, what: &str) {
        self.said.push(format!("run {}: {path} {what}", run + 1));
        self.runs[run].insert(path.to_owned(), content);
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.said.clone();
        said.sort();
        f.write_str(&said.join("\n"))
    }
}
