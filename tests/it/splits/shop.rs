//! The little shop with a source of each kind: changes with and without an order, additions, snapshots, exact repeats.

use super::company::{Export, Split};
use super::history::Dice;
use crate::door::Test;

const SOURCES: &str = "\
sources:
  customers:
    path: customers*.csv
    format: { type: csv }
    key: [customer_id]
    order_by: changed
    deleted_when: state = 'gone'
    keep_when: customer_name <> 'test'
    columns:
      customer_id:   { type: string, required: true }
      customer_name: { from: [name], type: string, class: none }
      email:         { type: string, clean: email, class: none }
      acquired_on:   { from: [since], type: date, format: \"%Y-%m-%d\" }
      changed:       { type: integer }
      state:         { type: string }
  nicknames:
    path: nicknames*.csv
    format: { type: csv }
    load: snapshot
    key: [customer_id]
    order_by: nickname
    columns:
      customer_id: { type: string, required: true }
      nickname:    { type: string }
  tags:
    path: tags*.csv
    format: { type: csv }
    key: all
    columns:
      customer_id: { type: string, required: true }
      tag:         { type: string }
  orders:
    path: orders*.csv
    format: { type: csv }
    key: [order_id, line_no]
    amount: amount
    feeds: staging.order_line
    columns:
      order_id:    { type: string, required: true }
      line_no:     { type: integer, required: true }
      customer_id: { type: string }
      ordered_on:  { type: date, format: \"%Y-%m-%d\", required: true }
      amount:      { type: \"decimal(18,2)\", required: true }
    on_bad_row: { fail_above: 1.0 }
  returns:
    path: returns*.csv
    format: { type: csv }
    load: append
    key: [order_id, line_no]
    amount: amount
    feeds: staging.return_line
    columns:
      order_id:    { type: string, required: true }
      line_no:     { type: integer, required: true }
      customer_id: { type: string }
      ordered_on:  { type: date, format: \"%Y-%m-%d\", required: true }
      amount:      { type: \"decimal(18,2)\", required: true }
    on_bad_row: { fail_above: 1.0 }
";

const CORE_CUSTOMER: &str = "\
-- One row per customer.

with

tags as (
    select customer_id, count(*) as tags
    from staging.tag
    group by customer_id
)

select
    customers.customer_id as customer_key,
    coalesce(nicknames.nickname, customers.customer_name) as customer_name,
    customers.email,
    customers.acquired_on,
    coalesce(tags.tags, 0) as source_records
from staging.customer as customers
left join staging.nickname as nicknames on customers.customer_id = nicknames.customer_id
left join tags on customers.customer_id = tags.customer_id
";

const CORE_SALE: &str = "\
-- One row per order line.

select source_name, order_id, line_no, customer_id as customer_key, ordered_on, net_amount
from staging.order_line
union all
select source_name, 'r' || order_id as order_id, line_no, customer_id as customer_key, ordered_on, net_amount
from staging.return_line
";

pub fn project() -> Test {
    let test = Test::tiny();
    let pipeline = test.read("pipelines/shop.yaml");
    let (head, _) = pipeline.split_once("sources:\n").expect("sources");
    let head = head.replace("  raw: raw\n", "  raw: ${SEPTET_RAW}\n");
    test.write("pipelines/shop.yaml", head + SOURCES);
    let orders = test.read("sql/staging/order_line.sql");
    test.write("sql/staging/return_line.sql", orders.replace("orders", "returns"));
    test.write(
        "sql/staging/nickname.sql",
        "-- One row per customer.\n\nselect customer_id, nickname from raw.nicknames\n",
    );
    test.write("sql/staging/tag.sql", "-- One row per customer and tag.\n\nselect customer_id, tag from raw.tags\n");
    test.write("sql/core/customer.sql", CORE_CUSTOMER).write("sql/core/sale.sql", CORE_SALE);
    // What is in the marts may be negative here.
    test.edit(
        "sql/contract.yaml",
        "{ name: no_negative_sales, expression: net_sales >= 0 }",
        "{ name: no_key, expression: customer_key is not null }",
    );
    test
}

/// Versions of a few customers, many of the same moment; lines of three months, many of them twice.
pub fn exports() -> Vec<Export> {
    let mut dice = Dice::new(7);
    let mut text = |header: &str, lines: usize, line: &mut dyn FnMut(&mut Dice, usize) -> String| {
        let lines: String = (0..lines).map(|number| line(&mut dice, number) + "\n").collect();
        format!("{header}\n{lines}")
    };
    let customers = text("customer_id,name,email,since,changed,state", 90, &mut |dice, _| {
        let name = ["Ada", "Ben", "", "test", "Cyd"][dice.below(5)];
        let state = ["", "", "ok", "gone"][dice.below(4)];
        let (key, day, changed) = (dice.below(30), 1 + dice.below(28), dice.below(4));
        format!("c{key},{name},{name}@example.org,2026-01-{day:02},{changed},{state}")
    });
    let tags = text("customer_id,tag", 60, &mut |dice, _| format!("c{},t{}", dice.below(30), dice.below(3)));
    let mut line = |dice: &mut Dice, _: usize| {
        let (order, customer, cents) = (dice.below(60), dice.below(33), dice.below(20_000));
        let amount = if dice.below(25) == 0 { "?".to_owned() } else { format!("{}.{:02}", cents / 100, cents % 100) };
        format!("o{order},{},c{customer},2026-{:02}-{:02},{amount}", dice.below(3), 1 + order % 3, 1 + order % 28)
    };
    let orders = text("order_id,line_no,customer_id,ordered_on,amount", 150, &mut line);
    let returns = text("order_id,line_no,customer_id,ordered_on,amount", 40, &mut line);
    let mut nicknames = |_: &mut Dice, number: usize| format!("c{number},n{number}");
    let first = text("customer_id,nickname", 25, &mut nicknames);
    let last = text("customer_id,nickname", 12, &mut nicknames);
    vec![
        Export::text("customers.csv", Split::Anyhow, &customers),
        Export::text("tags.csv", Split::Anyhow, &tags),
        Export::text("orders.csv", Split::InOrder, &orders),
        Export::text("returns.csv", Split::InOrder, &returns),
        Export::text("nicknames-1.csv", Split::Never, &first),
        Export::text("nicknames-2.csv", Split::Never, &last),
    ]
}
