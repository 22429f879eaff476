//! A comparison is a list of labelled levels, from the likest to the least; what reaches none is in the last, `else`.

/// What two values must have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Likeness {
    /// Equal as they are compared.
    Same,
    /// The same sound, a short form or an initial of the other; of names.
    Form,
    /// Jaro–Winkler similarity of at least this.
    JaroWinkler(f64),
    /// At most as many characters put in, left out, changed or swapped with their neighbour.
    Edits(usize),
    /// As many, digits among them: of an address made of a name and a number, another number is often another's.
    EditsOfDigits(usize),
    /// Share of common words of at least this.
    Words(f64),
    /// The same before the `@`.
    Local,
    /// At least this similar before the `@`.
    LocalLike(f64),
    /// The same last characters.
    Ending(usize),
    /// The same first characters.
    Beginning(usize),
    /// Day and month changed places, or one digit of the date.
    Misread,
    /// At most as many days apart.
    Days(i32),
    /// Apart by at most this share of the larger.
    Share(f64),
    /// At most as many kilometres apart.
    Kilometres(f64),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    pub label: String,
    pub likeness: Likeness,
}

impl Level {
    fn new(label: &str, likeness: Likeness) -> Self {
        Self { label: label.to_owned(), likeness }
    }
}

/// A comparison of the library: how values are prepared, and the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Exact,
    Text,
    GivenName,
    FamilyName,
    PersonName,
    CompanyName,
    Address,
    Email,
    Phone,
    Postcode,
    Identifier,
    Date,
    Number,
    Distance,
}

impl Kind {
    pub const ALL: [(&'static str, Self); 14] = [
        ("exact", Self::Exact),
        ("text", Self::Text),
        ("given_name", Self::GivenName),
        ("family_name", Self::FamilyName),
        ("person_name", Self::PersonName),
        ("company_name", Self::CompanyName),
        ("address", Self::Address),
        ("email", Self::Email),
        ("phone", Self::Phone),
        ("postcode", Self::Postcode),
        ("identifier", Self::Identifier),
        ("date", Self::Date),
        ("number", Self::Number),
        ("distance", Self::Distance),
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
    }

    /// How many parts a value of it has; each is compared with levels of its own.
    pub fn parts(self) -> &'static [&'static str] {
        match self {
            Self::PersonName => &["given", "family"],
            _ => &[""],
        }
    }

    /// How long it takes, roughly: what costs little is compared first, since it may settle the matter.
    pub fn cost(self) -> u8 {
        match self {
            Self::Exact | Self::Date | Self::Number | Self::Postcode | Self::Identifier | Self::Phone => 1,
            Self::Distance => 2,
            Self::GivenName | Self::FamilyName | Self::PersonName | Self::Text => 3,
            Self::Email => 4,
            Self::CompanyName | Self::Address => 5,
        }
    }

    pub fn levels(self) -> Vec<Level> {
        use Likeness as L;
        let listed: &[(&str, Likeness)] = match self {
            Self::Exact => &[("same", L::Same)],
            Self::Text => &[
                ("same", L::Same),
                ("one or two letters differ", L::JaroWinkler(0.92)),
                ("similar", L::JaroWinkler(0.8)),
            ],
            Self::GivenName | Self::FamilyName | Self::PersonName => &[
                ("same", L::Same),
                ("short form, initial or same sound", L::Form),
                ("nearly the same", L::JaroWinkler(0.92)),
                ("similar", L::JaroWinkler(0.8)),
            ],
            Self::CompanyName => &[
                ("same", L::Same),
                ("same words", L::Words(0.99)),
                ("nearly the same", L::JaroWinkler(0.92)),
                ("most words the same", L::Words(0.5)),
            ],
            Self::Address => &[
                ("same", L::Same),
                ("one or two letters differ", L::Edits(2)),
                ("most words the same", L::Words(0.6)),
                ("similar", L::JaroWinkler(0.85)),
            ],
            Self::Email => &[
                ("same", L::Same),
                ("same before the @", L::Local),
                ("one or two letters differ", L::Edits(2)),
                ("similar before the @", L::LocalLike(0.88)),
                ("one or two digits differ", L::EditsOfDigits(2)),
            ],
            Self::Phone => {
                &[("same", L::Same), ("same last seven digits", L::Ending(7)), ("one digit differs", L::Edits(1))]
            }
            Self::Postcode => &[("same", L::Same), ("one letter differs", L::Edits(1)), ("same area", L::Beginning(3))],
            Self::Identifier => {
                &[("same", L::Same), ("one letter differs", L::Edits(1)), ("two letters differ", L::Edits(2))]
            }
            Self::Date => &[
                ("same", L::Same),
                ("day and month swapped, or one digit differs", L::Misread),
                ("within 31 days", L::Days(31)),
                ("within 366 days", L::Days(366)),
                ("within 10 years", L::Days(3653)),
            ],
            Self::Number => &[("same", L::Same), ("within 1 %", L::Share(0.01)), ("within 10 %", L::Share(0.1))],
            Self::Distance => &[
                ("within 100 m", L::Kilometres(0.1)),
                ("within 1 km", L::Kilometres(1.0)),
                ("within 10 km", L::Kilometres(10.0)),
                ("within 100 km", L::Kilometres(100.0)),
            ],
        };
        listed.iter().map(|(label, likeness)| Level::new(label, *likeness)).collect()
    }
}
