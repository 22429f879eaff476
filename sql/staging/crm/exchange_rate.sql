-- One row per currency and day with a quotation.
--
-- Quoted for 100 units.

select
    currency,
    rate_on,
    cast(middle_rate / 100 as decimal(18, 6)) as rate_to_base
from raw.crm_exchange_rates
