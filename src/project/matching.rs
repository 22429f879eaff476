//! Match stages: which records are one entity, and what is kept of each.

use std::fmt::Write as _;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Project;
use crate::diag::{Place, SourceText};
use crate::matching::{Kind, Level};
use crate::names::{Layer, Name, TableName};

#[derive(Clone, Debug)]
pub struct Matching {
    pub name: Name,
    /// The staging model whose rows are matched.
    pub records: TableName,
    /// Records that agree in all columns of one list are one entity, transitively.
    pub exact: Vec<Vec<Name>>,
    /// Records that are probably one entity, by likeness.
    pub likely: Option<Likely>,
    /// Two records with different values in one of these columns are never one entity.
    pub never: Vec<Name>,
    pub keys: EntityKeys,
    pub facts: Facts,
    /// Where that is said.
    pub facts_place: Place,
    /// Entities of more records are split at their weakest links.
    pub largest_entity: Option<u32>,
    /// CSV of the project with decided pairs, relative to the pipeline's file.
    pub decisions: Option<String>,
    /// What stands in it.
    pub decided: Option<Arc<SourceText>>,
    pub survive: Survival,
    pub place: Place,
    /// Where each column of `exact`, `never` and `survive` is named first.
    pub mentions: IndexMap<Name, Place>,
}

/// The tables that a stage gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Every record and its entity: `match.<stage>` itself.
    Links,
    /// Every entity, with the values that survive.
    Golden,
    /// Which record each of these values is from.
    Cell,
    /// What became of keys over runs.
    History,
    /// Pairs that people should look at, and those that they decided.
    Review,
    /// The keys under which facts of past months stay.
    Past,
}

impl Output {
    pub const ALL: [Self; 6] = [Self::Links, Self::Golden, Self::Cell, Self::History, Self::Review, Self::Past];

    /// What follows the stage's name in the table's.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Links => "",
            Self::Golden => "_golden",
            Self::Cell => "_cell",
            Self::History => "_history",
            Self::Review => "_review",
            Self::Past => "_past",
        }
    }

    /// Where a stage is too long a name, there is no such table.
    pub fn table(self, stage: &Name) -> Option<TableName> {
        let name = Name::new(&format!("{stage}{}", self.suffix())).ok()?;
        Some(TableName::new(Layer::Match, name))
    }
}

impl Matching {
    /// What it gives: golden records only where something is said to survive.
    pub fn outputs(&self) -> impl Iterator<Item = (Output, TableName)> {
        let golden = self.survive.is_declared();
        let given =
            Output::ALL.into_iter().filter(move |output| golden || !matches!(output, Output::Golden | Output::Cell));
        given.filter_map(|output| Some((output, output.table(&self.name)?)))
    }

    /// Everything that the result depends on but the records; not where it is written.
    pub fn rules(&self) -> String {
        let mut text = format!(
            "exact {:?}\nnever {:?}\nkeys {:?}\nlargest {:?}",
            self.exact, self.never, self.keys, self.largest_entity
        );
        if self.facts == Facts::Kept {
            text.push_str("\nfacts kept");
        }
        let file = |file: &Option<Arc<SourceText>>| file.as_ref().map(|file| file.text.clone());
        let _ = write!(text, "\ndecided {:?}", file(&self.decided));
        let Survival { default, columns, changed, made, .. } = &self.survive;
        let _ = write!(text, "\nsurvive {default:?} {columns:?} {changed:?} {made:?}");
        if let Some(likely) = &self.likely {
            let _ = write!(text, "\nlabelled {:?}{}", file(&likely.labelled), likely.rules());
            if let Some(share) = likely.relearn {
                let _ = write!(text, "\nrelearn {share}");
            }
        }
        text
    }
}

impl Project {
    /// The stage that gives a table of the layer `match`, and which of its tables that is.
    pub fn matched(&self, table: &TableName) -> Option<(&Matching, Output)> {
        let mut given = self.matching.values().flat_map(|stage| stage.outputs().map(move |output| (stage, output)));
        given.find(|(_, (_, name))| name == table).map(|(stage, (output, _))| (stage, output))
    }

    /// All tables of a stage are made at once: for what depends on what, its name stands for each of them.
    pub fn step_of(&self, table: &TableName) -> TableName {
        match self.matched(table) {
            Some((stage, _)) => TableName::new(Layer::Match, stage.name.clone()),
            None => table.clone(),
        }
    }
}

/// Probabilistic record linkage (Fellegi & Sunter 1969).
#[derive(Clone, Debug)]
pub struct Likely {
    pub block: Vec<Block>,
    pub compare: Vec<Compare>,
    /// Pairs of at least this probability are one entity.
    pub threshold: f64,
    /// Pairs from this probability up to the threshold are shown to people.
    pub review: Option<f64>,
    /// Records of a larger block are compared with as many neighbours only.
    pub largest_block: u32,
    /// Where the share of matches among all pairs is not to be learned.
    pub prior: Option<Prior>,
    /// The share of records that may change until it learns again; without it, it does so always.
    pub relearn: Option<f64>,
    pub seed: u64,
    /// CSV of the project with pairs of known truth, relative to the pipeline's file.
    pub labels: Option<String>,
    /// What stands in it.
    pub labelled: Option<Arc<SourceText>>,
}

