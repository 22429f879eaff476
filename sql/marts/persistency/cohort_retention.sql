-- One row per cohort (month of the first purchase) and month since, up to the logical date's month.
--
-- Net sales count every line from the customer's first purchase on; a customer is active in a month
-- with an order in it.

with

buyers as (
    select
        customer_no,
        first_purchase_on,
        cast(
            date_part('year', first_purchase_on) * 12 + date_part('month', first_purchase_on) - 1 as integer
        ) as cohort_no
    from work.customer_value
    where orders > 0
),

cohorts as (
    select
        cohort_no,
        count(*) as cohort_customers
    from buyers
    group by cohort_no
),

months as (
    select month_no, month from work.month
),

grid as (
    select
        cohorts.cohort_no,
        cohorts.cohort_customers,
        months.month_no
    from cohorts
    inner join months on months.month_no >= cohorts.cohort_no
),

sales as (
    select
        buyers.cohort_no,
        days.month_no,
        sum(days.net_sales) as net_sales
    from work.customer_day as days
    inner join buyers on days.customer_no = buyers.customer_no
    where days.ordered_on >= buyers.first_purchase_on
    group by buyers.cohort_no, days.month_no
),

active as (
    select distinct customer_no, month_no
    from work.customer_day
    where kept_lines > 0
),

active_customers as (
    select
        buyers.cohort_no,
        active.month_no,
        count(*) as active_customers
    from active
    inner join buyers on active.customer_no = buyers.customer_no
    group by buyers.cohort_no, active.month_no
),

-- An order counts once in every cohort and month in which it has a line; nearly all have one of each.
cohort_orders as (
    select
        buyers.cohort_no,
        plain.month_no
    from work.sale_order as plain
    inner join buyers on plain.customer_no = buyers.customer_no
    where plain.is_plain
    union all
    select
        distinct_orders.cohort_no,
        distinct_orders.month_no
    from (
        select distinct
            lines.order_id,
            buyers.cohort_no,
            lines.month_no
        from work.sale_line as lines
        inner join work.sale_order as mixed on lines.order_id = mixed.order_id
        inner join buyers on lines.customer_no = buyers.customer_no
        where not mixed.is_plain and not lines.is_return
    ) as distinct_orders
),

orders as (
    select
        cohort_no,
        month_no,
        count(*) as orders
    from cohort_orders
    group by cohort_no, month_no
),

dense as (
    select
        grid.cohort_no,
        grid.month_no,
        grid.cohort_customers,
        coalesce(active_customers.active_customers, 0) as active_customers,
        coalesce(orders.orders, 0) as orders,
        cast(coalesce(sales.net_sales, 0) as decimal(38, 2)) as net_sales
    from grid
    left join active_customers
        on grid.cohort_no = active_customers.cohort_no and grid.month_no = active_customers.month_no
    left join orders
        on grid.cohort_no = orders.cohort_no and grid.month_no = orders.month_no
    left join sales
        on grid.cohort_no = sales.cohort_no and grid.month_no = sales.month_no
)

select
    months.month as cohort_month,
    cast(dense.month_no - dense.cohort_no as bigint) as months_since,
    dense.cohort_customers,
    dense.active_customers,
    cast(dense.active_customers as double) / cast(dense.cohort_customers as double) as retention,
    dense.orders,
    dense.net_sales,
    money_per(
        sum(dense.net_sales) over (partition by dense.cohort_no order by dense.month_no),
        dense.cohort_customers
    ) as cumulative_net_sales_per_customer
from dense
inner join months on dense.cohort_no = months.month_no
