//! Data tests as people write them: a word, or a map whose one key is the test and whose value says the rest.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// How bad a failing test is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is published.
    #[default]
    Error,
    /// It is said in the summary.
    Warn,
}

/// What must hold of every value of a column.
#[derive(Clone, Debug)]
pub enum ColumnTest {
    NotNull(Severe),
    Unique(Severe),
    OneOf(OneOf),
    Range(Range),
    Matches(Matches),
    References(References),
    Freshness(Ages),
}

impl ColumnTest {
    /// The key it is written with.
    pub fn key(&self) -> &'static str {
        match self {
            Self::NotNull(_) => "not_null",
            Self::Unique(_) => "unique",
            Self::OneOf(_) => "one_of",
            Self::Range(_) => "range",
            Self::Matches(_) => "matches",
            Self::References(_) => "references",
            Self::Freshness(_) => "freshness",
        }
    }
}

/// A test that has nothing to say but its severity.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Severe {
    /// error (default) fails the run; warn is only counted.
    #[serde(default)]
    pub severity: Severity,
}

/// The words allowed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneOf {
    /// The words allowed.
    pub values: Vec<String>,
    /// error (default) fails the run; warn is only counted.
    #[serde(default)]
    pub severity: Severity,
}

/// Bounds of a number, both included.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Least value allowed.
    pub min: Option<f64>,
    /// Greatest value allowed.
    pub max: Option<f64>,
    /// error (default) fails the run; warn is only counted.
    #[serde(default)]
    pub severity: Severity,
}

/// The form of a text.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matches {
    /// Regular expression (syntax of the Rust crate `regex`) that the whole value must match, from its start to its end.
    pub pattern: String,
    /// error (default) fails the run; warn is only counted.
    #[serde(default)]
    pub severity: Severity,
}

/// Where a value must exist.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct References {
    /// `table.column` of a core table, or `core.table.column`, `marts.mart.column`.
    pub to: String,
    /// error (default) fails the run; warn is only counted.
    #[serde(default)]
    pub severity: Severity,
}

/// How old the newest may be: `90m`, `36h`, `1d`, `2w`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// Older is said in the summary.
    pub warn_after: Option<String>,
    /// Older fails the run.
    pub error_after: Option<String>,
}

/// A test of a whole table: `expression`, `sql` or `row_count_change`, one of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableTest {
    /// Name shown when it fails.
    pub name: String,
    /// SQL condition over the table's columns that every row must satisfy; NULL passes.
    pub expression: Option<String>,
    /// Query over core tables and marts, written `core.x` and `marts.x`, whose rows are the offenders.
    pub sql: Option<String>,
    /// How far the number of rows may be from that of the last release.
    pub row_count_change: Option<RowCountChange>,
    /// error (default) fails the run; warn is only counted. Shares of `row_count_change` have their own.
    pub severity: Option<Severity>,
}

/// Shares of the rows that the last release has of the table; of a mart kept by day, of its newest snapshot up to this day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowCountChange {
    /// A greater loss is said in the summary: 0.1 is a tenth.
    pub warn_drop: Option<f64>,
    /// A greater loss fails the run.
    pub error_drop: Option<f64>,
    /// A greater gain is said in the summary: 1 is twice as many.
    pub warn_growth: Option<f64>,
    /// A greater gain fails the run.
    pub error_growth: Option<f64>,
}

