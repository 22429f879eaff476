//! Golden records as SQL: of each entity, the value that survives in each column, and the record that it is from.
//!
//! Most entities have one record, which is the golden one as it is: only the others are ordered and searched, by finding
//! for each column the first position with a value, then the value there.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::column::ColumnType;
use crate::project::Matching;
use crate::project::matching::Survivor;

pub(super) const SOURCE_RECORDS: &str = "source_records";
/// With a blank, which names of columns do not have.
const CHANGED: &str = "changed at";
const MADE: &str = "made at";
const TIES: &str = "source_system, source_customer_id";

/// A column that survives.
pub(super) struct Cell<'a> {
    pub name: &'a str,
    pub kind: &'a DataType,
    pub survivor: &'a Survivor,
}

/// Those of the columns of the records that survive, in their order.
pub(super) fn surviving<'a>(stage: &'a Matching, records: &'a [(String, DataType)]) -> impl Iterator<Item = Cell<'a>> {
    let own = records.iter().filter(|(name, _)| !matches!(name.as_str(), "source_system" | "source_customer_id"));
    own.filter_map(|(name, kind)| Some(Cell { name, kind, survivor: stage.survive.of(name)? }))
}

/// The columns of `match.<stage>_golden`.
pub fn golden_columns(stage: &Matching, records: &[(String, DataType)]) -> SchemaRef {
    let key = Field::new("customer_key", DataType::Utf8, true);
    let cells = surviving(stage, records).map(|cell| {
        let kind = if is_text(cell.kind) { DataType::Utf8 } else { cell.kind.clone() };
        Field::new(cell.name, kind, true)
    });
    let count = Field::new(SOURCE_RECORDS, DataType::Int64, true);
    Arc::new(Schema::new([key].into_iter().chain(cells).chain([count]).collect::<Vec<_>>()))
}

/// `match.<stage>_golden`, from the records and `match.<stage>`; sorted by nothing.
pub fn golden_sql(stage: &Matching, records: &[(String, DataType)]) -> String {
    let query = Query::new(stage, records);
    let columns = query.list(|cell, _| quoted(cell.name));
    let survived = query.list(|cell, order| {
        let name = quoted(cell.name);
        format!("max(case when ranked.{order} = place.{name} then ranked.{name} end) as {name}", order = quoted(order))
    });
    format!(
        "{}, survivor as (select ranked.customer_key, {survived}, max(ranked.{SOURCE_RECORDS}) as {SOURCE_RECORDS} \
         from ranked inner join place on ranked.customer_key = place.customer_key group by ranked.customer_key) \
         select customer_key, {columns}, {SOURCE_RECORDS} from record where {SOURCE_RECORDS} = 1 \
         union all select customer_key, {columns}, {SOURCE_RECORDS} from survivor",
        query.with
    )
}

/// `match.<stage>_cell`, from the records and `match.<stage>`; sorted by nothing.
pub fn cell_sql(stage: &Matching, records: &[(String, DataType)]) -> String {
    let query = Query::new(stage, records);
    let names = query.list(|cell, _| literal(cell.name));
    let single = query.list(|cell, _| format!("cast({} as varchar)", quoted(cell.name)));
    let several = query.list(|cell, order| {
        let (name, order) = (quoted(cell.name), quoted(order));
        format!("case when ranked.{order} = place.{name} then cast(ranked.{name} as varchar) end")
    });
    let cells = |of: &str, values: &str| {
        format!(
            "select {of}.customer_key, unnest(make_array({names})) as column_name, \
             unnest(make_array({values})) as value, {of}.source_system, {of}.source_customer_id from {of}"
        )
    };
    let columns = "customer_key, column_name, value, source_system, source_customer_id";
    format!(
        "{}, single_cell as ({} where {SOURCE_RECORDS} = 1), \
         cell as ({} inner join place on ranked.customer_key = place.customer_key) \
         select {columns} from single_cell where value is not null \
         union all select {columns} from cell where value is not null",
        query.with,
        cells("record", &single),
        cells("ranked", &several),
    )
}

/// What both queries begin with: `record`, all records of all entities; `ranked`, with positions, those of entities that
/// have several; `place`, by entity and column the first position with a value.
struct Query<'a> {
    /// Each with the name of its position.
    cells: Vec<(Cell<'a>, String)>,
    with: String,
}

impl<'a> Query<'a> {
    fn new(stage: &'a Matching, records: &'a [(String, DataType)]) -> Self {
        let latest = vec![(LATEST.to_owned(), by_latest(stage))];
        let mut orders =
            Orders { stage, values: String::new(), counts: String::new(), windows: latest, sums: Vec::new() };
        let cells = surviving(stage, records).map(|cell| {
            let order = orders.of(&cell);
            (cell, order)
        });
        let cells: Vec<(Cell, String)> = cells.collect();
        let mut query = Self { cells, with: String::new() };
        query.with = query.common(stage, &orders);
        query
    }

