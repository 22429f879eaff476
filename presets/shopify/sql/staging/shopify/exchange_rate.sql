-- One row per currency and day from which a rate holds.

select
    currency,
    rate_on,
    rate_to_base
from raw.exchange_rates
