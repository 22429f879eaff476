//! A little shop: two sources, six models, a contract of its own. It runs in about a second.

pub const FILES: &[(&str, &str)] = &[
    ("pipelines/shop.yaml", PIPELINE),
    ("sql/contract.yaml", CONTRACT),
    ("sql/staging/customer.sql", STAGING_CUSTOMER),
    ("sql/staging/order_line.sql", STAGING_ORDER_LINE),
    ("sql/core/customer.sql", CORE_CUSTOMER),
    ("sql/core/sale.sql", CORE_SALE),
    ("sql/work/customer_total.sql", WORK_CUSTOMER_TOTAL),
    ("sql/marts/customer_value.sql", CUSTOMER_VALUE),
    ("sql/marts/monthly_sales.sql", MONTHLY_SALES),
    ("sql/marts/reconciliation.sql", RECONCILIATION),
    ("raw/customers.csv", CUSTOMERS),
    ("raw/orders-2026-01.csv", ORDERS_JANUARY),
    ("raw/orders-2026-02.csv", ORDERS_FEBRUARY),
];

const PIPELINE: &str = "\
version: 1
name: shop
timezone: Europe/Berlin
currency: EUR
logical_date: 2026-03-31
storage:
  raw: raw
  marts: ${SEPTET_MARTS:-marts}
include: [../sql/contract.yaml]
models: [sql/staging, sql/core, sql/work, sql/marts]
vars:
  big_order: { type: \"decimal(18,2)\", default: \"100.00\" }
sources:
  customers:
    path: customers.csv
    format: { type: csv }
    key: [customer_id]
    columns:
      customer_id:   { type: string, required: true }
      customer_name: { from: [name], type: string, class: none }
      email:         { type: string, clean: email, class: none }
      acquired_on:   { from: [since], type: date, format: \"%Y-%m-%d\" }
  orders:
    path: orders-*.csv
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
    on_bad_row: { fail_above: 0.2 }
";

const CONTRACT: &str = "\
version: 1
core:
  customer:
    publish: dim_customer
    about: One row per customer.
    grain: [customer_key]
    visible_on: acquired_on
    placeholder: true
    columns:
      customer_key:   { type: string, about: Key of the customer., tests: [not_null, unique] }
      customer_name:  { type: string, about: Name of the customer. }
      email:          { type: string, about: E-mail address. }
      acquired_on:    { type: date, about: Day on which the customer came. }
      source_records: { type: bigint, about: Records behind the customer. }
  sale:
    publish: fct_sale
    about: One row per order line.
    grain: [order_id, line_no]
    visible_on: ordered_on
    columns:
      source_name:  { type: string, about: Source of the line. }
      order_id:     { type: string, about: Order number., tests: [not_null] }
      line_no:      { type: integer, about: Number of the line., tests: [not_null] }
      customer_key: { type: string, about: Customer who ordered., references: customer }
      ordered_on:   { type: date, about: Day of the order., tests: [not_null] }
      net_amount:   { type: \"decimal(18,2)\", about: Amount of the line. }
marts:
  customer_value:
    folder: profiling
    about: What each customer spent.
    grain: [as_of, customer_key]
    partition_by: [as_of]
    driven_by: customer
    columns:
      as_of:        { type: date, about: Day of the snapshot., tests: [not_null] }
      customer_key: { type: string, about: Key of the customer., tests: [not_null] }
      orders:       { type: bigint, about: Number of orders. }
      net_sales:    { type: \"decimal(38,2)\", about: Amount spent. }
      size:         { type: string, about: Size of the customer., tests: [{ one_of: [big, small] }] }
    tests:
      - { name: no_negative_sales, expression: net_sales >= 0 }
  monthly_sales:
    folder: performance
    about: Sales by month.
    grain: [month]
    partition_by: [month]
    driven_by: sale
    columns:
      month:     { type: string, about: Month of the order., tests: [not_null] }
      lines:     { type: bigint, about: Number of order lines. }
      net_sales: { type: \"decimal(38,2)\", about: Amount sold. }
  reconciliation:
    folder: scorecard
    about: Proof that nothing was lost.
    grain: [as_of, source, stage]
    partition_by: [as_of]
    columns:
      as_of:      { type: date, about: Day of the snapshot. }
      source:     { type: string, about: Declared source. }
      stage:      { type: string, about: Stage of the pipeline. }
      missing:    { type: bigint, about: Rows that are unaccounted for. }
      difference: { type: \"decimal(38,2)\", about: Amount that is unaccounted for. }
    tests:
      - { name: rows_reconcile, expression: missing = 0 }
      - { name: amounts_reconcile, expression: difference = 0 }
";

const STAGING_CUSTOMER: &str = "\
-- One row per customer.

select customer_id, customer_name, email, acquired_on from raw.customers
";

const STAGING_ORDER_LINE: &str = "\
-- One row per order line.

select
    'orders' as source_name,
    order_id,
    line_no,
    customer_id,
    ordered_on,
    amount as source_amount,
    amount as net_amount
from raw.orders
";

const CORE_CUSTOMER: &str = "\
-- One row per customer.

select
    customer_id as customer_key,
    customer_name,
    email,
    acquired_on,
    cast(1 as bigint) as source_records
from staging.customer
";

const CORE_SALE: &str = "\
-- One row per order line.

select
    source_name,
    order_id,
    line_no,
    customer_id as customer_key,
    ordered_on,
    net_amount
from staging.order_line
";

const WORK_CUSTOMER_TOTAL: &str = "\
-- One row per customer with a sale.

select
    customer_key,
    count(distinct order_id) as orders,
    cast(sum(net_amount) as decimal(38, 2)) as net_sales
from core.sale
group by customer_key
";

const CUSTOMER_VALUE: &str = "\
-- One row per customer, and snapshot.

select
    $as_of as as_of,
    customers.customer_key,
    coalesce(totals.orders, 0) as orders,
    coalesce(totals.net_sales, cast(0 as decimal(38, 2))) as net_sales,
    case when totals.net_sales >= $big_order then 'big' else 'small' end as size
from core.customer as customers
left join work.customer_total as totals
    on customers.customer_key = totals.customer_key
";

const MONTHLY_SALES: &str = "\
-- One row per month with a sale.

select
    to_char(ordered_on, '%Y-%m') as month,
    count(*) as lines,
    cast(sum(net_amount) as decimal(38, 2)) as net_sales
from core.sale
group by 1
";

const RECONCILIATION: &str = "\
-- One row per source and stage, and snapshot.

select
    $as_of as as_of,
    source,
    stage,
    rows_in - rows_out - quarantined - duplicates_removed - filtered as missing,
    cast(amount_in - amount_out - amount_quarantined - amount_removed as decimal(38, 2)) as difference
from ledger.stage
";

pub const CUSTOMERS: &str = "\
customer_id,name,email,since
c1,Ada,ada@example.org,2026-01-02
c2,Ben,ben@example.org,2026-01-03
c3,Cyd,cyd@example.org,2026-02-01
";

pub const ORDERS_JANUARY: &str = "\
order_id,line_no,customer_id,ordered_on,amount
o1,1,c1,2026-01-05,10.00
o1,2,c1,2026-01-05,20.50
o2,1,c2,2026-01-31,150.00
";

pub const ORDERS_FEBRUARY: &str = "\
order_id,line_no,customer_id,ordered_on,amount
o3,1,c1,2026-02-10,5.25
o4,1,c3,2026-02-11,7.75
o4,2,c3,2026-02-11,9.99
";