    fn common(&self, stage: &Matching, orders: &Orders) -> String {
        let mut prepared = String::new();
        let survive = &stage.survive;
        for (name, column) in [(CHANGED, &survive.changed), (MADE, &survive.made)] {
            if let Some(column) = column {
                let _ = write!(prepared, ", {} as {}", quoted(column.as_str()), quoted(name));
            }
        }
        // An empty text is no value.
        let values = self.list(|cell, _| {
            let name = quoted(cell.name);
            match is_text(cell.kind) {
                true => format!("cast(case when {name} <> '' then {name} end as varchar) as {name}"),
                false => name,
            }
        });
        let windows: String =
            orders.windows.iter().map(|(name, by)| format!(", {} as {}", position(by), quoted(name))).collect();
        let names: String = orders.windows.iter().map(|(name, _)| format!(", positions.{}", quoted(name))).collect();
        let sums: String = orders.sums.iter().map(|(name, sum)| format!(", {sum} as {}", quoted(name))).collect();
        let places = self.list(|cell, order| {
            let name = quoted(cell.name);
            format!("min(case when {name} is not null then {} end) as {name}", quoted(order))
        });
        format!(
            "with record_count as (select customer_key, count(*) as {SOURCE_RECORDS} from match.{link} \
             group by customer_key), \
             prepared as (select source_system, source_customer_id{prepared}{extra}, {values} from {records}), \
             record as (select link.customer_key, record_count.{SOURCE_RECORDS}, prepared.* from match.{link} as link \
             inner join record_count on link.customer_key = record_count.customer_key \
             inner join prepared on link.source_system = prepared.source_system \
             and link.source_customer_id = prepared.source_customer_id), \
             positions as (select source_system, source_customer_id{windows}{counts} from record \
             where {SOURCE_RECORDS} > 1), \
             ranked as (select record.*{names}{sums} from record inner join positions \
             on record.source_system = positions.source_system \
             and record.source_customer_id = positions.source_customer_id), \
             place as (select customer_key, {places} from ranked group by customer_key)",
            extra = orders.values,
            link = quoted(stage.name.as_str()),
            records = format_args!("{}.{}", stage.records.layer, quoted(stage.records.name.as_str())),
            counts = orders.counts,
        )
    }

    fn list(&self, of: impl Fn(&Cell<'a>, &str) -> String) -> String {
        let items: Vec<String> = self.cells.iter().map(|(cell, order)| of(cell, order)).collect();
        items.join(", ")
    }
}

/// By which every other order ends.
const LATEST: &str = "order of latest";

/// Positions of an entity's records, made once for all columns that go by them.
///
/// Only narrow rows are sorted, and only by what is not a number: a count, a length or a rank is put above the position
/// by which ties are decided, in one integer.
struct Orders<'a> {
    stage: &'a Matching,
    /// Expressions over a record that are ordered by.
    values: String,
    /// Counts of the records of an entity that have a value.
    counts: String,
    /// Name, and what records are sorted by.
    windows: Vec<(String, String)>,
    /// Name, and the integer.
    sums: Vec<(String, String)>,
}

impl Orders<'_> {
    /// The name of the position that a column goes by.
    fn of(&mut self, cell: &Cell) -> String {
        let column = quoted(cell.name);
        match cell.survivor {
            Survivor::Latest => LATEST.to_owned(),
            Survivor::Earliest => {
                let made = self.stage.survive.made.as_ref();
                let made = made.map_or(String::new(), |_| format!("{} nulls last, ", quoted(MADE)));
                named(&mut self.windows, "order of earliest".to_owned(), format!("{made}{TIES}"))
            }
            Survivor::MostFrequent => {
                let count = quoted(&format!("count of {}", cell.name));
                let _ = write!(self.counts, ", count({column}) over (partition by customer_key, {column}) as {count}");
                named(&mut self.sums, format!("rank of {}", cell.name), most_first(&format!("positions.{count}")))
            }
            Survivor::Longest => {
                let length = format!("coalesce(character_length(cast(record.{column} as varchar)), 0)");
                named(&mut self.sums, format!("rank of {}", cell.name), most_first(&length))
            }
            Survivor::Priority(systems) => {
                let ranks = systems.iter().enumerate();
                let ranks: String =
                    ranks.map(|(rank, system)| format!(" when {} then {rank}", literal(system))).collect();
                let rank = format!("case record.source_system{ranks} else {} end", systems.len());
                named(&mut self.sums, format!("rank of systems {}", systems.join(" ")), above_ties(&rank))
            }
            Survivor::Greatest(sql) => {
                let value = quoted(&format!("value of {sql}"));
                let known = format!(", {sql} as {value}");
                if !self.values.contains(&known) {
                    self.values.push_str(&known);
                }
                let by = format!("{value} desc nulls last, {}", by_latest(self.stage));
                named(&mut self.windows, format!("order by {sql}"), by)
            }
        }
    }
}

/// The name of an order, which is made once; what orders otherwise is named otherwise.
fn named(orders: &mut Vec<(String, String)>, name: String, by: String) -> String {
    if let Some((known, _)) = orders.iter().find(|(_, known)| *known == by) {
        return known.clone();
    }
    let taken = orders.iter().any(|(known, _)| *known == name);
    let name = if taken { format!("{name} {}", orders.len()) } else { name };
    orders.push((name.clone(), by));
    name
}

fn most_first(count: &str) -> String {
    above_ties(&format!("(2147483647 - {count})"))
}

fn above_ties(rank: &str) -> String {
    format!("cast({rank} as bigint) * 4294967296 + positions.{}", quoted(LATEST))
}

fn by_latest(stage: &Matching) -> String {
    match &stage.survive.changed {
        Some(_) => format!("{} desc nulls last, {TIES}", quoted(CHANGED)),
        None => TIES.to_owned(),
    }
}

fn position(by: &str) -> String {
    format!("cast(row_number() over (partition by customer_key order by {by}) as bigint)")
}

fn is_text(kind: &DataType) -> bool {
    ColumnType::of_arrow(kind) == Some(ColumnType::String)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
