//! Formats that all days and times of a column are written in.

use std::collections::BTreeMap;

use crate::datetime::Format;

/// Ways to write a day. A twin is the same with day and month the other way round.
const DAYS: [(&str, Option<&str>); 18] = [
    ("%Y-%m-%d", None),
    ("%Y/%m/%d", None),
    ("%Y.%m.%d", None),
    ("%Y年%m月%d日", None),
    ("%Y%m%d", None),
    ("%d.%m.%Y", None),
    ("%d/%m/%Y", Some("%m/%d/%Y")),
    ("%m/%d/%Y", Some("%d/%m/%Y")),
    ("%d-%m-%Y", Some("%m-%d-%Y")),
    ("%m-%d-%Y", Some("%d-%m-%Y")),
    ("%d.%m.%y", None),
    ("%d/%m/%y", Some("%m/%d/%y")),
    ("%m/%d/%y", Some("%d/%m/%y")),
    ("%d-%b-%Y", None),
    ("%d-%b-%y", None),
    ("%d %b %Y", None),
    ("%b %d, %Y", None),
    ("%b %d %Y", None),
];

/// Ways to write a time behind a day. The plainer stand first: of formats that read the same, the first is proposed.
const TIMES: [&str; 14] = [
    " %H:%M:%S",
    " %H:%M",
    "T%H:%M:%S",
    "T%H:%M:%S%z",
    "T%H:%M:%S%.f",
    "T%H:%M:%S%.f%z",
    "T%H:%M",
    " %H:%M:%S%.f",
    " %H:%M:%S%z",
    " %H:%M:%S %z",
    " %H:%M:%S%.f%z",
    " %H:%M:%S UTC",
    " %I:%M:%S %p",
    " %I:%M %p",
];

/// Without anything between the numbers.
const PACKED: [&str; 2] = ["%Y%m%d%H%M%S", "%Y%m%dT%H%M%S"];

/// More formats than this in one column are no formats but a guess.
const MOST_FORMATS: usize = 3;

/// So many values that no format reads, and the column is of something else.
const MOST_MISSES: u64 = 200;

/// A format, compiled.
struct Known {
    text: String,
    twin: Option<String>,
    format: Format,
    timed: bool,
}

/// All formats tried; the same for every column.
pub struct Formats(Vec<Known>);

impl Formats {
    pub fn new() -> Self {
        let mut texts: Vec<(String, Option<String>, bool)> =
            DAYS.iter().map(|(day, twin)| ((*day).to_owned(), twin.map(str::to_owned), false)).collect();
        for time in TIMES {
            for (day, twin) in DAYS.iter().filter(|(day, _)| *day != "%Y%m%d") {
                texts.push((format!("{day}{time}"), twin.map(|twin| format!("{twin}{time}")), true));
            }
        }
        texts.extend(PACKED.map(|text| (text.to_owned(), None, true)));
        let compiled = texts.into_iter().filter_map(|(text, twin, timed)| {
            Format::compile(&text).ok().map(|format| Known { text, twin, format, timed })
        });
        Self(compiled.collect())
    }
}

/// Which formats read a value, a bit each.
type Readers = [u64; 5];

#[derive(Clone, Debug, Default)]
pub struct Moments {
    /// How many values are read by exactly these formats.
    seen: BTreeMap<Readers, u64>,
    /// Formats that have read a value.
    tried: Vec<usize>,
    misses: u64,
    values: u64,
    /// A time of day other than midnight was seen.
    timed: bool,
}

/// How a column of moments is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub formats: Vec<String>,
    pub timed: bool,
    /// All times are midnight.
    pub midnight: bool,
    /// Without anything between year, month and day: digits that may be something else.
    pub packed: bool,
    /// The other way to read the days, when no value says which is meant.
    pub either: Option<String>,
}

impl Moments {
    pub fn add(&mut self, text: &str, formats: &Formats) {
        let plausible = (6..=40).contains(&text.len()) && text.contains(|c: char| c.is_ascii_digit());
        // A column of other things need not be tried to its end.
        if !plausible || self.misses > MOST_MISSES {
            return;
        }
        // What reads one value reads most: only where it does not are all formats tried.
        let mut readers = self.readers(text, formats, self.tried.iter().copied());
        if readers == Readers::default() {
            readers = self.readers(text, formats, 0..formats.0.len());
            self.tried.extend((0..formats.0.len()).filter(|at| reads(&readers, *at)));
        }
        if readers == Readers::default() {
            self.misses += 1;
        } else {
            self.values += 1;
            *self.seen.entry(readers).or_default() += 1;
            let known = formats.0.iter().enumerate().find(|(at, _)| reads(&readers, *at)).map(|(_, known)| known);
            self.timed |= known
                .filter(|known| known.timed)
                .and_then(|known| known.format.read(text))
                .is_some_and(|moment| moment.is_ok_and(|moment| moment.micros != 0));
        }
    }

