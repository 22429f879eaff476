//! What the base release says of keys: entities keep theirs over runs.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Date32Type;
use chrono::NaiveDate;

use super::super::{Error, Run};
use super::records::Records;
use super::written::history_schema;
use crate::engine::{self, BEFORE};
use crate::names::{Layer, TableName};
use crate::project::matching::{EntityKeys, Facts};
use crate::project::{CoreTable, Matching, Output};

/// Of an earlier run.
#[derive(Default)]
pub struct Before {
    /// By record.
    pub keys: Vec<Option<String>>,
    /// Every change of a key so far.
    pub history: Vec<RecordBatch>,
    /// Of every record of that run, those that are gone among them: system, id, key. Where facts keep their keys.
    pub links: Vec<(String, String, String)>,
    /// Keys under which facts stay.
    pub past: Vec<Past>,
}

/// A key under which facts of a record stay, from a day to before another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Past {
    pub system: String,
    pub id: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub key: String,
}

/// Before all facts.
const ALWAYS: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// What stays of the past when records have other keys from `month` on: facts before it keep theirs.
pub fn past(before: &Before, month: NaiveDate, now: impl Fn(&str, &str) -> Option<String>) -> Vec<Past> {
    let mut all = before.past.clone();
    let mut last: HashMap<(&str, &str), NaiveDate> = HashMap::new();
    for row in &before.past {
        let to = last.entry((&row.system, &row.id)).or_insert(row.to);
        *to = row.to.max(*to);
    }
    for (system, id, key) in &before.links {
        // A change earlier in the month has settled what is before it.
        let from = last.get(&(system.as_str(), id.as_str())).copied().unwrap_or(ALWAYS);
        if now(system, id).as_ref() != Some(key) && from < month {
            all.push(Past { system: system.clone(), id: id.clone(), from, to: month, key: key.clone() });
        }
    }
    all.sort_unstable();
    all
}

impl Run {
    /// Keys and their history as the base release has them, in the tables that publish this stage.
    pub(super) async fn before(&self, stage: &Matching, records: &Records) -> Result<Before, Error> {
        let mut before = Before { keys: vec![None; records.count() as usize], ..Before::default() };
        let (keys, facts) = (stage.keys == EntityKeys::Kept, stage.facts == Facts::Kept);
        if !keys && !facts {
            return Ok(before);
        }
        let links = ["source_system", "source_customer_id", "customer_key"];
        for batch in self.published_before(stage, Output::Links, &links, &[]).await? {
            for row in 0..batch.num_rows() {
                let [Some(system), Some(id), key] = [0, 1, 2].map(|column| text(&batch, column, row)) else { continue };
                let record = records.find(system, id).filter(|_| keys);
                if let Some(slot) = record.and_then(|record| before.keys.get_mut(record as usize)) {
                    *slot = key.map(str::to_owned);
                }
                if let Some(key) = key.filter(|_| facts) {
                    before.links.push((system.to_owned(), id.to_owned(), key.to_owned()));
                }
            }
        }
        if facts {
            let columns = ["source_system", "source_customer_id", "customer_key", "valid_from", "valid_to"];
            for batch in self.published_before(stage, Output::Past, &columns, &[]).await? {
                let day =
                    |column: usize, row: usize| batch.column(column).as_primitive::<Date32Type>().value_as_date(row);
                for row in 0..batch.num_rows() {
                    let [Some(system), Some(id), Some(key)] = [0, 1, 2].map(|column| text(&batch, column, row)) else {
                        continue;
                    };
                    let (Some(from), Some(to)) = (day(3, row), day(4, row)) else { continue };
                    let [system, id, key] = [system, id, key].map(str::to_owned);
                    before.past.push(Past { system, id, from, to, key });
                }
            }
        }
        let schema = history_schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        before.history = self.published_before(stage, Output::History, &columns, &columns).await?;
        Ok(before)
    }

    /// Rows of the published table that is made of this output of the stage and has these columns.
    async fn published_before(
        &self,
        stage: &Matching,
        output: Output,
        columns: &[&str],
        order: &[&str],
    ) -> Result<Vec<RecordBatch>, Error> {
        let has = |core: &&CoreTable, name: &str| core.table.columns.iter().any(|column| column.name.as_str() == name);
        let Some(given) = output.table(&stage.name) else { return Ok(Vec::new()) };
        let made = |core: &&CoreTable| {
            let model = self.project.models.get(&TableName::new(Layer::Core, core.name.clone()));
            model.is_some_and(|model| model.reads.contains_key(&given))
        };
        let found = self.project.core.values().find(|core| columns.iter().all(|name| has(core, name)) && made(core));
        let record = found.and_then(|core| Some((core, self.base.as_ref()?.marts.get(&core.table.name)?)));
        let Some((core, record)) = record else { return Ok(Vec::new()) };
        let folder = self.base_folder(&core.table.name, record.files.iter().collect()).await?;
        let schema = engine::schema(&engine::columns(&core.table));
        let paths = [format!("{}/", folder.display())];
        let name = core.table.name.as_str();
        self.engine_ok(self.engine.register_files(BEFORE, name, schema, None, &paths))?;
        let list = columns.join(", ");
        let order = if order.is_empty() { String::new() } else { format!(" order by {}", order.join(", ")) };
        let sql = format!("select {list} from {BEFORE}.\"{name}\"{order}");
        self.engine_ok(self.engine.collect(&sql, &format!("{name} as it was")).await)
    }
}

