-- One row per number of purchase days and tenure of buyers: what the chosen model expects of those who are still there.
--
-- In each model the expectation is the probability to be alive times a part in which the latest purchase has no say. That
-- part is the costly one and is the same for many customers, so it is computed here: the expectation of a customer whose
-- latest purchase is today (of one-time buyers the first), divided by that customer's probability to be alive.
-- Where even that probability is too small for a double, nothing is expected of anybody, and there is no quotient.
-- A month is 365/12 days.

with

histories as (
    select distinct
        purchase_days,
        tenure_days
    from work.customer_purchase
),

lives as (
    select
        purchase_days,
        tenure_days,
        purchase_days - 1 as repeats,
        case when purchase_days = 1 then cast(0 as double) else cast(tenure_days as double) / 7 end as last_week,
        cast(tenure_days as double) / 7 as weeks
    from histories
),

alive as (
    select
        lives.*,
        fits.mbg_nbd,
        fits.bg_nbd,
        fits.pareto_nbd,
        case $lifetime_model
            when 'mbg_nbd' then mbg_nbd_p_alive(fits.mbg_nbd, lives.repeats, lives.last_week, lives.weeks)
            when 'bg_nbd' then bg_nbd_p_alive(fits.bg_nbd, lives.repeats, lives.last_week, lives.weeks)
            when 'pareto_nbd' then pareto_nbd_p_alive(fits.pareto_nbd, lives.repeats, lives.last_week, lives.weeks)
        end as p_alive
    from work.lifetime_fit as fits
    cross join lives
),

-- Month 0 stands for the 90 days.
horizons as (
    select
        cast(month as bigint) as month,
        case when month = 0 then cast(90 as double) / 7 else cast(month * 365 as double) / 84 end as weeks_ahead
    from (select unnest(range(0, 37)) as month)
),

expected as (
    select
        alive.purchase_days,
        alive.tenure_days,
        horizons.month,
        case $lifetime_model
            when 'mbg_nbd' then mbg_nbd_expected(
                alive.mbg_nbd, alive.repeats, alive.last_week, alive.weeks, horizons.weeks_ahead
            )
            when 'bg_nbd' then bg_nbd_expected(
                alive.bg_nbd, alive.repeats, alive.last_week, alive.weeks, horizons.weeks_ahead
            )
            when 'pareto_nbd' then pareto_nbd_expected(
                alive.pareto_nbd, alive.repeats, alive.last_week, alive.weeks, horizons.weeks_ahead
            )
        end / nullif(alive.p_alive, 0) as orders
    from horizons
    cross join alive
),

monthly as (
    select
        purchase_days,
        tenure_days,
        month,
        orders,
        (
            orders
            - coalesce(lag(orders) over (partition by purchase_days, tenure_days order by month), cast(0 as double))
        ) / power(1 + $discount_rate_month, cast(month as double)) as discounted
    from expected
    where month > 0
),

-- Summed in the order of the months, so that no sum depends on chance.
running as (
    select
        purchase_days,
        tenure_days,
        month,
        orders,
        sum(discounted) over (
            partition by purchase_days, tenure_days
            order by month
            rows between unbounded preceding and current row
        ) as discounted
    from monthly
),

yearly as (
    select
        purchase_days,
        tenure_days,
        max(case when month = 12 then orders end) as orders_365d,
        max(case when month = 12 then discounted end) as discounted_12m,
        max(case when month = 36 then discounted end) as discounted_36m
    from running
    group by purchase_days, tenure_days
)

select
    expected.purchase_days,
    expected.tenure_days,
    expected.orders as orders_90d,
    yearly.orders_365d,
    yearly.discounted_12m,
    yearly.discounted_36m
from expected
inner join yearly
    on expected.purchase_days = yearly.purchase_days and expected.tenure_days = yearly.tenure_days
where expected.month = 0
