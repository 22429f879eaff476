//! The tests of a published table as SQL: what can be told from its rows alone is columns of one query over it, so that
//! a scan answers them all; the others are queries of their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::column::ColumnType;
use crate::names::{Name, TableName};
use crate::project::{Ages, Change, Column, ColumnRule, Table, TableRule};

/// A declared test.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// `customer_key not_null`, for people.
    pub name: String,
    /// `customer_key.not_null`, in file names; no two tests of a table have the same.
    pub id: String,
    pub fails_run: bool,
    pub asks: Asks,
}

/// How a test is answered.
#[derive(Clone, Debug)]
pub enum Asks {
    /// Rows offend for which a condition is true.
    Rows {
        condition: String,
        column: Option<Name>,
    },
    /// Rows offend whose value another row has too.
    Repeats {
        column: Name,
    },
    /// The newest value has an age.
    Age {
        column: Name,
        kind: ColumnType,
        ages: Ages,
    },
    /// The rows of a query offend.
    Query {
        sql: String,
        reads: BTreeSet<TableName>,
    },
    RowCount(Change),
}

impl Expectation {
    /// A column of the query that answers all such tests of a table.
    pub fn aggregate(&self) -> Option<String> {
        match &self.asks {
            Asks::Rows { condition, .. } => Some(format!("count(*) filter (where {condition})")),
            Asks::Repeats { column } => Some(format!("count(\"{column}\") - count(distinct \"{column}\")")),
            Asks::Age { column, .. } => Some(format!("max(\"{column}\")")),
            Asks::Query { .. } | Asks::RowCount(_) => None,
        }
    }

    /// What else than the table itself it looks at.
    pub fn reads(&self) -> impl Iterator<Item = &TableName> {
        let reads = if let Asks::Query { reads, .. } = &self.asks { Some(reads) } else { None };
        reads.into_iter().flatten()
    }
}

/// Everything declared about a table but its grain, which the sink proves while it writes.
pub fn expectations(own: &TableName, table: &Table) -> Vec<Expectation> {
    let mut out = Vec::new();
    for column in &table.columns {
        for test in &column.tests {
            let asks = asked(own, table, column, &test.rule);
            let (column, rule) = (&column.name, test.rule.name());
            out.push(Expectation {
                name: format!("{column} {rule}"),
                id: format!("{column}.{rule}"),
                fails_run: test.fails_run,
                asks,
            });
        }
    }
    for test in &table.tests {
        let asks = match &test.rule {
            TableRule::Expression(sql) => Asks::Rows { condition: format!("not ({sql}\n)"), column: None },
            TableRule::Query(model) => {
                Asks::Query { sql: model.source.text.clone(), reads: model.reads.keys().cloned().collect() }
            }
            TableRule::RowCountChange(change) => Asks::RowCount(*change),
        };
        let name = test.name.to_string();
        out.push(Expectation { id: name.clone(), name, fails_run: test.fails_run, asks });
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for expectation in &mut out {
        let times = seen.entry(expectation.id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            expectation.id = format!("{}_{times}", expectation.id);
        }
    }
    out
}

fn asked(own: &TableName, table: &Table, column: &Column, rule: &ColumnRule) -> Asks {
    let name = format!("\"{}\"", column.name);
    let condition = match rule {
        // A partition without a value is a folder with a name of its own, which reads as a text.
        ColumnRule::NotNull if table.partition_by.as_ref() == Some(&column.name) => {
            format!("{name} is null or cast({name} as varchar) = '__HIVE_DEFAULT_PARTITION__'")
        }
        ColumnRule::NotNull => format!("{name} is null"),
        ColumnRule::Unique => return Asks::Repeats { column: column.name.clone() },
        ColumnRule::OneOf(words) => {
            let words: Vec<String> = words.iter().map(|word| literal(word)).collect();
            let value =
                if column.kind == ColumnType::String { name.clone() } else { format!("cast({name} as varchar)") };
            // Nothing is one of no words.
            let among =
                if words.is_empty() { "false".to_owned() } else { format!("{value} in ({})", words.join(", ")) };
            format!("{name} is not null and not ({among})")
        }
        ColumnRule::Range { min, max } => {
            let below = min.map(|min| format!("cast({name} as double) < cast({min} as double)"));
            let above = max.map(|max| format!("cast({name} as double) > cast({max} as double)"));
            below.into_iter().chain(above).collect::<Vec<_>>().join(" or ")
        }
        ColumnRule::Matches(pattern) => {
            format!("{name} is not null and not {}", full_match(&name, pattern))
        }
        ColumnRule::References { table: to, column: key } => {
            let mut shown: Vec<&Name> = table.grain.iter().collect();
            if !shown.contains(&&column.name) {
                shown.push(&column.name);
            }
            let shown: Vec<String> = shown.into_iter().map(|name| format!("tested.\"{name}\"")).collect();
            let sql = format!(
                "select {} from {own} as tested left anti join {to} as known on tested.{name} = known.\"{key}\" \
                 where tested.{name} is not null",
                shown.join(", ")
            );
            return Asks::Query { sql, reads: BTreeSet::from([to.clone()]) };
        }
        ColumnRule::Freshness(ages) => {
            return Asks::Age { column: column.name.clone(), kind: column.kind, ages: *ages };
        }
    };
    Asks::Rows { condition, column: Some(column.name.clone()) }
}

/// Whether the whole of a value matches a pattern. In one that may have comments, a new line ends the last of them.
pub(super) fn full_match(value: &str, pattern: &str) -> String {
    let whole = format!("\\A(?:{pattern})\\z");
    let whole = if regex_syntax::parse(&whole).is_err() { format!("\\A(?:{pattern}\n)\\z") } else { whole };
    format!("regexp_like({value}, {})", literal(&whole))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