impl<'de> Deserialize<'de> for ColumnTest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Test;
        impl<'de> Visitor<'de> for Test {
            type Value = ColumnTest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a test")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<ColumnTest, E> {
                match word {
                    "not_null" => Ok(ColumnTest::NotNull(Severe::default())),
                    "unique" => Ok(ColumnTest::Unique(Severe::default())),
                    other => Err(E::unknown_variant(other, &["not_null", "unique"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ColumnTest, A::Error> {
                let key: String = map.next_key()?.ok_or_else(|| A::Error::custom("a test has a name"))?;
                let test = match key.as_str() {
                    "not_null" => ColumnTest::NotNull(map.next_value()?),
                    "unique" => ColumnTest::Unique(map.next_value()?),
                    "one_of" => ColumnTest::OneOf(map.next_value::<Short<OneOf>>()?.0),
                    "range" => ColumnTest::Range(map.next_value()?),
                    "matches" => ColumnTest::Matches(map.next_value::<Short<Matches>>()?.0),
                    "references" => ColumnTest::References(map.next_value::<Short<References>>()?.0),
                    "freshness" => ColumnTest::Freshness(map.next_value()?),
                    other => return Err(A::Error::custom(format!("`{other}` is not a test"))),
                };
                match map.next_key::<String>()? {
                    None => Ok(test),
                    Some(_) => Err(A::Error::custom("a test has one name")),
                }
            }
        }
        deserializer.deserialize_any(Test)
    }
}

impl JsonSchema for ColumnTest {
    fn schema_name() -> Cow<'static, str> {
        "ColumnTest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let list = json_schema!({ "type": "array", "items": { "type": "string" } });
        let text = json_schema!({ "type": "string" });
        let severe = generator.subschema_for::<Severe>();
        let either = |short: Schema, long: Schema| json_schema!({ "anyOf": [short, long] });
        let tests: [(&str, &str, Schema); 7] = [
            ("not_null", "There is a value.", severe.clone()),
            ("unique", "No two rows have the same value.", severe),
            ("one_of", "The value is one of these (or NULL).", either(list, generator.subschema_for::<OneOf>())),
            ("range", "The value lies between these, both included (or is NULL).", generator.subschema_for::<Range>()),
            (
                "matches",
                "The whole text matches a regular expression (or is NULL).",
                either(text.clone(), generator.subschema_for::<Matches>()),
            ),
            (
                "references",
                "The value exists in a column of another table (or is NULL).",
                either(text, generator.subschema_for::<References>()),
            ),
            (
                "freshness",
                "The newest value of a date or time stamp is not older than this at the end of the logical date.",
                generator.subschema_for::<Ages>(),
            ),
        ];
        let words = ["not_null", "unique"].map(|word| json_schema!({ "type": "string", "const": word, "description": "Short for the map with the same name." }));
        let maps = tests.map(|(name, about, value)| {
            json_schema!({ "type": "object", "description": about, "properties": { name: value }, "required": [name],
                "additionalProperties": false })
        });
        let forms: Vec<Schema> = words.into_iter().chain(maps).collect();
        json_schema!({ "description": "What must hold of every value of a column.", "oneOf": forms })
    }
}

/// A value that can be written shorter when it has nothing to say but the one thing.
struct Short<T>(T);

trait Shortened: Sized {
    fn of_text(text: String) -> Option<Self>;
    fn of_list(words: Vec<String>) -> Option<Self>;
}

impl Shortened for OneOf {
    fn of_text(_: String) -> Option<Self> {
        None
    }

    fn of_list(values: Vec<String>) -> Option<Self> {
        Some(Self { values, severity: Severity::default() })
    }
}

impl Shortened for Matches {
    fn of_text(pattern: String) -> Option<Self> {
        Some(Self { pattern, severity: Severity::default() })
    }

    fn of_list(_: Vec<String>) -> Option<Self> {
        None
    }
}

impl Shortened for References {
    fn of_text(to: String) -> Option<Self> {
        Some(Self { to, severity: Severity::default() })
    }

    fn of_list(_: Vec<String>) -> Option<Self> {
        None
    }
}

impl<'de, T: Shortened + Deserialize<'de>> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Shortened + Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("what the test asks for, or a map that says it")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
                T::of_text(text.to_owned()).ok_or_else(|| E::custom("a text is not enough"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
                let words = Vec::<String>::deserialize(SeqAccessDeserializer::new(list))?;
                T::of_list(words).ok_or_else(|| A::Error::custom("a list does not fit"))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(Either(std::marker::PhantomData)).map(Short)
    }
}
