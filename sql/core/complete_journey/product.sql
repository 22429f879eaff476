-- One row per product.

select
    product_id,
    product_name,
    category,
    subcategory,
    brand,
    supplier_id
from staging.product
