//! Match stages without data: the tables they give, and whether their records can be matched as they say.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::Engine;
use super::check::{own, plain};
use super::golden::{self, SOURCE_RECORDS};
use super::session;
use crate::column::ColumnType;
use crate::diag::{Diagnostic, Place};
use crate::matching::Kind;
use crate::names::{Layer, Name, TableName, nearest};
use crate::project::matching::{Compare, Facts, Likely, Survivor};
use crate::project::{CoreTable, Matching, Output, Project};

const PROBABILITY: ColumnType = ColumnType::Decimal { precision: 18, scale: 6 };

/// What every match stage gives: the entity of each record.
pub(crate) fn match_schema() -> SchemaRef {
    output_schema(Output::Links)
}

/// The columns of a table that a stage gives; those of golden records depend on the stage (`golden_columns`).
pub fn output_schema(output: Output) -> SchemaRef {
    use ColumnType::{Bigint, Date, String};
    let columns: &[(&str, ColumnType)] = match output {
        Output::Links => &[
            ("source_system", String),
            ("source_customer_id", String),
            ("customer_key", String),
            ("match_probability", PROBABILITY),
            ("match_rule", String),
        ],
        Output::Golden => &[("customer_key", String), (SOURCE_RECORDS, Bigint)],
        Output::Cell => &[
            ("customer_key", String),
            ("column_name", String),
            ("value", String),
            ("source_system", String),
            ("source_customer_id", String),
        ],
        Output::History => &[
            ("customer_key", String),
            ("previous_key", String),
            ("changed_on", Date),
            ("cause", String),
            ("records", Bigint),
        ],
        Output::Review => &[
            ("left_system", String),
            ("left_id", String),
            ("right_system", String),
            ("right_id", String),
            ("probability", PROBABILITY),
            ("evidence", String),
            ("decision", String),
        ],
        Output::Past => &[
            ("source_system", String),
            ("source_customer_id", String),
            ("customer_key", String),
            ("valid_from", Date),
            ("valid_to", Date),
        ],
    };
    session::schema(&own(columns))
}

/// Everything that is wrong between a stage and the columns of its records.
pub(super) fn problems(engine: &Engine, stage: &Matching, columns: &[(String, DataType)]) -> Vec<Diagnostic> {
    let fields: Vec<Field> = columns.iter().map(|(name, kind)| Field::new(name, kind.clone(), true)).collect();
    let mut records = Records { engine, stage, columns, schema: Arc::new(Schema::new(fields)), found: Vec::new() };
    records.identified();
    records.equal();
    if let Some(likely) = &stage.likely {
        likely.compare.iter().for_each(|compare| records.compared(compare));
        records.blocks(likely);
        if records.found.is_empty() {
            records.found.extend(blind(stage, likely));
        }
    }
    records.survive();
    records.found
}

/// Facts that keep their keys have them from the release before: what it must hold, and whether anything looks them up.
pub(super) fn unkept(project: &Project, stage: &Matching) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if stage.facts != Facts::Kept {
        return found;
    }
    let reads = |core: &CoreTable, output: Output| {
        let model = project.models.get(&TableName::new(Layer::Core, core.name.clone()));
        let table = output.table(&stage.name);
        model.is_some_and(|model| table.is_some_and(|table| model.reads.contains_key(&table)))
    };
    for output in [Output::Links, Output::Past] {
        let columns = output_schema(output);
        let published = |core: &CoreTable| {
            let needed = columns.fields().iter().filter(|field| !field.name().starts_with("match_"));
            needed.into_iter().all(|field| core.table.columns.iter().any(|column| column.name.as_str() == field.name()))
        };
        let table = output.table(&stage.name).map(|table| table.to_string()).unwrap_or_default();
        if !project.core.values().any(|core| published(core) && reads(core, output)) {
            let message = format!("`facts: kept` of match `{}` needs `{table}` in the release", stage.name);
            let help =
                "publish it as a core table: the next run reads there which keys facts have; docs/matching.md has one";
            found.push(Diagnostic::error("S0232", message).at_place(Some(stage.facts_place.clone())).help(help));
        }
    }
    let kept = |core: &CoreTable| core.visible_on.is_some() && reads(core, Output::Past);
    if found.is_empty() && !project.core.values().any(kept) {
        let message = format!("`facts: kept` of match `{}`, and no fact looks up the key that it had", stage.name);
        let help = format!("join `match.{}_past` where facts get their key; docs/matching.md shows how", stage.name);
        found.push(Diagnostic::warning("S0233", message).at_place(Some(stage.facts_place.clone())).help(help));
    }
    found
}

