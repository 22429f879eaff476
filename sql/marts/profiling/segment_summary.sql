-- One row per segmentation, segment and snapshot.
--
-- Every customer counts once in each segmentation; those without a segment are (none).

with

customers as (
    select
        rfm_segment,
        value_tier,
        lifecycle,
        cluster_label,
        orders_12m,
        net_sales_12m,
        profit_12m
    from marts.customer_profile
),

-- At most a few hundred combinations are spread over the segmentations, instead of every customer.
combinations as (
    select
        rfm_segment,
        value_tier,
        lifecycle,
        cluster_label,
        count(*) as customers,
        sum(orders_12m) as orders_12m,
        sum(net_sales_12m) as net_sales_12m,
        sum(profit_12m) as profit_12m
    from customers
    group by rfm_segment, value_tier, lifecycle, cluster_label
),

spread as (
    select 'rfm_segment' as segmentation, rfm_segment as segment, customers, orders_12m, net_sales_12m, profit_12m
    from combinations
    union all
    select 'value_tier' as segmentation, value_tier as segment, customers, orders_12m, net_sales_12m, profit_12m
    from combinations
    union all
    select 'lifecycle' as segmentation, lifecycle as segment, customers, orders_12m, net_sales_12m, profit_12m
    from combinations
    union all
    select 'cluster_label' as segmentation, cluster_label as segment, customers, orders_12m, net_sales_12m, profit_12m
    from combinations
),

segments as (
    select
        segmentation,
        coalesce(segment, '(none)') as segment,
        sum(customers) as customers,
        sum(orders_12m) as orders_12m,
        sum(net_sales_12m) as net_sales_12m,
        sum(profit_12m) as profit_12m
    from spread
    group by segmentation, coalesce(segment, '(none)')
),

company as (
    select
        sum(customers) as customers,
        sum(net_sales_12m) as net_sales_12m
    from combinations
)

select
    $as_of as as_of,
    segments.segmentation,
    segments.segment,
    segments.customers,
    cast(segments.customers as double) / cast(company.customers as double) as customer_share,
    cast(segments.net_sales_12m as decimal(38, 2)) as net_sales_12m,
    cast(segments.net_sales_12m as double) / nullif(cast(company.net_sales_12m as double), 0) as sales_share,
    cast(segments.profit_12m as decimal(38, 2)) as profit_12m,
    money_per(segments.net_sales_12m, segments.orders_12m) as average_order_value,
    cast(segments.orders_12m as double) / cast(segments.customers as double) as orders_per_customer
from company
cross join segments
