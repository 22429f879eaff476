-- One row per percentile 1..100 of buyers by falling profit on as_of.
--
-- profit_12m and who is a buyer come from the published profile, which is verified by itself.

with

ordered as (
    select
        profit_12m,
        row_number() over (order by profit_12m desc, customer_key) as place,
        count(*) over () as n
    from customer_profile
    inner join run on run.as_of = customer_profile.as_of
    where orders > 0
),

sums as (
    select percentile, count(ordered.place) as customers, coalesce(sum(ordered.profit_12m), 0) as profit
    from (select unnest(generate_series(1, 100)) as percentile) as percentiles
    left join ordered on (100 * ordered.place + ordered.n - 1) // ordered.n = percentiles.percentile
    group by percentile
),

running as (
    select
        *,
        sum(profit) over (order by percentile rows between unbounded preceding and current row) as cumulative_profit,
        sum(profit) over () as total_profit
    from sums
)

select
    run.as_of,
    percentile,
    customers,
    profit,
    cumulative_profit,
    cast(cumulative_profit as double) / cast(nullif(total_profit, 0) as double) as cumulative_share
from running
cross join run
