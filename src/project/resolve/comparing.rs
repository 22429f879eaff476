//! `compare:` of a match stage: kinds, levels, weights.

use super::Resolver;
use crate::diag::Place;
use crate::matching::{Kind, Level, Likeness};
use crate::names::{Name, nearest};
use crate::project::matching::Compare;
use crate::spec;

/// A level is told in four bits, `else` and NULL being two of them.
const LEVELS: usize = 13;

impl Resolver<'_> {
    pub(super) fn compare(&mut self, stage: &str, text: &str, yaml: &spec::Comparison) -> Option<Compare> {
        let doc = self.doc;
        let at = |key: &str| doc.place(&["match", stage, "compare", text, key]);
        let place = doc.key_place(&["match", stage, "compare", text]);
        let name = self.name(text, place.clone());
        let kind = Kind::parse(&yaml.kind);
        if kind.is_none() {
            let words = || Kind::ALL.iter().map(|(word, _)| *word);
            let all = words().collect::<Vec<_>>().join(", ");
            let near = nearest(&yaml.kind, words()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let message = format!("there is no kind of comparison `{}`", yaml.kind);
            self.error("S0189", message, at("kind"), Some(format!("{near}there are: {all}")));
        }
        let columns = self.compared_columns(stage, text, yaml, kind);
        let levels = match (&yaml.levels, kind) {
            (Some(levels), Some(kind)) => self.levels([stage, text], levels, kind),
            (None, kind) => kind.map(Kind::levels),
            (Some(_), None) => None,
        };
        let weights = yaml.weights.as_ref().zip(levels.as_ref());
        let weights = weights.map(|(weights, levels)| self.weights([stage, text], weights, levels.len()));
        let kind = kind?;
        Some(Compare {
            name: name?,
            kind,
            columns: columns?,
            levels: levels?,
            term_frequency: yaml.term_frequency.unwrap_or_else(|| frequency_tells(kind)),
            weights,
            place,
        })
    }

    fn compared_columns(
        &mut self,
        stage: &str,
        text: &str,
        yaml: &spec::Comparison,
        kind: Option<Kind>,
    ) -> Option<Vec<Name>> {
        let doc = self.doc;
        let own = [text.to_owned()];
        let written = yaml.columns.as_ref().map_or(own.as_slice(), |columns| columns.0.as_slice());
        let place = |word: &str| match &yaml.columns {
            Some(_) => doc.place(&["match", stage, "compare", text, "columns", word]),
            None => doc.key_place(&["match", stage, "compare", text]),
        };
        let (counts, spoken, help): (&[usize], _, _) = match kind {
            Some(Kind::PersonName) => {
                (&[1, 2], "one column or two", "one of whole names, or `columns: [given_name, family_name]`")
            }
            Some(Kind::Distance) => (&[2], "two columns", "say `columns: [latitude, longitude]`"),
            _ => (&[1], "one column", "write a comparison of its own for each column"),
        };
        if kind.is_some() && !counts.contains(&written.len()) {
            let message = format!("{} compares {spoken}, and `{text}` has {}", yaml.kind, written.len());
            self.error("S0190", message, place(""), Some(help.to_owned()));
            return None;
        }
        written.iter().map(|word| self.name(word, place(word))).collect()
    }

    fn levels(&mut self, [stage, text]: [&str; 2], yaml: &[spec::Level], kind: Kind) -> Option<Vec<Level>> {
        let doc = self.doc;
        let place = |index: usize| doc.place(&["match", stage, "compare", text, "levels", &index.to_string()]);
        let all = doc.place(&["match", stage, "compare", text, "levels"]);
        if yaml.is_empty() || yaml.len() > LEVELS {
            let message = format!("`{text}` has {} levels", yaml.len());
            let help = format!("write 1 to {LEVELS}, or leave `levels` out: its kind has some of its own");
            self.error("S0191", message, all, Some(help));
            return None;
        }
        let mut levels: Vec<Level> = Vec::with_capacity(yaml.len());
        let before = self.found.errors();
        for (index, written) in yaml.iter().enumerate() {
            let likeness = match likeness(written) {
                Ok(likeness) => likeness,
                Err(problem) => {
                    self.level_error(text, &problem, place(index), "one test each, such as `{ jaro_winkler: 0.92 }`");
                    continue;
                }
            };
            if !fits(kind, likeness) {
                let word = Kind::ALL.iter().find(|(_, known)| *known == kind).map_or("", |(word, _)| word);
                let problem = format!("`{}` is no test of a {word}", key_of(likeness));
                self.level_error(text, &problem, place(index), "docs/matching.md says which test is of which kind");
                continue;
            }
            let label = written.label.clone().unwrap_or_else(|| label_of(likeness));
            if levels.iter().any(|level| level.likeness == likeness || level.label == label) {
                let problem = format!("`{label}` stands there already");
                self.level_error(text, &problem, place(index), "a pair is in the first level that it reaches");
                continue;
            }
            levels.push(Level { label, likeness });
        }
        (self.found.errors() == before).then_some(levels)
    }

    fn level_error(&mut self, text: &str, problem: &str, place: Place, help: &str) {
        self.error("S0191", format!("a level of `{text}`: {problem}"), place, Some(help.to_owned()));
    }

    fn weights(&mut self, [stage, text]: [&str; 2], yaml: &[spec::Weight], levels: usize) -> Vec<(f64, f64)> {
        let doc = self.doc;
        if yaml.len() != levels + 1 {
            let message = format!("`{text}` has {levels} levels and {} weights", yaml.len());
            let help = "write one for each level, from the likest on, and one for `else`";
            let place = doc.place(&["match", stage, "compare", text, "weights"]);
            self.error("S0192", message, place, Some(help.to_owned()));
        }
        for (index, weight) in yaml.iter().enumerate() {
            for (key, share) in [("m", weight.m), ("u", weight.u)] {
                if !(share > 0.0 && share <= 1.0) {
                    let message = format!("a weight of `{text}` has {key} {share}, which is not a share of pairs");
                    let help = "above 0, to 1: what never happens in a sample may happen once in a million, 0.000001";
                    let place = doc.place(&["match", stage, "compare", text, "weights", &index.to_string(), key]);
                    self.error("S0192", message, place, Some(help.to_owned()));
                }
            }
        }
        yaml.iter().map(|weight| (weight.m, weight.u)).collect()
    }
}

