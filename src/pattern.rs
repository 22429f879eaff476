//! Which files a source reads: a glob in which days can stand as values, `orders/dt={date}/*.csv`.
//!
//! `*` stays within one folder and `**` does not, as in shells; `{a,b}` is either. One word in braces is a part of a
//! day: it matches digits, and what it matched is kept, because a file of a later day than the run's is not read.

use std::fmt;

use chrono::NaiveDate;
use globset::GlobBuilder;
use regex::bytes::Regex;

use crate::names::nearest;

#[derive(Clone)]
pub struct PathPattern {
    text: String,
    matcher: Regex,
    /// In the order of the matcher's groups.
    parts: Vec<Part>,
}

/// What a path is to a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    No,
    /// With the day in its name, where the pattern asks for one. A month is its first day, a year the first of January.
    Yes(Option<NaiveDate>),
    /// Digits stand where the pattern has a day, and no calendar has that day, or they name two different ones.
    NoSuchDay,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// `{word}` means nothing.
    Word { word: String, near: Option<&'static str> },
    /// A day without its month, or a month without its year.
    Incomplete { has: &'static str, lacks: &'static str },
    /// A part of a day as one of several alternatives: there would be files without a day.
    Alternative { word: String },
    /// Not a glob: a bracket that is not closed.
    Glob,
}

/// Where something begins that is not to be taken as it stands.
const SPECIAL: [char; 5] = ['*', '?', '[', '{', '\\'];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Date,
    DateDigits,
    Year,
    YearMonth,
    Month,
    Day,
}

impl Part {
    const ALL: [Part; 6] = [Part::Date, Part::DateDigits, Part::YearMonth, Part::Year, Part::Month, Part::Day];

    fn word(self) -> &'static str {
        match self {
            Part::Date => "date",
            Part::DateDigits => "yyyymmdd",
            Part::YearMonth => "month",
            Part::Year => "yyyy",
            Part::Month => "mm",
            Part::Day => "dd",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.word() == word)
    }

    fn has(self, unit: char) -> bool {
        match self {
            Part::Date | Part::DateDigits => true,
            Part::YearMonth => unit != 'd',
            Part::Year => unit == 'y',
            Part::Month => unit == 'm',
            Part::Day => unit == 'd',
        }
    }

    /// Only digits, not only days: a name with the 30th of February is noticed rather than passed over.
    fn regex(self) -> &'static str {
        match self {
            Part::Date => "([0-9]{4}-[0-9]{2}-[0-9]{2})",
            Part::DateDigits => "([0-9]{8})",
            Part::YearMonth => "([0-9]{4}-[0-9]{2})",
            Part::Year => "([0-9]{4})",
            Part::Month | Part::Day => "([0-9]{2})",
        }
    }

    /// Year, month and day of what it matched, as far as it says.
    fn read(self, digits: &str) -> Option<[Option<u32>; 3]> {
        let number = |from: usize, to: usize| digits.get(from..to).and_then(|text| text.parse::<u32>().ok());
        Some(match self {
            Part::Date => [Some(number(0, 4)?), Some(number(5, 7)?), Some(number(8, 10)?)],
            Part::DateDigits => [Some(number(0, 4)?), Some(number(4, 6)?), Some(number(6, 8)?)],
            Part::YearMonth => [Some(number(0, 4)?), Some(number(5, 7)?), None],
            Part::Year => [Some(number(0, 4)?), None, None],
            Part::Month => [None, Some(number(0, 2)?), None],
            Part::Day => [None, None, Some(number(0, 2)?)],
        })
    }
}

impl PathPattern {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (glob, parts) = split(text)?;
        for (unit, needs, lacks) in [('d', 'm', "month"), ('m', 'y', "year")] {
            let part_with = |unit| parts.iter().copied().find(|part: &Part| part.has(unit));
            if let (Some(part), None) = (part_with(unit), part_with(needs)) {
                return Err(Problem::Incomplete { has: part.word(), lacks });
            }
        }
        let glob = GlobBuilder::new(&glob).literal_separator(true).build().map_err(|_| Problem::Glob)?;
        // The glob's own translation, with a group of digits in the place of each placeholder.
        let mut regex = glob.regex().to_owned();
        for (index, part) in parts.iter().enumerate() {
            regex = regex.replacen(&escaped(placeholder(index)), part.regex(), 1);
        }
        let matcher = Regex::new(&regex).map_err(|_| Problem::Glob)?;
        // A placeholder that was not found would match nothing, silently.
        if matcher.captures_len() != parts.len() + 1 {
            return Err(Problem::Glob);
        }
        Ok(Self { text: text.to_owned(), matcher, parts })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether its files are of days.
    pub fn is_dated(&self) -> bool {
        !self.parts.is_empty()
    }

    /// The one path that it matches, when nothing in it is to be matched.
    pub fn literal(&self) -> Option<&str> {
        (!self.text.contains(SPECIAL)).then_some(self.text.as_str())
    }

