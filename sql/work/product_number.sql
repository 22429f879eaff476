-- One row per product, with a dense number in the order of the ids and the number of its category.
--
-- Number 0 stands for the unknown product. A product whose id is the very text `(unknown)` cannot be told from it in a
-- mart and is it; its category is not known either.

select
    product.product_id,
    cast(row_number() over (order by product.product_id) as integer) as product_no,
    categories.number as category_no
from core.product as product
inner join work.sale_dimension as categories
    on categories.dimension = 'category' and product.category is not distinct from categories.value
where product.product_id <> '(unknown)'
union all
select
    cast('(unknown)' as varchar) as product_id,
    cast(0 as integer) as product_no,
    cast(0 as integer) as category_no
