//! Lineage over SQL that is easy to get wrong.

use super::Lineage;
use crate::column::ColumnType;
use crate::engine::{Engine, Limits, schema};
use crate::names::TableName;

/// `column: carried inputs | inputs with a say` of every column, and of the rows.
async fn lineage(sql: &str) -> String {
    let limits = Limits { threads: 1, memory: 64 << 20, spill: std::env::temp_dir() };
    let engine = Engine::new(&limits, &[]).expect("an engine");
    let text = ColumnType::String;
    let tables = [
        (
            "raw.p",
            vec![("id", text), ("name", text), ("email", text), ("born", ColumnType::Date), ("n", ColumnType::Bigint)],
        ),
        ("raw.o", vec![("id", text), ("note", text), ("n", ColumnType::Bigint), ("parent", text)]),
    ];
    for (name, columns) in tables {
        let columns: Vec<(String, ColumnType)> =
            columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        engine.register_empty(&TableName::parse(name).expect("a table"), schema(&columns)).expect("a table");
    }
    let plan = engine.plan(sql).await.expect(sql);
    let lineage = Lineage::of(&plan).expect("a lineage");
    assert_eq!(lineage.columns.len(), plan.schema().fields().len(), "{sql}");
    let short = |table: &TableName, column: &str| format!("{}.{column}", table.name);
    let mut lines: Vec<String> = lineage
        .columns
        .iter()
        .map(|(name, origins)| {
            let of = |carries| {
                let chosen = origins.iter().filter(|origin| origin.carries == carries);
                chosen.map(|origin| short(&origin.table, &origin.column)).collect::<Vec<_>>().join(" ")
            };
            format!("{name}: {} | {}", of(true), of(false))
        })
        .collect();
    let rows: Vec<String> = lineage.rows.iter().map(|(table, column)| short(table, column)).collect();
    lines.push(format!("rows: {}", rows.join(" ")));
    lines.join("\n")
}

async fn expect(sql: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let found = lineage(sql).await;
    let found: Vec<&str> = found.lines().map(str::trim).collect();
    assert_eq!(found, expected, "{sql}");
}

#[tokio::test]
async fn references_casts_and_text_functions_carry() {
    expect(
        "select email as a, cast(n as varchar) as b, lower(trim(name)) || ':' || email as c, try_cast(email as int) as d,
             left(email, length(name)) as e, n + 1 as f, md5(email) as g, -n as h
         from raw.p",
        "a: p.email |
         b: p.n |
         c: p.email p.name |
         d: p.email |
         e: p.email | p.name
         f: p.n |
         g: p.email |
         h: p.n |
         rows:",
    )
    .await;
}

#[tokio::test]
async fn conditions_lengths_and_counts_only_influence() {
    expect(
        "select email is null as a, email = name as b, length(email) as c, email like 'x%' as d, email in ('a', name) as e,
             date_part('year', born) as f, date '2026-01-01' - born as g, not (email ~ 'x') as h, born between date '2000-01-01' and born as i
         from raw.p where n > 3",
        "a:  | p.email
         b:  | p.email p.name
         c:  | p.email
         d:  | p.email
         e:  | p.email p.name
         f:  | p.born
         g:  | p.born
         h:  | p.email
         i:  | p.born
         rows: p.n",
    )
    .await;
}

#[tokio::test]
async fn branches_carry_their_results_alone() {
    expect(
        "select case when email is null then name else 'x' end as a, case name when 'x' then 1 else 2 end as b,
             coalesce(email, name) as c, nullif(email, name) as d, coalesce(n, 0) as e, greatest(email, name) as f,
             nvl2(email, name, 'x') as g
         from raw.p",
        "a: p.name | p.email
         b:  | p.name
         c: p.email p.name |
         d: p.email | p.name
         e: p.n |
         f: p.email p.name |
         g: p.name | p.email
         rows:",
    )
    .await;
}

