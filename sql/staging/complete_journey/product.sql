-- One row per product.
--
-- Products have no name of their own: the type and the package size are what a shopper would call one.

select
    product_id,
    nullif(concat_ws(', ', product_type, package_size), '') as product_name,
    department as category,
    product_category as subcategory,
    brand,
    manufacturer_id as supplier_id
from raw.products
