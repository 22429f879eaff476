-- One row per segmentation and segment on as_of; the profile itself is verified apart.

with

today as (
    select customer_profile.* from customer_profile
    inner join run on run.as_of = customer_profile.as_of
),

unpivoted as (
    select
        unnest(['rfm_segment', 'value_tier', 'lifecycle', 'cluster_label']) as segmentation,
        unnest([rfm_segment, value_tier, lifecycle, cluster_label]) as segment,
        orders_12m,
        net_sales_12m,
        profit_12m
    from today
),

totals as (
    select count(*) as customers, sum(net_sales_12m) as net_sales from today
),

sums as (
    select
        segmentation,
        ifnull(segment, '(none)') as segment,
        count(*) as customers,
        sum(net_sales_12m) as net_sales_12m,
        sum(profit_12m) as profit_12m,
        sum(orders_12m) as orders_12m
    from unpivoted
    group by all
)

select
    run.as_of,
    sums.segmentation,
    sums.segment,
    sums.customers,
    sums.customers / totals.customers as customer_share,
    sums.net_sales_12m,
    cast(sums.net_sales_12m as double) / cast(nullif(totals.net_sales, 0) as double) as sales_share,
    sums.profit_12m,
    money_per(sums.net_sales_12m, sums.orders_12m) as average_order_value,
    cast(sums.orders_12m as double) / sums.customers as orders_per_customer
from sums
cross join totals
cross join run
