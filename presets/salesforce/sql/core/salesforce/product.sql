-- One row per product.

select
    product_id,
    product_name,
    category,
    launched_on,
    discontinued_on
from staging.product
