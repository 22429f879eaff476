-- One row per month from the first ledger entry's to as_of's.

with

months as (
    select cast(unnest(generate_series(
        date_trunc('month', min(posted_on)), date_trunc('month', max(run.as_of)), interval 1 month
    )) as date) as month_start
    from fct_points_entry
    cross join run
)

select
    strftime(months.month_start, '%Y-%m') as month,
    coalesce(sum(points) filter (where kind = 'earn' and in_month), 0) as earned,
    -coalesce(sum(points) filter (where kind = 'redeem' and in_month), 0) as redeemed,
    -coalesce(sum(points) filter (where kind = 'expire' and in_month), 0) as expired,
    coalesce(sum(points), 0) as closing_balance,
    count(distinct customer_key) filter (where kind = 'redeem' and in_month) as redeeming_customers,
    -coalesce(cast(sum(points) filter (where kind = 'redeem' and in_month) as double), 0)
    / nullif(cast(sum(points) filter (where kind = 'earn' and in_month) as double), 0) as redemption_rate
from months
inner join (
    select *, cast(date_trunc('month', posted_on) as date) as entry_month from fct_points_entry
) as entries on entry_month <= month_start
cross join lateral (select entry_month = month_start as in_month) as placed
group by months.month_start
