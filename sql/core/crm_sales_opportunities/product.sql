-- One row per product: the price list knows it by its name.

select
    product as product_id,
    product as product_name,
    series as category,
    sales_price as list_price
from staging.product
