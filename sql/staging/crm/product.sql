-- One row per product of either catalogue.
--
-- The CRM's entry counts where both have one; accessories are the shop's alone.

with

from_crm as (
    select
        product.product_id,
        product.product_name,
        coalesce(category.value, product.category) as category,
        product.subcategory,
        product.brand,
        product.supplier_id,
        product.list_price,
        product.unit_cost,
        product.launched_on,
        product.discontinued_on
    from raw.crm_products as product
    left join staging.word as category
        on product.category = category.word
        and category.topic = 'category'
),

only_in_shop as (
    select
        shop.product_id,
        shop.product_name,
        shop.category,
        shop.subcategory,
        shop.brand,
        shop.supplier_id,
        shop.list_price,
        shop.unit_cost,
        shop.launched_on,
        shop.discontinued_on
    from raw.shop_products as shop
    left join from_crm
        on shop.product_id = from_crm.product_id
    where from_crm.product_id is null
)

select * from from_crm

union all

select * from only_in_shop