impl Likely {
    /// Everything that scores depend on but the records.
    pub fn rules(&self) -> String {
        let Self { threshold, review, largest_block, seed, .. } = self;
        let mut text = format!("\nlikely {threshold} {review:?} {largest_block} {seed}");
        for block in &self.block {
            let _ = write!(text, "\nblock {:?}", block.keys);
        }
        if let Some(prior) = &self.prior {
            let rules: Vec<_> = prior.rules.iter().map(|rule| &rule.keys).collect();
            let _ = write!(text, "\nprior {rules:?} {}", prior.recall);
        }
        for Compare { name, kind, columns, levels, term_frequency, weights, .. } in &self.compare {
            let _ = write!(text, "\ncompare {name} {kind:?} {columns:?} {levels:?} {term_frequency} {weights:?}");
        }
        text
    }
}

/// Rules that are certain, and the share of all matches that they find.
#[derive(Clone, Debug)]
pub struct Prior {
    pub rules: Vec<Block>,
    pub recall: f64,
    pub place: Place,
}

/// Records that agree in all keys of a block are compared.
#[derive(Clone, Debug)]
pub struct Block {
    pub keys: Vec<BlockKey>,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub struct BlockKey {
    /// An SQL expression over the columns of the records; a list gives a key for each of its items.
    pub sql: String,
    /// What it reads.
    pub columns: Vec<Name>,
}

#[derive(Clone, Debug)]
pub struct Compare {
    pub name: Name,
    pub kind: Kind,
    /// One, or as many as the kind has: given and family name, latitude and longitude.
    pub columns: Vec<Name>,
    pub levels: Vec<Level>,
    pub term_frequency: bool,
    /// m and u of each level, `else` last, where they are not to be learned.
    pub weights: Option<Vec<(f64, f64)>>,
    pub place: Place,
}

/// How entities are named over runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntityKeys {
    /// By the oldest of their records, whatever was before: the same records give the same keys.
    Records,
    /// An entity keeps the key that most of its records had.
    #[default]
    Kept,
}

/// What becomes of facts of past months when the key of their record changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Facts {
    /// They have the key that their record has now.
    #[default]
    Rekeyed,
    /// They keep the one under which they were published: `match.<stage>_past` has it.
    Kept,
}

/// Which record's value an entity has.
#[derive(Clone, Debug, Default)]
pub struct Survival {
    /// Of all columns but those that `columns` names; without it, only these survive.
    pub default: Option<Survivor>,
    pub columns: IndexMap<Name, Survivor>,
    /// When a record was last changed and first made: what `latest` and `earliest` go by.
    pub changed: Option<Name>,
    pub made: Option<Name>,
    pub place: Option<Place>,
}

impl Survival {
    /// Without it there is no golden record.
    pub fn is_declared(&self) -> bool {
        self.default.is_some() || !self.columns.is_empty()
    }

    pub fn of(&self, column: &str) -> Option<&Survivor> {
        self.columns.get(column).or(self.default.as_ref())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Survivor {
    Latest,
    Earliest,
    MostFrequent,
    Longest,
    /// The first of these systems that has a value; the latest within one.
    Priority(Vec<String>),
    /// An SQL expression over the columns: the record with the greatest value.
    Greatest(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;

    fn stage(line: usize, decided: &str) -> Matching {
        let name = |text: &str| Name::new(text).expect("a name");
        let source = SourceText::new("shop.yaml", "match:");
        let place = Place { source, span: Span { line, column: 1, length: 1 } };
        let block = Block {
            keys: vec![BlockKey { sql: "left(email, 3)".to_owned(), columns: vec![name("email")] }],
            place: place.clone(),
        };
        let compare = Compare {
            name: name("email"),
            kind: Kind::Email,
            columns: vec![name("email")],
            levels: Kind::Email.levels(),
            term_frequency: true,
            weights: None,
            place: place.clone(),
        };
        Matching {
            name: name("customer"),
            records: TableName::new(Layer::Staging, name("record")),
            exact: vec![vec![name("email")]],
            likely: Some(Likely {
                block: vec![block],
                compare: vec![compare],
                threshold: 0.95,
                review: None,
                largest_block: 5000,
                prior: None,
                relearn: None,
                seed: 0,
                labels: None,
                labelled: None,
            }),
            never: Vec::new(),
            keys: EntityKeys::default(),
            facts: Facts::default(),
            facts_place: place.clone(),
            largest_entity: None,
            decisions: Some("decided.csv".to_owned()),
            decided: Some(SourceText::new("decided.csv", decided)),
            survive: Survival { place: Some(place.clone()), ..Survival::default() },
            mentions: IndexMap::from([(name("email"), place.clone())]),
            place,
        }
    }

    #[test]
    fn rules_are_what_is_said_and_not_where() {
        let one = stage(1, "a").rules();
        assert_eq!(one, stage(99, "a").rules(), "moving a line changes nothing");
        assert_ne!(one, stage(1, "b").rules(), "decisions do");
        let mut other = stage(1, "a");
        other.never.push(Name::new("id_card").expect("a name"));
        assert_ne!(one, other.rules());
        let mut other = stage(1, "a");
        other.likely.iter_mut().for_each(|likely| likely.compare.iter_mut().for_each(|one| one.weights = Some(vec![])));
        assert_ne!(one, other.rules());
    }

    #[test]
    fn golden_records_are_given_where_something_survives() {
        let names = |stage: &Matching| stage.outputs().map(|(_, table)| table.to_string()).collect::<Vec<_>>();
        let mut stage = stage(1, "");
        assert_eq!(
            names(&stage),
            ["match.customer", "match.customer_history", "match.customer_review", "match.customer_past"]
        );
        stage.survive.default = Some(Survivor::Longest);
        assert!(names(&stage).contains(&"match.customer_golden".to_owned()));
        assert!(names(&stage).contains(&"match.customer_cell".to_owned()));
    }
}
