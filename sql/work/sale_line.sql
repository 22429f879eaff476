-- One row per order line, with numbers in place of the names that are grouped by.
--
-- A number is 0 where the customer or the value is unknown.
-- daypart: 0 night, 1 morning, 2 afternoon, 3 evening.

with

products as (
    select
        product.product_id,
        numbers.product_no,
        numbers.category_no,
        brands.number as brand_no
    from core.product as product
    inner join work.product_number as numbers on product.product_id = numbers.product_id
    inner join work.sale_dimension as brands
        on brands.dimension = 'brand' and product.brand is not distinct from brands.value
),

channels as (
    select value, number from work.sale_dimension
    where dimension = 'channel'
),

regions as (
    select value, number from work.sale_dimension
    where dimension = 'region'
),

reps as (
    select value, number from work.sale_dimension
    where dimension = 'sales_rep'
)

select
    sale.order_id,
    cast(coalesce(customers.customer_no, 0) as integer) as customer_no,
    sale.ordered_on,
    cast(date_part('year', sale.ordered_on) * 12 + date_part('month', sale.ordered_on) - 1 as integer) as month_no,
    cast(date_part('hour', local_timestamp(sale.ordered_at, $timezone)) / 6 as integer) as daypart,
    cast(coalesce(products.product_no, 0) as integer) as product_no,
    cast(coalesce(products.category_no, 0) as integer) as category_no,
    cast(coalesce(products.brand_no, 0) as integer) as brand_no,
    cast(coalesce(channels.number, 0) as integer) as channel_no,
    cast(coalesce(regions.number, 0) as integer) as region_no,
    cast(coalesce(reps.number, 0) as integer) as rep_no,
    sale.is_return,
    sale.quantity,
    sale.gross_amount,
    sale.discount_amount,
    sale.net_amount,
    sale.cost_amount,
    sale.shipping_amount
from core.sale as sale
left join work.customer_number as customers on sale.customer_key = customers.customer_key
left join products on sale.product_id = products.product_id
left join channels on sale.channel = channels.value
left join regions on sale.region = regions.value
left join reps on sale.sales_rep_id = reps.value
