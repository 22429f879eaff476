-- One row per product.
--
-- A product that was switched off is taken to be discontinued on the day of its last change.

select
    product_id,
    product_name,
    family as category,
    cast(local_timestamp(created_at, $timezone) as date) as launched_on,
    case when not active then cast(local_timestamp(modified_at, $timezone) as date) end as discontinued_on
from raw.products
