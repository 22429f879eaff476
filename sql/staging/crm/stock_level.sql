-- One row per product and day counted.

select
    product_id,
    counted_on,
    on_hand
from raw.crm_stock_counts
