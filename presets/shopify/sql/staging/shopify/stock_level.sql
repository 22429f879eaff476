-- One row per product and day of the export: what its variants have on hand.

select
    product_id,
    cast(local_timestamp(synced_at, $timezone) as date) as counted_on,
    cast(sum(on_hand) as decimal(18, 3)) as on_hand
from raw.variants
where synced_at is not null
    and on_hand is not null
group by 1, 2
