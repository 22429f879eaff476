-- One row per product and day counted.

select
    product_id,
    counted_on,
    on_hand
from staging.stock_level
