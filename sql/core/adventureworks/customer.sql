-- One row per customer.
--
-- There is one system and its customer numbers are unique, so a record is a customer.

select
    customer_id as customer_key,
    customer_name,
    'person' as customer_kind,
    email,
    gender,
    birth_date,
    cast(1 as bigint) as source_records
from staging.customer
