-- One row per entry of the shop's points ledger.

select
    'shop' as source_system,
    customer_id as source_customer_id,
    entry_id,
    kind,
    points,
    cast(local_timestamp(posted_at, $timezone) as date) as posted_on
from raw.shop_points
