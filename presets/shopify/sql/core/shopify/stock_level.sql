-- One row per product and day of the export.

select
    product_id,
    counted_on,
    on_hand
from staging.stock_level