    /// The folder that every match lies in: its leading parts without anything to be matched.
    pub fn folder(&self) -> &str {
        let special = self.text.find(SPECIAL).unwrap_or(self.text.len());
        let literal = self.text.get(..special).unwrap_or_default();
        literal.rfind('/').and_then(|end| literal.get(..end)).unwrap_or_default()
    }

    pub fn matches(&self, path: &str) -> Matched {
        if !self.is_dated() {
            return if self.matcher.is_match(path.as_bytes()) { Matched::Yes(None) } else { Matched::No };
        }
        let Some(groups) = self.matcher.captures(path.as_bytes()) else { return Matched::No };
        let mut day: [Option<u32>; 3] = [None; 3];
        for (group, part) in groups.iter().skip(1).zip(&self.parts) {
            let digits = group.and_then(|group| std::str::from_utf8(group.as_bytes()).ok()).unwrap_or_default();
            let Some(read) = part.read(digits) else { return Matched::NoSuchDay };
            for (known, read) in day.iter_mut().zip(read) {
                if known.is_some() && read.is_some() && *known != read {
                    return Matched::NoSuchDay;
                }
                *known = known.or(read);
            }
        }
        let [year, month, day] = day;
        let year = year.and_then(|year| i32::try_from(year).ok());
        match year.and_then(|year| NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))) {
            Some(day) => Matched::Yes(Some(day)),
            None => Matched::NoSuchDay,
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What was written and nothing else: the identity of a source is made of it.
impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl Problem {
    pub fn help(&self) -> String {
        match self {
            Self::Word { near: Some(near), .. } => format!("did you mean `{{{near}}}`?"),
            Self::Word { .. } => {
                let words: Vec<String> = Part::ALL.iter().map(|part| format!("{{{}}}", part.word())).collect();
                format!("a day is written with {}; alternatives need a comma: `{{a,b}}`", words.join(", "))
            }
            Self::Incomplete { .. } => "write {date}, or {yyyy}, {mm} and {dd}".to_owned(),
            Self::Alternative { .. } => "declare one source for each alternative".to_owned(),
            Self::Glob => "close every `[` and `{`; a literal one is written `[[]` or `[{]`".to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word { word, .. } => write!(f, "`{{{word}}}` is not a part of a day"),
            Self::Incomplete { has, lacks } => write!(f, "`{{{has}}}` stands without its {lacks}"),
            Self::Alternative { word } => write!(f, "`{{{word}}}` stands among alternatives"),
            Self::Glob => f.write_str("it is not a glob"),
        }
    }
}

/// Characters that no name has stand for parts of days while the rest becomes a matcher.
fn placeholder(index: usize) -> char {
    u32::try_from(index).ok().and_then(|index| char::from_u32(FIRST_PLACEHOLDER + index)).unwrap_or(char::MAX)
}

const FIRST_PLACEHOLDER: u32 = 0xF_0000;

/// As the glob's translation has a character beyond ASCII: byte by byte.
fn escaped(c: char) -> String {
    c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\x{byte:02x}")).collect()
}

/// The glob with placeholders, and what they stand for.
fn split(text: &str) -> Result<(String, Vec<Part>), Problem> {
    let mut glob = String::with_capacity(text.len());
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '[' => class(rest).ok_or(Problem::Glob)?,
            '{' => match alone(rest) {
                Some(word) if depth > 0 => return Err(Problem::Alternative { word: word.to_owned() }),
                Some(word) => {
                    let part = Part::parse(word).ok_or_else(|| Problem::Word {
                        word: word.to_owned(),
                        near: nearest(word, Part::ALL.map(Part::word)),
                    })?;
                    glob.push(placeholder(parts.len()));
                    parts.push(part);
                    rest = rest.get(word.len() + 2..).unwrap_or_default();
                    continue;
                }
                None => {
                    depth += 1;
                    1
                }
            },
            '}' => {
                depth = depth.checked_sub(1).ok_or(Problem::Glob)?;
                1
            }
            c if u32::from(c) >= FIRST_PLACEHOLDER => return Err(Problem::Glob),
            c => c.len_utf8(),
        };
        glob.push_str(rest.get(..taken).unwrap_or_default());
        rest = rest.get(taken..).unwrap_or_default();
    }
    if depth == 0 { Ok((glob, parts)) } else { Err(Problem::Glob) }
}

/// The one word in the braces that a text begins with.
fn alone(text: &str) -> Option<&str> {
    let (word, _) = text.strip_prefix('{')?.split_once('}')?;
    (!word.contains(['{', ','])).then_some(word)
}

