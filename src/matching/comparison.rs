//! What is compared, and what a pair says: a level for each part.

use super::level::{Kind, Level};
use super::name::name_parts;
use super::values::{Interner, SEPARATOR, UNKNOWN, Value, Values, level};

/// No evidence, because a value is not known.
pub const NO_EVIDENCE: u8 = u8::MAX;
/// So that the levels of a pair fit into one number.
pub const MOST_PARTS: usize = 16;
/// Of a part, the last of all left out.
pub const MOST_LEVELS: usize = 14;

/// One comparison of the stage.
#[derive(Debug)]
pub struct Comparison {
    pub name: String,
    pub kind: Kind,
    pub levels: Vec<Level>,
    /// Whether being equal in a rare value says more than in a frequent one.
    pub term_frequency: bool,
    pub parts: Vec<Values>,
}

/// The text of a column in each record.
pub type Column<'a> = &'a dyn Fn(u32) -> Option<&'a str>;

impl Comparison {
    /// What a kind compares of the columns: a whole name falls into its parts, other values may be of several columns.
    pub fn parts_of<'a>(kind: Kind, records: u32, columns: &[Column<'a>]) -> Vec<Values> {
        let mut interner = Interner::new(kind);
        let parts = match (kind, columns) {
            (Kind::PersonName, [whole]) => {
                let parts = |record| whole(record).map_or((None, None), name_parts);
                (0..records).for_each(|record| interner.push(parts(record).0));
                (0..records).for_each(|record| interner.push(parts(record).1));
                2
            }
            (Kind::PersonName, both) => {
                both.iter().for_each(|column| (0..records).for_each(|record| interner.push(column(record))));
                both.len()
            }
            (_, [one]) => {
                (0..records).for_each(|record| interner.push(one(record)));
                1
            }
            (_, several) => {
                for record in 0..records {
                    let parts: Option<Vec<&str>> = several.iter().map(|column| column(record)).collect();
                    interner.push(parts.map(|parts| parts.join(&SEPARATOR.to_string())).as_deref());
                }
                1
            }
        };
        interner.finish().in_parts(parts)
    }

    /// Given and family name, in the order that fits better.
    fn is_name(&self) -> bool {
        self.kind == Kind::PersonName && self.parts.len() == 2
    }
}

/// Everything that is compared.
#[derive(Debug)]
pub struct Compared {
    pub comparisons: Vec<Comparison>,
    pub records: u32,
}

/// One part of one comparison.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    pub comparison: &'a Comparison,
    pub values: &'a Values,
    /// Among those of the comparison.
    pub number: usize,
    /// Among all.
    pub index: usize,
}

/// The levels of a pair; of the parts that are not there, no evidence.
pub type Levels = [u8; MOST_PARTS];

impl Compared {
    pub fn parts(&self) -> Vec<Part<'_>> {
        let parts = self.comparisons.iter().flat_map(|comparison| {
            comparison.parts.iter().enumerate().map(move |(number, values)| (comparison, values, number))
        });
        let numbered = parts.take(MOST_PARTS).enumerate();
        numbered.map(|(index, (comparison, values, number))| Part { comparison, values, number, index }).collect()
    }

    /// The level that a pair reaches in every part.
    pub fn levels(&self, a: u32, b: u32) -> Levels {
        let mut levels = [NO_EVIDENCE; MOST_PARTS];
        let mut rest = levels.as_mut_slice();
        for comparison in &self.comparisons {
            let Some((these, others)) = rest.split_at_mut_checked(comparison.parts.len()) else { break };
            comparison.levels_into(a, b, these);
            rest = others;
        }
        levels
    }
}

impl Comparison {
    /// The level of each of its parts.
    pub fn levels_into(&self, a: u32, b: u32, into: &mut [u8]) {
        if let ([given, family], [one, two], true) = (self.parts.as_slice(), &mut *into, self.is_name()) {
            (*one, *two) = names(self, given, family, a, b);
            return;
        }
        for (slot, part) in into.iter_mut().zip(&self.parts) {
            *slot = of_values(&self.levels, &part.distinct, value(part, a), value(part, b));
        }
    }
}

pub fn value(values: &Values, record: u32) -> u32 {
    values.of.get(record as usize).copied().unwrap_or(UNKNOWN)
}

fn of_values(levels: &[Level], distinct: &[Value], a: u32, b: u32) -> u8 {
    if a == UNKNOWN || b == UNKNOWN {
        return NO_EVIDENCE;
    }
    let at = if a == b {
        0
    } else {
        match (distinct.get(a as usize), distinct.get(b as usize)) {
            (Some(a), Some(b)) => level(levels, a, b),
            _ => levels.len(),
        }
    };
    u8::try_from(at).unwrap_or(NO_EVIDENCE - 1)
}

/// Given and family name are often entered the wrong way round: whichever way is more alike is taken.
fn names(comparison: &Comparison, given: &Values, family: &Values, a: u32, b: u32) -> (u8, u8) {
    let of = |x, y| of_values(&comparison.levels, &given.distinct, x, y);
    let (ga, fa, gb, fb) = (value(given, a), value(family, a), value(given, b), value(family, b));
    let straight = (of(ga, gb), of(fa, fb));
    if straight == (0, 0)
        || ((ga == gb || fa == fb) && straight != (NO_EVIDENCE, NO_EVIDENCE) && (straight.0 == 0 || straight.1 == 0))
    {
        return straight;
    }
    let crossed = (of(ga, fb), of(fa, gb));
    let last = u8::try_from(comparison.levels.len()).unwrap_or(NO_EVIDENCE - 1);
    let unlike = |(one, two): (u8, u8)| {
        let of = |level: u8| if level == NO_EVIDENCE { u32::from(last) } else { u32::from(level) };
        of(one) + of(two)
    };
    if unlike(crossed) < unlike(straight) { crossed } else { straight }
}

/// The levels as one number, four bits for each part.
pub fn pattern(levels: &Levels) -> u64 {
    levels.iter().rev().fold(0, |all, level| (all << 4) | u64::from(level.wrapping_add(1) & 0xf))
}

/// The level of a part in a pattern.
pub fn level_in(pattern: u64, part: usize) -> Option<usize> {
    let code = (pattern >> (4 * part)) & 0xf;
    usize::try_from(code).ok()?.checked_sub(1)
}
