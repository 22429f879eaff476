-- One row per basket (an order of the last 365 days) and product that was in it.
--
-- A line without a product is in no product's basket; its category is the unknown one.

select distinct
    order_id,
    product_no
from work.sale_order_product
where last_on > $as_of - 365