struct Records<'a> {
    engine: &'a Engine,
    stage: &'a Matching,
    columns: &'a [(String, DataType)],
    schema: SchemaRef,
    found: Vec<Diagnostic>,
}

impl<'a> Records<'a> {
    fn error(&mut self, code: &'static str, message: String, place: &Place, help: Option<String>) {
        self.found.push(Diagnostic::error(code, message).at_place(Some(place.clone())).maybe_help(help));
    }

    /// The type of a column; that there is none is said once.
    fn kind(&mut self, word: &str, place: &Place) -> Option<&'a DataType> {
        let found = self.columns.iter().find(|(name, _)| name == word).map(|(_, kind)| kind);
        if found.is_none() {
            let near = nearest(word, self.columns.iter().map(|(name, _)| name.as_str()));
            let (records, stage) = (&self.stage.records, &self.stage.name);
            let message = format!("`{records}` has no column `{word}`, which match `{stage}` needs");
            self.error("S0126", message, place, near.map(|near| format!("did you mean `{near}`?")));
        }
        found
    }

    fn mention(&self, name: &Name) -> Place {
        self.stage.mentions.get(name).unwrap_or(&self.stage.place).clone()
    }

    /// Records are known by two texts.
    fn identified(&mut self) {
        let place = self.stage.place.clone();
        for word in ["source_system", "source_customer_id"] {
            let Some(kind) = self.kind(word, &place) else { continue };
            if ColumnType::of_arrow(kind) != Some(ColumnType::String) {
                let message =
                    format!("`{}.{word}` is {}; records are known by texts", self.stage.records, spoken(kind));
                self.error("S0126", message, &place, Some(format!("`cast({word} as varchar) as {word}` there")));
            }
        }
    }

    /// Columns whose values are equal or not.
    fn equal(&mut self) {
        let stage = self.stage;
        for name in stage.exact.iter().flatten().chain(&stage.never) {
            let place = self.mention(name);
            let Some(kind) = self.kind(name.as_str(), &place) else { continue };
            if !matches!(ColumnType::of_arrow(kind), Some(kind) if kind != ColumnType::Double) {
                let message = format!("`{}.{name}` is {}: which are equal is not certain", stage.records, spoken(kind));
                self.error("S0126", message, &place, Some("compare texts, whole numbers or dates".to_owned()));
            }
        }
    }

    fn compared(&mut self, compare: &Compare) {
        for name in &compare.columns {
            let Some(kind) = self.kind(name.as_str(), &compare.place) else { continue };
            let Some((needs, help)) = needs(compare.kind, ColumnType::of_arrow(kind)) else { continue };
            let word = Kind::ALL.iter().find(|(_, kind)| *kind == compare.kind).map_or("", |(word, _)| *word);
            let message = format!("`{}.{name}` is {}, and {word} compares {needs}", self.stage.records, spoken(kind));
            self.error("S0225", message, &compare.place, Some(help.to_owned()));
        }
    }

    fn blocks(&mut self, likely: &Likely) {
        for block in likely.block.iter().chain(likely.prior.iter().flat_map(|prior| &prior.rules)) {
            for key in &block.keys {
                let known = |name: &Name| self.columns.iter().any(|(known, _)| known == name.as_str());
                if let Some(missing) = key.columns.iter().find(|name| !known(name)) {
                    let _ = self.kind(missing.as_str(), &block.place);
                    continue;
                }
                let problem = match self.engine.expression(&key.sql, Arc::clone(&self.schema)) {
                    Ok((_, kind)) if groups(&kind) => continue,
                    Ok((_, kind)) => format!("it gives {}, of which it is not certain which are equal", spoken(&kind)),
                    Err(error) => plain(&error),
                };
                let message = format!("records cannot be compared by `{}`: {problem}", key.sql);
                let help = "an expression over one record, such as `left(postcode, 3)`; docs/functions.md has more";
                self.error("S0224", message, &block.place, Some(help.to_owned()));
            }
        }
    }

    fn survive(&mut self) {
        let stage = self.stage;
        let survive = &stage.survive;
        let Some(place) = &survive.place else { return };
        for name in survive.changed.iter().chain(&survive.made) {
            let place = self.mention(name);
            if let Some(kind) = self.kind(name.as_str(), &place).filter(|kind| !groups(kind)) {
                let message = format!("`{}.{name}` is {}, and has no order", stage.records, spoken(kind));
                self.error("S0226", message, &place, Some("name a time stamp, a date or a number".to_owned()));
            }
        }
        for name in survive.columns.keys() {
            let _ = self.kind(name.as_str(), &self.mention(name));
        }
        let named = survive.columns.iter().map(|(name, survivor)| (self.mention(name), survivor));
        let survivors: Vec<(Place, &Survivor)> =
            named.chain(survive.default.as_ref().map(|survivor| (place.clone(), survivor))).collect();
        for (place, survivor) in survivors {
            let Survivor::Greatest(sql) = survivor else { continue };
            let problem = match self.engine.expression(sql, Arc::clone(&self.schema)) {
                Ok((_, kind)) if !kind.is_nested() && kind != DataType::Null => continue,
                Ok((_, kind)) => format!("it gives {}, which has no order", spoken(&kind)),
                Err(error) => plain(&error),
            };
            let message = format!("which value survives cannot be told by `{sql}`: {problem}");
            self.error("S0226", message, &place, Some("an expression over one record's columns".to_owned()));
        }
        for (name, kind) in golden::surviving(stage, self.columns).map(|cell| (cell.name, cell.kind)) {
            let place =
                survive.columns.get_key_value(name).and_then(|(name, _)| stage.mentions.get(name)).unwrap_or(place);
            if matches!(name, "customer_key" | SOURCE_RECORDS) {
                let message =
                    format!("`{}.{name}` has the name of a column that golden records have besides", stage.records);
                self.error("S0229", message, place, Some("give it another name there".to_owned()));
            } else if kind.is_nested() || *kind == DataType::Null {
                let message =
                    format!("`{}.{name}` is {}, which cannot be in a golden record", stage.records, spoken(kind));
                let help = "make it a text, such as with `array_to_string`, or name in `survive.columns` what survives";
                self.error("S0229", message, place, Some(help.to_owned()));
            }
        }
    }
}

