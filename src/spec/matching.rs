//! `match:` of a pipeline: which records are compared, how alike they must be, and what is kept of each entity.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::StringOrList;

/// Which records are one entity: those that agree in columns, and those that are alike. See docs/matching.md.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// Staging model with `source_system`, `source_customer_id` and the columns compared; one row per record.
    pub records: String,
    /// Lists of columns; equal non-NULL values in all columns of one list join two records, transitively.
    #[serde(default)]
    pub exact: Vec<StringOrList>,
    /// Columns; two records with different values in one of them are never one entity.
    #[serde(default)]
    pub never: Vec<String>,
    /// Lists of columns or SQL expressions over them; records that agree in all of one list are compared. Needs
    /// `compare`.
    #[serde(default)]
    pub block: Vec<StringOrList>,
    /// What is compared, by column: a kind such as `email`, or a map that says more. Needs `block`.
    #[serde(default)]
    pub compare: IndexMap<String, KindOrComparison>,
    /// Pairs of at least this probability are one entity: from 0.5 to below 1. Default 0.95.
    pub threshold: Option<f64>,
    /// Pairs from this probability up to the threshold are shown in `match.<name>_review`.
    pub review: Option<f64>,
    /// Records of a larger block are compared with as many neighbours only, and the block is named. Default 5000.
    pub largest_block: Option<u32>,
    /// Entities of more records are split at their weakest links.
    pub largest_entity: Option<u32>,
    /// How many pairs match, from rules that are certain; learned from all that is compared when left out.
    pub prior: Option<Prior>,
    /// What the samples are drawn with that the weights are learned from. Default 0.
    pub seed: Option<u64>,
    /// CSV of decided pairs, relative to this file.
    pub decisions: Option<String>,
    /// CSV of pairs of known truth that the result is measured against, relative to this file.
    pub labels: Option<String>,
    /// Whether entities keep their keys over runs: `kept` (default) or `records`.
    pub keys: Option<Keys>,
    /// When weights are learned anew and all pairs compared: `always` (default), or once more than this share of the
    /// records is new, changed or gone; until then only pairs that such a record is part of are compared.
    pub relearn: Option<Relearn>,
    /// Whether facts of past months follow their records to new keys: `rekeyed` (default) or `kept`.
    pub facts: Option<Facts>,
    /// Which record's value an entity has: makes `match.<name>_golden`.
    pub survive: Option<Survive>,
}

/// The share of matches among all pairs: those that rules find, by the share of all that they are thought to find.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Lists of columns or SQL expressions over them; records that agree in all of one list are certainly one entity.
    pub rules: Vec<StringOrList>,
    /// Share of all matches that the rules find: above 0, to 1.
    pub recall: f64,
}

/// When a stage learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Relearn {
    Always,
    /// Once more than this share of the records at the last learning is new, changed or gone.
    Above(f64),
}

impl<'de> Deserialize<'de> for Relearn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrShare;
        impl Visitor<'_> for WordOrShare {
            type Value = Relearn;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`always`, or a share of the records")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Relearn, E> {
                match word {
                    "always" => Ok(Relearn::Always),
                    _ => {
                        Err(E::custom(format!("`{word}` does not say when to learn: `always`, or a share of records")))
                    }
                }
            }

            fn visit_f64<E>(self, share: f64) -> Result<Relearn, E> {
                Ok(Relearn::Above(share))
            }

            fn visit_u64<E>(self, share: u64) -> Result<Relearn, E> {
                Ok(Relearn::Above(share as f64))
            }

            fn visit_i64<E>(self, share: i64) -> Result<Relearn, E> {
                Ok(Relearn::Above(share as f64))
            }
        }
        deserializer.deserialize_any(WordOrShare)
    }
}

impl JsonSchema for Relearn {
    fn schema_name() -> Cow<'static, str> {
        "Relearn".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "When a stage learns: `always`, or above a share of changed records.",
            "oneOf": [{ "type": "string", "const": "always" },
                { "type": "number", "exclusiveMinimum": 0, "maximum": 0.5 }] })
    }
}

/// What becomes of facts of past months when the key of their record changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Facts {
    /// They have the key that their record has now.
    Rekeyed,
    /// They keep the one under which they were published.
    Kept,
}

/// How entities are named over runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Keys {
    /// An entity keeps the key that most of its records had before.
    Kept,
    /// By the oldest of their records, whatever was before.
    Records,
}

/// How one column, or the few that belong together, are compared.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// exact, text, given_name, family_name, person_name, company_name, address, email, phone, postcode, identifier,
    /// date, number or distance: how values are prepared, and the levels. See docs/matching.md.
    pub kind: String,
    /// The columns, where the name is not that of the only one: given and family name, latitude and longitude.
    pub columns: Option<StringOrList>,
    /// Whether agreement on a rare value counts for more than on a frequent one. Default true but for phones,
    /// identifiers, dates, numbers and distances.
    pub term_frequency: Option<bool>,
    /// Instead of the kind's own, from the likest to the least; what reaches none is in the last, `else`.
    pub levels: Option<Vec<Level>>,
    /// Instead of learned ones: one for each level and one for `else`.
    pub weights: Option<Vec<Weight>>,
}

