-- One row per customer.
--
-- The shop keeps one record for each customer, and sells to persons.

select
    customer_id as customer_key,
    customer_name,
    'person' as customer_kind,
    email,
    phone,
    country,
    region,
    city,
    acquired_on,
    marketing_consent,
    cast(1 as bigint) as source_records
from staging.customer
