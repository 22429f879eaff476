-- One row per product, with the names of its category.
--
-- Prices and costs keep their four decimals here, because a line is rounded after multiplying.
-- NA and 0 are how the export writes a missing colour, size or style.

select
    products.product_id,
    products.product_name,
    product_categories.category,
    product_subcategories.subcategory,
    nullif(products.color, 'NA') as color,
    nullif(products.size, '0') as size,
    nullif(products.style, '0') as style,
    products.unit_price,
    products.unit_cost
from raw.products as products
left join raw.product_subcategories as product_subcategories
    on products.subcategory_id = product_subcategories.subcategory_id
left join raw.product_categories as product_categories
    on product_subcategories.category_id = product_categories.category_id