/// Whether two who share a rare value are more likely one: where most values are unique, it would only add noise.
fn frequency_tells(kind: Kind) -> bool {
    match kind {
        Kind::Exact | Kind::Text | Kind::GivenName | Kind::FamilyName | Kind::PersonName => true,
        Kind::CompanyName | Kind::Address | Kind::Email | Kind::Postcode => true,
        Kind::Phone | Kind::Identifier | Kind::Date | Kind::Number | Kind::Distance => false,
    }
}

/// The only test that a level says.
fn likeness(yaml: &spec::Level) -> Result<Likeness, String> {
    type Test = Option<Result<Likeness, &'static str>>;
    let flag = |said: Option<bool>, likeness: Likeness| -> Test {
        said.map(|said| if said { Ok(likeness) } else { Err("is `true`, or left out") })
    };
    let similar = |least: Option<f64>, of: fn(f64) -> Likeness| -> Test {
        let fits = |least: &f64| *least > 0.0 && *least <= 1.0;
        least.map(|least| Some(least).filter(fits).map(of).ok_or("lies above 0, to 1"))
    };
    let characters = |most: Option<u32>, of: fn(usize) -> Likeness| -> Test {
        let whole = |most: u32| usize::try_from(most).ok().filter(|most| (1..=64).contains(most));
        most.map(|most| whole(most).map(of).ok_or("counts 1 to 64 characters"))
    };
    let days = |days: u32| i32::try_from(days).ok().filter(|days| *days >= 1).map(Likeness::Days);
    let below_one = |share: f64| Some(share).filter(|share| *share > 0.0 && *share < 1.0).map(Likeness::Share);
    let far = |far: f64| Some(far).filter(|far| *far > 0.0 && far.is_finite()).map(Likeness::Kilometres);
    let tests: [(&str, Test); 14] = [
        ("same", flag(yaml.same, Likeness::Same)),
        ("form", flag(yaml.form, Likeness::Form)),
        ("jaro_winkler", similar(yaml.jaro_winkler, Likeness::JaroWinkler)),
        ("edits", characters(yaml.edits, Likeness::Edits)),
        ("edits_of_digits", characters(yaml.edits_of_digits, Likeness::EditsOfDigits)),
        ("words", similar(yaml.words, Likeness::Words)),
        ("local", flag(yaml.local, Likeness::Local)),
        ("local_like", similar(yaml.local_like, Likeness::LocalLike)),
        ("ending", characters(yaml.ending, Likeness::Ending)),
        ("beginning", characters(yaml.beginning, Likeness::Beginning)),
        ("misread", flag(yaml.misread, Likeness::Misread)),
        ("days", yaml.days.map(|written| days(written).ok_or("is at least 1"))),
        ("share", yaml.share.map(|share| below_one(share).ok_or("lies above 0, below 1"))),
        ("kilometres", yaml.kilometres.map(|kilometres| far(kilometres).ok_or("is more than 0"))),
    ];
    let mut said = tests.into_iter().filter_map(|(key, test)| Some((key, test?)));
    match (said.next(), said.next()) {
        (None, _) => Err("it has no test".to_owned()),
        (Some((key, test)), None) => test.map_err(|problem| format!("`{key}` {problem}")),
        (Some((one, _)), Some((other, _))) => Err(format!("it has two tests, `{one}` and `{other}`")),
    }
}

