//! What the base release says of keys: entities keep theirs over runs.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};

use super::super::{Error, Run};
use super::records::Records;
use super::written::history_schema;
use crate::engine::{self, BEFORE};
use crate::names::{Layer, TableName};
use crate::project::matching::EntityKeys;
use crate::project::{CoreTable, Matching};

/// Of an earlier run.
#[derive(Default)]
pub struct Before {
    /// By record.
    pub keys: Vec<Option<String>>,
    /// Every change of a key so far.
    pub history: Vec<RecordBatch>,
}

impl Run {
    /// Keys and their history as the base release has them, in the tables that publish this stage.
    pub(super) async fn before(&self, stage: &Matching, records: &Records) -> Result<Before, Error> {
        let mut before = Before { keys: vec![None; records.count() as usize], history: Vec::new() };
        if stage.keys == EntityKeys::Records {
            return Ok(before);
        }
        let links = ["source_system", "source_customer_id", "customer_key"];
        for batch in self.published_before(stage, &links, &[]).await? {
            let text = |column: usize, row: usize| {
                let texts = batch.column(column).as_string::<i32>();
                (!texts.is_null(row)).then(|| texts.value(row))
            };
            for row in 0..batch.num_rows() {
                let record = text(0, row).zip(text(1, row)).and_then(|(system, id)| records.find(system, id));
                if let Some(slot) = record.and_then(|record| before.keys.get_mut(record as usize)) {
                    *slot = text(2, row).map(str::to_owned);
                }
            }
        }
        let schema = history_schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        before.history = self.published_before(stage, &columns, &columns).await?;
        Ok(before)
    }

    /// Rows of the published table that is made of the stage and has these columns.
    async fn published_before(
        &self,
        stage: &Matching,
        columns: &[&str],
        order: &[&str],
    ) -> Result<Vec<RecordBatch>, Error> {
        let has = |core: &&CoreTable, name: &str| core.table.columns.iter().any(|column| column.name.as_str() == name);
        let step = TableName::new(Layer::Match, stage.name.clone());
        let made = |core: &&CoreTable| {
            let table = TableName::new(Layer::Core, core.name.clone());
            super::super::plan::direct(&self.project, &table).contains(&step)
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

/// Pairs that somebody decided or labelled, and whether each is one entity.
pub struct Pairs {
    pub rows: Vec<(u32, u32, bool)>,
    /// Lines that name a record which is not there any more.
    pub unknown: usize,
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
    let mut found = Pairs { rows: Vec::new(), unknown: 0 };
    for row in reader.records() {
        let row = row.map_err(|error| {
            (error.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or(0)), error.to_string())
        })?;
        let line = row.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or(0));
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
            (Some(a), Some(b)) if a != b => found.rows.push((a.min(b), a.max(b), same)),
            _ => found.unknown += 1,
        }
    }
    found.rows.sort_unstable();
    found.rows.dedup();
    if let Some([(a, b, _), _]) =
        found.rows.array_windows().find(|[x, y]: &&[(u32, u32, bool); 2]| (x.0, x.1) == (y.0, y.1))
    {
        let name = |record: u32| format!("{} {}", records.system(record), records.id(record));
        return Err((0, format!("{} and {} are both `same` and `different`", name(*a), name(*b))));
    }
    Ok(found)
}
