-- One row per month and slice (category, channel, region, each -1 where rolled up) with an order line.

with

slices as (
    select
        cells.month_no,
        cast(case when subsets.keeps_category then cells.category_no else -1 end as integer) as category_no,
        cast(case when subsets.keeps_channel then cells.channel_no else -1 end as integer) as channel_no,
        cast(case when subsets.keeps_region then cells.region_no else -1 end as integer) as region_no,
        cells.units,
        cells.gross_sales,
        cells.discounts,
        cells.net_sales,
        cells.cost_of_goods
    from work.sale_subset as subsets
    cross join work.sale_cell as cells
),

summed as (
    select
        month_no,
        category_no,
        channel_no,
        region_no,
        sum(units) as units,
        sum(gross_sales) as gross_sales,
        sum(discounts) as discounts,
        sum(net_sales) as net_sales,
        sum(cost_of_goods) as cost_of_goods
    from slices
    group by month_no, category_no, channel_no, region_no
)

select
    summed.month_no,
    summed.category_no,
    summed.channel_no,
    summed.region_no,
    coalesce(orders.orders, 0) as orders,
    coalesce(customers.customers, 0) as customers,
    cast(coalesce(summed.units, 0) as decimal(38, 3)) as units,
    cast(coalesce(summed.gross_sales, 0) as decimal(38, 2)) as gross_sales,
    cast(coalesce(summed.discounts, 0) as decimal(38, 2)) as discounts,
    cast(coalesce(summed.net_sales, 0) as decimal(38, 2)) as net_sales,
    cast(coalesce(summed.cost_of_goods, 0) as decimal(38, 2)) as cost_of_goods
from summed
left join work.sale_order_count as orders
    on summed.month_no = orders.month_no
    and summed.category_no = orders.category_no
    and summed.channel_no = orders.channel_no
    and summed.region_no = orders.region_no
left join work.sale_customer_count as customers
    on summed.month_no = customers.month_no
    and summed.category_no = customers.category_no
    and summed.channel_no = customers.channel_no
    and summed.region_no = customers.region_no
