-- One row per month of opening, kind, channel and product with a complaint, repair, claim or return.

with

cases as (
    select
        fct_service_case.*,
        cast(opened_at at time zone run.timezone as date) as opened_on,
        cast(closed_at at time zone run.timezone as date) as closed_on,
        coalesce(
            handling_cost, (select max(round(unit_cost, 2)) from cost_rate where driver = 'service_case'), 0
        ) as cost
    from fct_service_case
    cross join run
    where kind in ('complaint', 'repair', 'claim', 'return')
),

sold as (
    select strftime(ordered_on, '%Y-%m') as month, product_id, sum(quantity) as units
    from fct_sale
    where not is_return and product_id is not null
    group by all
)

select
    strftime(cases.opened_on, '%Y-%m') as month,
    kind,
    case channel when 'All' then '(All)' else coalesce(channel, '(unknown)') end as channel,
    coalesce(cases.product_id, '(unknown)') as product_id,
    count(*) as cases,
    count(distinct customer_key) as customers,
    count(*) filter (where closed_on <= run.as_of) as closed_cases,
    avg(closed_on - opened_on) filter (where closed_on <= run.as_of) as days_to_close_mean,
    avg(csat) as csat_mean,
    coalesce(sum(cost), 0) as handling_cost,
    count(*) / cast(nullif(any_value(sold.units), 0) as double) as cases_per_unit
from cases
cross join run
left join sold on sold.month = strftime(cases.opened_on, '%Y-%m') and sold.product_id = cases.product_id
group by 1, 2, 3, 4
