-- One row per month from the first entry of the points ledger to the logical date.
--
-- The balance at the end of a month sums every kind of entry, adjustments too.

with

entries as (
    select
        cast(date_part('year', posted_on) * 12 + date_part('month', posted_on) - 1 as integer) as month_no,
        customer_key,
        kind,
        coalesce(points, 0) as points
    from core.points_entry
),

bounds as (
    select
        cast(date_trunc('month', min(posted_on)) as date) as first_month,
        cast(date_trunc('month', $as_of) as date) as last_month
    from core.points_entry
),

month_starts as (
    select unnest(generate_series(first_month, last_month, interval '1 month')) as month_start
    from bounds
    where first_month is not null
),

months as (
    select
        cast(date_part('year', month_start) * 12 + date_part('month', month_start) - 1 as integer) as month_no,
        to_char(month_start, '%Y-%m') as month
    from month_starts
),

posted as (
    select
        month_no,
        coalesce(sum(points) filter (where kind = 'earn'), 0) as earned,
        coalesce(-sum(points) filter (where kind = 'redeem'), 0) as redeemed,
        coalesce(-sum(points) filter (where kind = 'expire'), 0) as expired,
        sum(points) as change
    from entries
    group by month_no
),

redeemers as (
    select
        month_no,
        count(distinct customer_key) as redeeming_customers
    from entries
    where kind = 'redeem'
    group by month_no
)

select
    months.month,
    coalesce(posted.earned, 0) as earned,
    coalesce(posted.redeemed, 0) as redeemed,
    coalesce(posted.expired, 0) as expired,
    sum(coalesce(posted.change, 0)) over (order by months.month_no) as closing_balance,
    coalesce(redeemers.redeeming_customers, 0) as redeeming_customers,
    cast(posted.redeemed as double) / nullif(cast(posted.earned as double), 0) as redemption_rate
from months
left join posted on months.month_no = posted.month_no
left join redeemers on months.month_no = redeemers.month_no
