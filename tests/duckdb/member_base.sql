-- One row per month from the first sale's to as_of's.

with

months as (
    select
        strftime(month_start, '%Y-%m') as month,
        cast(month_start as date) as month_start,
        least(last_day(month_start), run.as_of) as month_end
    from (
        select unnest(generate_series(
            date_trunc('month', min(ordered_on)), date_trunc('month', max(run.as_of)), interval 1 month
        )) as month_start
        from fct_sale
        cross join run
    ) as starts
    cross join run
),

first_orders as (
    select customer_key, min(ordered_on) as first_order from fct_sale where not is_return group by customer_key
),

interactions as (
    select customer_key, cast(occurred_at at time zone run.timezone as date) as day from fct_interaction cross join run
),

first_interactions as (
    select customer_key, min(day) as first_interaction from interactions group by customer_key
),

people as (
    select
        dim_customer.customer_key,
        least(dim_customer.acquired_on, first_orders.first_order) as since,
        first_orders.first_order,
        first_interactions.first_interaction,
        customer_profile.completeness
    from dim_customer
    cross join run
    inner join customer_profile
        on customer_profile.customer_key = dim_customer.customer_key and customer_profile.as_of = run.as_of
    left join first_orders on first_orders.customer_key = dim_customer.customer_key
    left join first_interactions on first_interactions.customer_key = dim_customer.customer_key
),

active as (
    select distinct customer_key, strftime(ordered_on, '%Y-%m') as month from fct_sale where not is_return
    union
    select distinct customer_key, strftime(day, '%Y-%m') from interactions
)

select
    months.month,
    count(people.customer_key) as members,
    count(people.customer_key) filter (where people.since >= months.month_start) as new_members,
    avg(people.completeness) as completeness,
    cast(count(*) filter (
        where people.completeness >= 0.8
        and people.first_order <= months.month_end
        and people.first_interaction <= months.month_end
    ) as double) / nullif(count(people.customer_key), 0) as complete_share,
    count(active.customer_key) as monthly_active,
    cast(count(active.customer_key) as double) / nullif(count(people.customer_key), 0) as monthly_active_share
from months
left join people on people.since <= months.month_end
left join active on active.customer_key = people.customer_key and active.month = months.month
group by months.month