    fn readers(&self, text: &str, formats: &Formats, which: impl Iterator<Item = usize>) -> Readers {
        let mut readers = Readers::default();
        for at in which {
            let read = formats.0.get(at).and_then(|known| known.format.read(text));
            if let (Some(Ok(_)), Some(word)) = (read, readers.get_mut(at / 64)) {
                *word |= 1 << (at % 64);
            }
        }
        readers
    }

    /// How many values are moments.
    pub fn values(&self) -> u64 {
        self.values
    }

    /// The fewest formats that read everything seen, in the order in which they read the most.
    pub fn written(&self, formats: &Formats) -> Option<Written> {
        let mut rest = self.seen.clone();
        let mut chosen: Vec<&Known> = Vec::new();
        let mut either = None;
        while !rest.is_empty() {
            if chosen.len() == MOST_FORMATS {
                return None;
            }
            let (at, known, _) = formats
                .0
                .iter()
                .enumerate()
                .map(|(at, known)| (at, known, read_by(&rest, at)))
                .reduce(|best, next| if next.2 > best.2 { next } else { best })?;
            let twin = known.twin.as_ref().and_then(|twin| formats.0.iter().position(|known| known.text == *twin));
            if twin.is_some_and(|twin| read_by(&rest, twin) == read_by(&rest, at)) {
                either = known.twin.clone();
            }
            rest.retain(|readers, _| !reads(readers, at));
            chosen.push(known);
        }
        let timed = chosen.iter().any(|known| known.timed);
        (!chosen.is_empty()).then(|| Written {
            formats: chosen.iter().map(|known| known.text.clone()).collect(),
            timed,
            midnight: timed && !self.timed,
            packed: chosen.iter().any(|known| known.text.starts_with("%Y%m")),
            either,
        })
    }
}

fn reads(readers: &Readers, at: usize) -> bool {
    readers.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
}

fn read_by(seen: &BTreeMap<Readers, u64>, at: usize) -> u64 {
    seen.iter().filter(|(readers, _)| reads(readers, at)).map(|(_, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Option<Written> {
        let formats = Formats::new();
        assert!(formats.0.len() <= 64 * Readers::default().len(), "{} formats", formats.0.len());
        let mut moments = Moments::default();
        values.iter().for_each(|value| moments.add(value, &formats));
        if moments.values() == values.len() as u64 { moments.written(&formats) } else { None }
    }

    fn formats(values: &[&str]) -> Vec<String> {
        of(values).map(|written| written.formats).unwrap_or_default()
    }

    #[test]
    fn one_format_or_several() {
        assert_eq!(formats(&["2024-03-05", "2024-3-5"]), ["%Y-%m-%d"]);
        assert_eq!(formats(&["2024/3/5", "2024/3/6", "2024-03-05"]), ["%Y/%m/%d", "%Y-%m-%d"]);
        assert_eq!(formats(&["2024年3月5日"]), ["%Y年%m月%d日"]);
        assert_eq!(formats(&["2024-03-05T10:00:00+08:00"]), ["%Y-%m-%dT%H:%M:%S%z"]);
        assert_eq!(formats(&["2024-03-05 10:00:00.5", "2024-03-05 10:00:00"]), ["%Y-%m-%d %H:%M:%S%.f"]);
        assert_eq!(formats(&["5 Mar 2024"]), ["%d %b %Y"]);
        assert_eq!(formats(&["20240305"]), ["%Y%m%d"]);
        assert!(formats(&["2024-03-05", "soon"]).is_empty());
    }

    #[test]
    fn day_or_month_first() {
        let written = of(&["5/3/2024", "13/3/2024"]).expect("days");
        assert_eq!((written.formats, written.either), (vec!["%d/%m/%Y".to_owned()], None));
        assert_eq!(formats(&["3/5/2024", "3/13/2024"]), ["%m/%d/%Y"]);
        let written = of(&["5/3/2024", "6/3/2024"]).expect("days");
        assert_eq!(written.either.as_deref(), Some("%m/%d/%Y"));
    }

    #[test]
    fn midnight_is_said() {
        let written = of(&["2024-03-05 00:00:00", "2024-03-06 00:00:00.000"]).expect("days");
        assert!(written.timed && written.midnight);
    }
}