/// The length of the class of characters that a text begins with.
fn class(text: &str) -> Option<usize> {
    let negated = text.get(1..).is_some_and(|rest| rest.starts_with(['!', '^']));
    let first = 1 + usize::from(negated);
    // A bracket in the first place is one of the characters.
    let after = first + usize::from(text.get(first..)?.starts_with(']'));
    text.get(after..)?.find(']').map(|end| after + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> PathPattern {
        PathPattern::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
    }

    fn day(text: &str) -> Matched {
        Matched::Yes(Some(text.parse().unwrap()))
    }

    #[test]
    fn a_day_is_a_value() {
        for (text, path, expected) in [
            ("orders/dt={date}/*.csv", "orders/dt=2024-02-29/a.csv", day("2024-02-29")),
            ("orders/dt={date}/*.csv", "orders/dt=2023-02-29/a.csv", Matched::NoSuchDay),
            ("orders/dt={date}/*.csv", "orders/dt=2024-2-9/a.csv", Matched::No),
            ("orders/dt={date}/*.csv", "orders/dt=latest/a.csv", Matched::No),
            ("orders/dt={date}/*.csv", "orders/dt=2024-02-29/old/a.csv", Matched::No),
            ("orders-{yyyymmdd}.csv.gz", "orders-20241231.csv.gz", day("2024-12-31")),
            ("orders-{yyyymmdd}.csv.gz", "orders-20241231xcsvxgz", Matched::No),
            ("{yyyy}/{mm}/{dd}/**/*.csv", "2024/03/05/shop/7/a.csv", day("2024-03-05")),
            ("{yyyy}/{mm}/{dd}/**/*.csv", "2024/03/05/a.csv", day("2024-03-05")),
            ("{yyyy}/{mm}/x-{date}.csv", "2024/03/x-2024-03-05.csv", day("2024-03-05")),
            ("{yyyy}/{mm}/x-{date}.csv", "2024/04/x-2024-03-05.csv", Matched::NoSuchDay),
            ("{dd}.{mm}.{yyyy}.csv", "05.03.2024.csv", day("2024-03-05")),
            ("m={month}/*", "m=2024-03/a", day("2024-03-01")),
            ("m={month}/*", "m=2024-13/a", Matched::NoSuchDay),
            ("{yyyy}/*", "2024/a", day("2024-01-01")),
            ("客户/{date}?.csv", "客户/2024-01-02\u{5e74}.csv", Matched::No),
            ("客户/{date}*.csv", "客户/2024-01-02\u{5e74}.csv", day("2024-01-02")),
            ("a{1,2}/{date}[ab].csv", "a2/2024-01-02b.csv", day("2024-01-02")),
        ] {
            assert_eq!(pattern(text).matches(path), expected, "{text} {path}");
        }
    }

    #[test]
    fn the_rest_stays_a_glob() {
        for (text, path, expected) in [
            ("crm/*.csv", "crm/a.csv", true),
            ("crm/*.csv", "crm/old/a.csv", false),
            ("crm/**/*.csv", "crm/old/deep/a.csv", true),
            ("crm/*.{csv,tsv}", "crm/a.tsv", true),
            ("crm/{a,b{1,2}}.csv", "crm/b2.csv", true),
            ("region=EU/*.csv", "region=EU/a.csv", true),
            ("[[]{a,b}[]].csv", "[a].csv", true),
            ("[{]date[}].csv", "{date}.csv", true),
            ("a[!{]b", "a{b", false),
        ] {
            let expected = if expected { Matched::Yes(None) } else { Matched::No };
            assert_eq!(pattern(text).matches(path), expected, "{text} {path}");
        }
    }

    #[test]
    fn only_the_literal_folder_is_listed() {
        for (text, folder) in [
            ("crm/2024/customers*.csv", "crm/2024"),
            ("customers.csv", ""),
            ("crm/**/x.csv", "crm"),
            ("crm/x.csv", "crm"),
            ("crm/dt={date}/x.csv", "crm"),
            ("{yyyy}/x.csv", ""),
            ("crm/{a,b}/x.csv", "crm"),
        ] {
            assert_eq!(pattern(text).folder(), folder, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said, help) in [
            ("{dat}/x", "`{dat}` is not a part of a day", "did you mean `{date}`?"),
            ("{yyymm}/x", "`{yyymm}` is not a part of a day", "a day is written with"),
            ("{region}/x", "`{region}` is not a part of a day", "a day is written with {date}"),
            ("{}/x", "`{}` is not a part of a day", "a day is written with"),
            ("{dd}/{yyyy}", "`{dd}` stands without its month", "write {date}"),
            ("{mm}/x", "`{mm}` stands without its year", "write {date}"),
            ("{a,{date}}/x", "`{date}` stands among alternatives", "one source for each"),
            ("{a,b/x", "it is not a glob", "close every"),
            ("a}/x", "it is not a glob", "close every"),
            ("[a/x", "it is not a glob", "close every"),
            ("{date", "it is not a glob", "close every"),
        ] {
            let problem = PathPattern::parse(text).expect_err(text);
            assert_eq!(problem.to_string(), said, "{text}");
            assert!(problem.help().contains(help), "{text}: {}", problem.help());
        }
    }
}