fn text(batch: &RecordBatch, column: usize, row: usize) -> Option<&str> {
    let texts = batch.column(column).as_string::<i32>();
    (!texts.is_null(row)).then(|| texts.value(row))
}

/// What somebody says of two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// The smaller of the two.
    pub a: u32,
    pub b: u32,
    /// Whether they are one entity.
    pub same: bool,
    /// Where it is said, for the first time.
    pub line: usize,
}

/// Pairs that somebody decided or labelled.
pub struct Pairs {
    pub rows: Vec<Said>,
    /// Lines that name a record which is not there any more.
    pub unknown: usize,
    /// Lines that name one record twice.
    pub alone: usize,
}

/// `left_system,left_id,right_system,right_id,decision` with `same` or `different`.
pub fn pairs(text: &str, records: &Records) -> Result<Pairs, (usize, String)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| (1, error.to_string()))?.clone();
    let mut places = HashMap::new();
    for name in ["left_system", "left_id", "right_system", "right_id", "decision"] {
        let at = header.iter().position(|field| field.trim_start_matches('\u{feff}') == name);
        places.insert(name, at.ok_or_else(|| (1, format!("the header has no `{name}`")))?);
    }
    let mut found = Pairs { rows: Vec::new(), unknown: 0, alone: 0 };
    let mut lines = Lines { text, at: 0, line: 1 };
    for row in reader.records() {
        let row = row.map_err(|error| (lines.line_of(error.position()), error.to_string()))?;
        let line = lines.line_of(row.position());
        let field = |name: &str| places.get(name).and_then(|at| row.get(*at)).unwrap_or_default();
        let same = match field("decision") {
            "same" => true,
            "different" => false,
            "" => continue,
            _ => return Err((line, "the decision is neither `same` nor `different`".to_owned())),
        };
        let left = records.find(field("left_system"), field("left_id"));
        let right = records.find(field("right_system"), field("right_id"));
        match (left, right) {
            (Some(a), Some(b)) if a == b => found.alone += 1,
            (Some(a), Some(b)) => found.rows.push(Said { a: a.min(b), b: a.max(b), same, line }),
            _ => found.unknown += 1,
        }
    }
    found.rows.sort_unstable();
    found.rows.dedup_by_key(|said| (said.a, said.b, said.same));
    let mut pairs = found.rows.array_windows();
    if let Some([x, y]) = pairs.find(|[x, y]: &&[Said; 2]| (x.a, x.b) == (y.a, y.b)) {
        let (first, second) = (x.line.min(y.line), x.line.max(y.line));
        return Err((second, format!("line {first} says the opposite of the same two records")));
    }
    Ok(found)
}

/// Lines of a text, counted as they are asked for.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line that a record begins in. The reader stands before the ends of lines that it is yet to skip: the second
    /// character of a CRLF, and blank lines.
    fn line_of(&mut self, position: Option<&csv::Position>) -> usize {
        let bytes = self.text.as_bytes();
        let from = position.and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(self.at).min(bytes.len());
        let ends = bytes.iter().skip(from).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = bytes.get(self.at..from + ends).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.at = self.at.max(from + ends);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn facts_keep_the_key_of_their_month() {
        let mut before = Before::default();
        before.links.push(("crm".to_owned(), "1".to_owned(), "a".to_owned()));
        let row = |from: NaiveDate, to: &str, key: &str| Past {
            system: "crm".to_owned(),
            id: "1".to_owned(),
            from,
            to: day(to),
            key: key.to_owned(),
        };
        let now = |key: &'static str| move |_: &str, _: &str| Some(key.to_owned());
        assert_eq!(past(&before, day("2026-04-01"), now("a")), []);
        let first = past(&before, day("2026-04-01"), now("b"));
        assert_eq!(first, [row(ALWAYS, "2026-04-01", "a")]);
        // Another change in the same month, and one in a later; a record that is gone has no key any more.
        before.past = first.clone();
        before.links[0].2 = "b".to_owned();
        assert_eq!(past(&before, day("2026-04-01"), now("c")), first);
        let second = past(&before, day("2026-06-01"), |_, _| None);
        assert_eq!(second, [first[0].clone(), row(day("2026-04-01"), "2026-06-01", "b")]);
        // A run for a day before adds nothing.
        assert_eq!(past(&before, day("2026-03-01"), now("c")), first);
    }
}
