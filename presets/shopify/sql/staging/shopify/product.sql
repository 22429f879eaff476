-- One row per product, with the price and cost of its first variant.

with

variant as (
    select
        variant.product_id,
        variant.price,
        cost.unit_cost,
        row_number() over (
            partition by variant.product_id order by variant.position nulls last, variant.variant_id
        ) as position
    from raw.variants as variant
    inner join staging.variant_cost as cost
        on variant.variant_id = cost.variant_id
)

select
    product.product_id,
    product.product_name,
    product.category,
    product.brand,
    variant.price as list_price,
    variant.unit_cost,
    cast(local_timestamp(product.published_at, $timezone) as date) as launched_on,
    case when product.deleted then cast(local_timestamp(product.updated_at, $timezone) as date) end as discontinued_on
from raw.products as product
left join variant
    on product.product_id = variant.product_id
    and variant.position = 1
