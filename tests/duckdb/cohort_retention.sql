-- One row per cohort month and month since, to as_of's month.

with

firsts as (
    select customer_key, min(ordered_on) as first_on, strftime(min(ordered_on), '%Y-%m') as cohort_month
    from fct_sale
    where customer_key is not null and not is_return
    group by customer_key
),

cohorts as (
    select
        cohort_month,
        count(*) as cohort_customers,
        date_diff('month', cast(cohort_month || '-01' as date), run.as_of) as last_month
    from firsts
    cross join run
    group by cohort_month, run.as_of
),

grid as (
    select cohort_month, cohort_customers, unnest(generate_series(0, last_month)) as months_since from cohorts
),

activity as (
    select
        firsts.cohort_month,
        date_diff('month', cast(firsts.cohort_month || '-01' as date), fct_sale.ordered_on) as months_since,
        count(distinct fct_sale.customer_key) filter (where not fct_sale.is_return) as active_customers,
        count(distinct fct_sale.order_id) filter (where not fct_sale.is_return) as orders,
        sum(fct_sale.net_amount) as net_sales
    from fct_sale
    inner join firsts on firsts.customer_key = fct_sale.customer_key
    where fct_sale.ordered_on >= firsts.first_on
    group by 1, 2
)

select
    grid.cohort_month,
    grid.months_since,
    grid.cohort_customers,
    coalesce(activity.active_customers, 0) as active_customers,
    cast(coalesce(activity.active_customers, 0) as double) / grid.cohort_customers as retention,
    coalesce(activity.orders, 0) as orders,
    coalesce(activity.net_sales, 0) as net_sales,
    money_per(
        coalesce(sum(activity.net_sales) over (partition by grid.cohort_month order by grid.months_since), 0),
        grid.cohort_customers
    ) as cumulative_net_sales_per_customer
from grid
left join activity on activity.cohort_month = grid.cohort_month and activity.months_since = grid.months_since
