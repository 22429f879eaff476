-- One row per account.

select
    account_id,
    company_name,
    industry,
    phone,
    country,
    region,
    city,
    street,
    source,
    owner_id,
    cast(local_timestamp(created_at, $timezone) as date) as created_on
from raw.accounts
