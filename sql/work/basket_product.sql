-- One row per product in enough baskets for a rule, and in how many.

select
    items.product_no,
    count(*) as baskets
from work.basket as limits
cross join work.basket_item as items
where items.product_no > 0
group by items.product_no, limits.least_baskets
having count(*) >= limits.least_baskets