fn key_of(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::Same => "same",
        Likeness::Form => "form",
        Likeness::JaroWinkler(_) => "jaro_winkler",
        Likeness::Edits(_) => "edits",
        Likeness::EditsOfDigits(_) => "edits_of_digits",
        Likeness::Words(_) => "words",
        Likeness::Local => "local",
        Likeness::LocalLike(_) => "local_like",
        Likeness::Ending(_) => "ending",
        Likeness::Beginning(_) => "beginning",
        Likeness::Misread => "misread",
        Likeness::Days(_) => "days",
        Likeness::Share(_) => "share",
        Likeness::Kilometres(_) => "kilometres",
    }
}

/// What people read of a level that they gave no name.
fn label_of(likeness: Likeness) -> String {
    let percent = |share: f64| format!("{} %", (share * 10_000.0).round() / 100.0);
    match likeness {
        Likeness::Same => "same".to_owned(),
        Likeness::Form => "short form, initial or same sound".to_owned(),
        Likeness::JaroWinkler(least) => format!("similar by {least}"),
        Likeness::Edits(1) => "one letter differs".to_owned(),
        Likeness::Edits(most) => format!("at most {most} letters differ"),
        Likeness::EditsOfDigits(1) => "one digit differs".to_owned(),
        Likeness::EditsOfDigits(most) => format!("at most {most} digits differ"),
        Likeness::Words(share) => format!("{} of the words the same", percent(share)),
        Likeness::Local => "same before the @".to_owned(),
        Likeness::LocalLike(least) => format!("similar by {least} before the @"),
        Likeness::Ending(count) => format!("same last {count} letters"),
        Likeness::Beginning(count) => format!("same first {count} letters"),
        Likeness::Misread => "day and month swapped, or one digit differs".to_owned(),
        Likeness::Days(1) => "within a day".to_owned(),
        Likeness::Days(days) => format!("within {days} days"),
        Likeness::Share(share) => format!("within {}", percent(share)),
        Likeness::Kilometres(far) => format!("within {far} km"),
    }
}

/// Which tests values of a kind can be put to.
fn fits(kind: Kind, likeness: Likeness) -> bool {
    use Likeness as L;
    match (kind, likeness) {
        (Kind::Distance, likeness) => matches!(likeness, L::Kilometres(_)),
        (_, L::Same) => true,
        (Kind::Exact, _) => false,
        (Kind::Number, likeness) => matches!(likeness, L::Share(_)),
        (Kind::Date, likeness) => matches!(likeness, L::Misread | L::Days(_)),
        (_, L::JaroWinkler(_) | L::Edits(_) | L::EditsOfDigits(_) | L::Words(_) | L::Ending(_) | L::Beginning(_)) => {
            true
        }
        (Kind::GivenName | Kind::FamilyName | Kind::PersonName, likeness) => likeness == L::Form,
        (Kind::Email, likeness) => matches!(likeness, L::Local | L::LocalLike(_)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_the_library_are_levels_that_people_could_write() {
        for (word, kind) in Kind::ALL {
            let levels = kind.levels();
            assert!((1..=LEVELS).contains(&levels.len()), "{word}");
            for level in levels {
                assert!(fits(kind, level.likeness), "{word}: {level:?}");
            }
        }
    }

    #[test]
    fn a_level_has_one_test_in_its_bounds() {
        let level = spec::Level::default;
        let ok = |level| likeness(&level).expect("a level");
        assert_eq!(ok(spec::Level { edits: Some(2), ..level() }), Likeness::Edits(2));
        assert_eq!(ok(spec::Level { jaro_winkler: Some(1.0), ..level() }), Likeness::JaroWinkler(1.0));
        assert_eq!(
            ok(spec::Level { days: Some(31), label: Some("a month".to_owned()), ..level() }),
            Likeness::Days(31)
        );
        let wrong = |level| likeness(&level).expect_err("no level");
        assert_eq!(wrong(level()), "it has no test");
        assert_eq!(wrong(spec::Level { same: Some(false), ..level() }), "`same` is `true`, or left out");
        assert_eq!(wrong(spec::Level { words: Some(0.0), ..level() }), "`words` lies above 0, to 1");
        assert_eq!(wrong(spec::Level { share: Some(f64::NAN), ..level() }), "`share` lies above 0, below 1");
        assert_eq!(wrong(spec::Level { ending: Some(0), ..level() }), "`ending` counts 1 to 64 characters");
        let two = spec::Level { same: Some(true), days: Some(1), ..level() };
        assert_eq!(wrong(two), "it has two tests, `same` and `days`");
    }

    #[test]
    fn labels_are_made_of_tests() {
        let labels = [Likeness::Edits(1), Likeness::Words(0.66), Likeness::Share(0.005), Likeness::Kilometres(2.5)];
        let labels = labels.map(label_of);
        assert_eq!(labels, ["one letter differs", "66 % of the words the same", "within 0.5 %", "within 2.5 km"]);
    }
}
