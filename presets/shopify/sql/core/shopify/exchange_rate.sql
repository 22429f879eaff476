-- One row per currency and day.

select
    currency,
    rate_on,
    rate_to_base
from staging.exchange_rate
