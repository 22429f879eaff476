-- One row per product.

select
    product_id,
    product_name,
    category,
    subcategory,
    brand,
    supplier_id,
    list_price,
    unit_cost,
    launched_on,
    discontinued_on
from raw.products
