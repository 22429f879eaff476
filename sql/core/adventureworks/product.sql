-- One row per product.

select
    product_id,
    product_name,
    category,
    subcategory,
    cast(money_round(unit_price) as decimal(18, 2)) as list_price,
    cast(money_round(unit_cost) as decimal(18, 2)) as unit_cost
from staging.product
