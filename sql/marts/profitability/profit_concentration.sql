-- One row per percentile of buyers, best first, and snapshot: the whale curve.
--
-- All hundred rows are here; with fewer than a hundred buyers some hold nobody.

with

placed as (
    select
        profit_12m,
        cast(row_number() over (order by profit_12m desc, customer_no) as bigint) as place,
        count(*) over () as buyers
    from work.customer_value
    where orders > 0
),

grouped as (
    select
        (100 * place + buyers - 1) / buyers as percentile,
        count(*) as customers,
        sum(profit_12m) as profit
    from placed
    group by (100 * place + buyers - 1) / buyers
),

percentiles as (
    select value as percentile
    from generate_series(1, 100)
),

dense as (
    select
        percentiles.percentile,
        coalesce(grouped.customers, 0) as customers,
        cast(coalesce(grouped.profit, 0) as decimal(38, 2)) as profit
    from percentiles
    left join grouped on percentiles.percentile = grouped.percentile
),

cumulative as (
    select
        percentile,
        customers,
        profit,
        sum(profit) over (order by percentile) as cumulative_profit,
        sum(profit) over () as total_profit
    from dense
)

select
    $as_of as as_of,
    cast(percentile as integer) as percentile,
    customers,
    profit,
    cast(cumulative_profit as decimal(38, 2)) as cumulative_profit,
    cast(cumulative_profit as double) / nullif(cast(total_profit as double), 0) as cumulative_share
from cumulative
