-- One row per month of opening, kind, channel and product with a complaint, repair, claim or return.
--
-- A case without a recorded cost costs the rate. Days count from day to day; a case closed after the logical date is
-- open.

with

cases as (
    select
        cast(local_timestamp(service_case.opened_at, $timezone) as date) as opened_on,
        case
            when cast(local_timestamp(service_case.closed_at, $timezone) as date) <= $as_of
                then cast(local_timestamp(service_case.closed_at, $timezone) as date)
        end as closed_on,
        service_case.kind,
        coalesce(case when service_case.channel = 'All' then '(All)' else service_case.channel end, '(unknown)') as channel,
        coalesce(service_case.product_id, '(unknown)') as product_id,
        service_case.customer_key,
        service_case.csat,
        coalesce(service_case.handling_cost, cast(money_round(rates.service_case) as decimal(18, 2))) as handling_cost
    from work.cost_rate as rates
    cross join core.service_case as service_case
    where service_case.kind in ('complaint', 'repair', 'claim', 'return')
),

sums as (
    select
        to_char(opened_on, '%Y-%m') as month,
        kind,
        channel,
        product_id,
        count(*) as cases,
        count(distinct customer_key) as customers,
        count(closed_on) as closed_cases,
        avg(closed_on - opened_on) as days_to_close_mean,
        avg(csat) as csat_mean,
        cast(coalesce(sum(handling_cost), 0) as decimal(38, 2)) as handling_cost
    from cases
    group by 1, 2, 3, 4
),

units as (
    select
        months.month,
        products.product_id,
        facts.kept_units
    from work.product_month as facts
    inner join work.month as months on facts.month_no = months.month_no
    inner join work.product_number as products on facts.product_no = products.product_no
    where facts.product_no > 0
)

select
    sums.month,
    sums.kind,
    sums.channel,
    sums.product_id,
    sums.cases,
    sums.customers,
    sums.closed_cases,
    sums.days_to_close_mean,
    sums.csat_mean,
    sums.handling_cost,
    cast(sums.cases as double) / nullif(cast(units.kept_units as double), 0) as cases_per_unit
from sums
left join units on sums.month = units.month and sums.product_id = units.product_id