/// What a kind of comparison needs, where a column is something else.
fn needs(kind: Kind, column: Option<ColumnType>) -> Option<(&'static str, &'static str)> {
    use ColumnType as T;
    let (fits, needs, help) = match kind {
        Kind::Exact => (column.is_some(), "texts, numbers and dates", "cast it to varchar in the records model"),
        Kind::Date => {
            let fits = matches!(column, Some(T::Date | T::Timestamp | T::String));
            (fits, "dates", "cast it to a date in the records model")
        }
        Kind::Number | Kind::Distance => {
            let fits = matches!(column, Some(T::Integer | T::Bigint | T::Double | T::Decimal { .. }));
            (fits, "numbers", "cast it to double in the records model")
        }
        _ => (column == Some(T::String), "texts", "cast it to varchar in the records model"),
    };
    (!fits).then_some((needs, help))
}

/// Whether records can be put together by values of a type; a list puts a record into several groups.
fn groups(kind: &DataType) -> bool {
    match kind {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            !item.data_type().is_nested() && groups(item.data_type())
        }
        DataType::Dictionary(_, value) => groups(value),
        DataType::Null => false,
        other => !other.is_nested(),
    }
}

/// What would be found by chance alone.
fn blind(stage: &Matching, likely: &Likely) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let read: Vec<BTreeSet<&Name>> =
        likely.block.iter().map(|block| block.keys.iter().flat_map(|key| &key.columns).collect()).collect();
    let in_all = |name: &Name| read.iter().all(|columns| columns.contains(name));
    let shared = read.first().into_iter().flatten().find(|name| in_all(name));
    if let (Some(only), Some(block)) = (shared, likely.block.first()) {
        let message =
            format!("all blocks of match `{}` need `{only}`: records without it are never compared", stage.name);
        found.push(
            Diagnostic::warning("S0227", message)
                .at_place(Some(block.place.clone()))
                .help("add a block of other columns, such as `[phone]` or `[birth_date, city]`"),
        );
    }
    for compare in likely.compare.iter().filter(|compare| compare.weights.is_none()) {
        if let Some(name) = compare.columns.iter().find(|name| in_all(name)) {
            let message =
                format!("`{name}` is in every block, so how often it differs within an entity cannot be learned");
            found.push(
                Diagnostic::warning("S0228", message)
                    .at_place(Some(compare.place.clone()))
                    .help(format!("add a block without `{name}`, or say the `weights` of `{}`", compare.name)),
            );
        }
    }
    found
}

fn spoken(kind: &DataType) -> String {
    ColumnType::of_arrow(kind).map_or_else(|| kind.to_string(), |kind| kind.to_string())
}
