//! Which of the records with one key counts, in SQL over the typed records of a source.
//!
//! The choice never depends on when a file came, and with `order_by` not on how records are split into files either.

use super::raw::Ledger;
use crate::engine::{INGESTED, REPEATED};
use crate::project::source::Load;
use crate::project::{Key, Source};

/// More repeated keys than this are not looked up but sorted with all others, which can spill.
const LOOKED_UP: u64 = 4_000_000;

/// The records that count. Only those whose key hash occurs twice can have versions; the others pass without being
/// sorted. `with_file` says of each record which file it is from.
pub(super) fn latest_sql(source: &Source, ledger: &Ledger, with_file: bool) -> String {
    let columns = columns(source).join(", ") + if with_file { ", _file" } else { "" };
    let name = &source.name;
    if ledger.repeated == 0 {
        return format!("select {columns} from {INGESTED}.\"{name}\"");
    }
    let versions = format!("select {columns} from ({}) as versions where _version = 1", versions_sql(source, ledger));
    if ledger.repeated > LOOKED_UP {
        return versions;
    }
    format!(
        "select {columns} from {INGESTED}.\"{name}\" as once left anti join {REPEATED}.\"{name}\" as repeated on once._key_hash = repeated.hash \
         union all {versions}"
    )
}

/// The records that share a key hash with another, numbered from the one of each key that counts.
pub(super) fn versions_sql(source: &Source, ledger: &Ledger) -> String {
    let key: Vec<String> = match &source.key {
        Key::Columns(names) => names.iter().map(|name| format!("\"{name}\"")).collect(),
        _ => columns(source),
    };
    let name = &source.name;
    let looked_up = if ledger.repeated > LOOKED_UP {
        String::new()
    } else {
        format!(" left semi join {REPEATED}.\"{name}\" as repeated on versioned._key_hash = repeated.hash")
    };
    format!(
        "select versioned.*, row_number() over (partition by {} order by {}) as _version \
         from {INGESTED}.\"{name}\" as versioned{looked_up}",
        key.join(", "),
        order(source)
    )
}

/// The first of this order counts.
fn order(source: &Source) -> String {
    match (source.load, &source.order_by) {
        (Load::Append, None) => "_file, _line".to_owned(),
        (Load::Append, Some(by)) => format!("\"{by}\" nulls last, _file, _line"),
        (_, None) => "_file desc, _line desc".to_owned(),
        (_, Some(by)) => {
            let all: Vec<String> = columns(source).iter().map(|name| format!("{name} desc nulls last")).collect();
            format!("\"{by}\" desc nulls last, {}", all.join(", "))
        }
    }
}

fn columns(source: &Source) -> Vec<String> {
    source.columns.iter().map(|column| format!("\"{}\"", column.name)).collect()
}
