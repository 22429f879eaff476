-- One row per product.

select
    product_id,
    product_name,
    category,
    brand,
    list_price,
    unit_cost,
    launched_on,
    discontinued_on
from staging.product