/// A level of a comparison: one test, and what it is called.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// What people read. Default: made of the test.
    pub label: Option<String>,
    /// `true`: equal as they are compared.
    pub same: Option<bool>,
    /// `true`: the same sound, or a short form, or an initial of the other. Names alone.
    pub form: Option<bool>,
    /// Jaro–Winkler similarity of at least this: above 0, to 1.
    pub jaro_winkler: Option<f64>,
    /// At most as many characters put in, left out, changed or swapped with their neighbour.
    pub edits: Option<u32>,
    /// As `edits`, digits among them.
    pub edits_of_digits: Option<u32>,
    /// Share of common words of at least this: above 0, to 1.
    pub words: Option<f64>,
    /// `true`: the same before the `@`. E-mail addresses alone.
    pub local: Option<bool>,
    /// Jaro–Winkler similarity before the `@` of at least this: above 0, to 1. E-mail addresses alone.
    pub local_like: Option<f64>,
    /// As many last characters are the same.
    pub ending: Option<u32>,
    /// As many first characters are the same.
    pub beginning: Option<u32>,
    /// `true`: day and month changed places, or one digit differs. Dates alone.
    pub misread: Option<bool>,
    /// At most as many days apart. Dates alone.
    pub days: Option<u32>,
    /// Apart by at most this share of the larger: above 0, below 1. Numbers alone.
    pub share: Option<f64>,
    /// At most as many kilometres apart. Distances alone.
    pub kilometres: Option<f64>,
}

/// How often pairs are in a level: log₂(m/u) is its weight.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// Share of the pairs of one entity: above 0, to 1.
    pub m: f64,
    /// Share of the pairs of two entities: above 0, to 1.
    pub u: f64,
}

/// Which record's value an entity has; NULL and empty text never survive against a value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Survive {
    /// Of all columns that `columns` does not name. Without it only those that it names survive.
    pub default: Option<Survivor>,
    /// Column that says when a record was last changed: what `latest` goes by, and what decides ties.
    pub changed: Option<String>,
    /// Column that says when a record was made: what `earliest` goes by.
    pub made: Option<String>,
    /// By column.
    #[serde(default)]
    pub columns: IndexMap<String, Survivor>,
}

/// Which of the values of an entity's records is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Survivor {
    Latest,
    Earliest,
    MostFrequent,
    Longest,
    Priority(Vec<String>),
    Greatest(String),
}

const WORDS: [(&str, Survivor, &str); 4] = [
    ("latest", Survivor::Latest, "Of the record that was changed last."),
    ("earliest", Survivor::Earliest, "Of the record that was made first."),
    ("most_frequent", Survivor::MostFrequent, "The one that most records have; of several, the latest."),
    ("longest", Survivor::Longest, "The one of most characters; of several, the latest."),
];

impl<'de> Deserialize<'de> for Survivor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrMap;
        impl<'de> Visitor<'de> for WordOrMap {
            type Value = Survivor;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("which value survives")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Survivor, E> {
                let found = WORDS.iter().find(|(name, _, _)| *name == word).map(|(_, survivor, _)| survivor.clone());
                found.ok_or_else(|| E::custom(format!("`{word}` does not say which value survives")))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Survivor, A::Error> {
                let key: Option<String> = map.next_key()?;
                let survivor = match key.as_deref() {
                    Some("priority") => Survivor::Priority(map.next_value()?),
                    Some("greatest") => Survivor::Greatest(map.next_value()?),
                    _ => return Err(A::Error::custom("say `priority` or `greatest`")),
                };
                match map.next_key::<String>()? {
                    None => Ok(survivor),
                    Some(_) => Err(A::Error::custom("one value survives: say `priority` or `greatest`, not both")),
                }
            }
        }
        deserializer.deserialize_any(WordOrMap)
    }
}

impl JsonSchema for Survivor {
    fn schema_name() -> Cow<'static, str> {
        "Survivor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words =
            WORDS.map(|(word, _, about)| json_schema!({ "type": "string", "const": word, "description": about }));
        let list = json_schema!({ "type": "array", "items": { "type": "string" } });
        let maps = [
            ("priority", "Of the first of these systems that has one; the latest within a system.", list),
            (
                "greatest",
                "Of the record for which this SQL expression over its columns is greatest; of several, the latest.",
                json_schema!({ "type": "string" }),
            ),
        ]
        .map(|(name, about, value)| {
            json_schema!({ "type": "object", "description": about, "properties": { name: value }, "required": [name],
                "additionalProperties": false })
        });
        let forms: Vec<Schema> = words.into_iter().chain(maps).collect();
        json_schema!({ "description": "Which of the values of an entity's records is its own.", "oneOf": forms })
    }
}

/// A comparison that has nothing to say but its kind is that word.
#[derive(Clone, Debug)]
pub struct KindOrComparison(pub Comparison);

impl<'de> Deserialize<'de> for KindOrComparison {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrMap;
        impl<'de> Visitor<'de> for WordOrMap {
            type Value = Comparison;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kind of comparison, or a map that says more")
            }

            fn visit_str<E>(self, kind: &str) -> Result<Comparison, E> {
                let kind = kind.to_owned();
                Ok(Comparison { kind, columns: None, term_frequency: None, levels: None, weights: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Comparison, A::Error> {
                Comparison::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(WordOrMap).map(Self)
    }
}

impl JsonSchema for KindOrComparison {
    fn schema_name() -> Cow<'static, str> {
        "KindOrComparison".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, generator.subschema_for::<Comparison>()] })
    }
}