#[tokio::test]
async fn aggregates_carry_what_they_pick() {
    expect(
        "select name as a, min(email) as b, count(email) as c, count(distinct email) as d, array_agg(email order by born) as e,
             first_value(email order by n) filter (where born is not null) as f, sum(n) as g, max(n) as h, string_agg(email, ',' order by name) as i
         from raw.p group by name having count(*) > 1",
        "a: p.name |
         b: p.email |
         c:  | p.email
         d:  | p.email
         e: p.email | p.born
         f: p.email | p.born p.n
         g:  | p.n
         h: p.n |
         i: p.email | p.name
         rows: p.name",
    )
    .await;
}

#[tokio::test]
async fn grouping_sets_keep_their_columns_apart() {
    expect(
        "select email, name, count(*) as c from raw.p group by grouping sets ((email), (name), ())",
        "email: p.email |
         name: p.name |
         c:  |
         rows: p.email p.name",
    )
    .await;
    expect(
        "select name, email, max(n) as m from raw.p group by cube (name, email)",
        "name: p.name |
         email: p.email |
         m: p.n |
         rows: p.email p.name",
    )
    .await;
}

#[tokio::test]
async fn windows_look_at_other_rows() {
    expect(
        "select lag(email) over (partition by name order by n) as a, row_number() over (order by email, n) as b,
             max(email) over (partition by id) as c, count(email) over () as d
         from raw.p qualify row_number() over (partition by id order by born) = 1",
        "a: p.email | p.n p.name
         b:  | p.email p.n
         c: p.email | p.id
         d:  | p.email
         rows: p.born p.id",
    )
    .await;
}

#[tokio::test]
async fn joins_unions_and_ctes_keep_names_apart() {
    expect(
        "with p as (select id, email as name, name as email from raw.p), both as (select p.*, o.note from p left join raw.o as o using (id))
         select name, note from both union all select note, name from both as again order by 1 limit 3",
        "name: o.note p.email |
         note: o.note p.email |
         rows: o.id o.note p.email p.id",
    )
    .await;
    expect(
        "select o.id, p.email from raw.o as o left semi join raw.p as q on o.id = q.email cross join raw.p as p",
        "id: o.id |
         email: p.email |
         rows: o.id p.email",
    )
    .await;
}

#[tokio::test]
async fn subqueries_bring_their_own() {
    expect(
        "select (select max(note) from raw.o as o where o.id = p.id) as a, (select p.email || max(o.note) from raw.o as o) as b,
             exists (select 1 from raw.o as o where o.note = p.email) as c, p.id in (select note from raw.o) as d
         from raw.p as p where p.n > (select avg(n) from raw.o)",
        "a: o.note | o.id p.id
         b: o.note p.email |
         c:  | o.note p.email
         d:  | o.note p.id
         rows: o.id o.n o.note p.email p.id p.n",
    )
    .await;
}

#[tokio::test]
async fn recursion_is_followed_to_its_end() {
    expect(
        "with recursive up as (
             select id, parent, cast('' as varchar) as path, note as note from raw.o
             union all
             select o.id, o.parent, up.note || up.path, up.path from raw.o as o inner join up on o.parent = up.id
         ) select id, path, note from up",
        "id: o.id |
         path: o.note |
         note: o.note |
         rows: o.id o.parent",
    )
    .await;
}

#[tokio::test]
async fn lists_and_structs_are_opened() {
    expect(
        "select unnest(string_to_array(email, '@')) as part, id from raw.p",
        "part: p.email |
         id: p.id |
         rows:",
    )
    .await;
    expect(
        "select distinct on (name) email, n from raw.p order by name, born",
        "email: p.email |
         n: p.n |
         rows: p.born p.name",
    )
    .await;
    expect(
        "select s['a'] as a, s['b'] as b from (select named_struct('a', email, 'b', 1) as s from raw.p) as t",
        "a: p.email |
         b: p.email |
         rows:",
    )
    .await;
}

#[tokio::test]
async fn values_and_constants_come_from_nowhere() {
    expect(
        "select column1 as a, 'x' as b from (values (1), (2)) as v",
        "a:  |
         b:  |
         rows:",
    )
    .await;
}
