//! What the contract adds to a core model: typed NULLs for columns it leaves out, visibility, placeholders.

use std::fmt::Write as _;

use crate::column::ColumnType;
use crate::names::Name;
use crate::project::{CoreTable, Project};

use super::session::MODELLED;

/// SQL of a core table over its model's rows (registered as `modelled.<table>`), whose columns are `supplied`.
///
/// Only checked names and typed parameters stand in it. A row is visible when its `visible_on` day is not after
/// `$as_of`; a later row of a table that visible events name is kept with that day NULL; a key that only events know
/// becomes a row of its own with counts 0 and everything else NULL.
pub fn core_sql(project: &Project, core: &CoreTable, supplied: Option<&[String]>) -> String {
    let columns: Vec<(&str, ColumnType)> = core.table.columns.iter().map(|c| (c.name.as_str(), c.kind)).collect();
    let null = |kind: ColumnType| match kind {
        // The engine's own `timestamp` counts nanoseconds and has no zone.
        ColumnType::Timestamp => "arrow_cast(null, 'Timestamp(Microsecond, Some(\"UTC\"))')".to_owned(),
        ColumnType::String => "cast(null as varchar)".to_owned(),
        other => format!("cast(null as {other})"),
    };
    let typed = |name: &str, kind: ColumnType| match supplied {
        Some(supplied) if supplied.iter().any(|known| known == name) => format!("modelled.\"{name}\""),
        _ => null(kind),
    };
    let list = |value: &dyn Fn(&str, ColumnType) -> String| {
        let items: Vec<String> =
            columns.iter().map(|(name, kind)| format!("{} as \"{name}\"", value(name, *kind))).collect();
        items.join(", ")
    };
    let mut sql = String::from("with model_rows as (select ");
    sql.push_str(&list(&|name, kind| typed(name, kind)));
    match supplied {
        Some(_) => {
            let _ = write!(sql, " from {MODELLED}.\"{}\" as modelled)", core.name);
        }
        None => sql.push_str(" where false)"),
    }
    let key = core.table.grain.first().map_or("", Name::as_str);
    let namers = project.namers(core);
    if !namers.is_empty() {
        let parts: Vec<String> = namers
            .iter()
            .map(|(table, column)| {
                format!("select distinct \"{column}\" as key from core.\"{table}\" where \"{column}\" is not null")
            })
            .collect();
        let _ = write!(sql, ", named as (select distinct key from ({}) as mentions)", parts.join(" union all "));
    }
    let visible = core.visible_on.as_ref().and_then(|name| core.table.column(name.as_str())).map(|column| {
        let name = &column.name;
        match column.kind {
            ColumnType::Timestamp => format!("cast(local_timestamp(model_rows.\"{name}\", $timezone) as date)"),
            _ => format!("model_rows.\"{name}\""),
        }
    });
    sql.push_str(" select ");
    match (&visible, namers.is_empty()) {
        (Some(day), false) => {
            let hidden = |name: &str, kind: ColumnType| {
                if core.visible_on.as_ref().is_some_and(|on| on.as_str() == name) {
                    format!("case when {day} > $as_of then {} else model_rows.\"{name}\" end", null(kind))
                } else {
                    format!("model_rows.\"{name}\"")
                }
            };
            let _ = write!(
                sql,
                "{} from model_rows left join named on model_rows.\"{key}\" = named.key \
                 where {day} is null or {day} <= $as_of or named.key is not null",
                list(&hidden)
            );
        }
        (Some(day), true) => {
            let _ = write!(
                sql,
                "{} from model_rows where {day} is null or {day} <= $as_of",
                list(&|name, _| format!("model_rows.\"{name}\""))
            );
        }
        (None, _) => {
            let _ = write!(sql, "{} from model_rows", list(&|name, _| format!("model_rows.\"{name}\"")));
        }
    }
    if core.placeholder && !namers.is_empty() {
        let empty = |name: &str, kind: ColumnType| match kind {
            _ if name == key => "named.key".to_owned(),
            ColumnType::Bigint => "cast(0 as bigint)".to_owned(),
            _ => null(kind),
        };
        let _ = write!(
            sql,
            " union all select {} from named left anti join model_rows on named.key = model_rows.\"{key}\"",
            list(&empty)
        );
    }
    if let Some(to) = &core.follows {
        let to_key = project.core.get(to).and_then(|to| to.table.grain.first()).map_or("", Name::as_str);
        sql = format!(
            "select visible.* from ({sql}) as visible left semi join core.\"{to}\" as followed \
             on visible.\"{to_key}\" = followed.\"{to_key}\""
        );
    }
    sql
}

/// SQL that counts the keys which only events know, for a table that gets placeholders.
pub fn placeholder_sql(project: &Project, core: &CoreTable, modelled: bool) -> Option<String> {
    let namers = project.namers(core);
    let key = core.table.grain.first().filter(|_| core.placeholder && !namers.is_empty())?;
    let parts: Vec<String> = namers
        .iter()
        .map(|(table, column)| format!("select distinct \"{column}\" as key from core.\"{table}\""))
        .collect();
    let known = if modelled {
        format!(" left anti join {MODELLED}.\"{}\" as modelled on named.key = modelled.\"{key}\"", core.name)
    } else {
        String::new()
    };
    let named = parts.join(" union all ");
    Some(format!("select count(distinct named.key) from ({named}) as named{known} where named.key is not null"))
}
