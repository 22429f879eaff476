-- One row per customer record of any system: what the matching reads.

select
    source_system,
    source_customer_id,
    customer_name,
    customer_kind,
    email,
    phone,
    gender,
    birth_date,
    industry,
    country,
    region,
    city,
    address,
    acquisition_channel,
    acquired_on,
    owner_rep_id,
    marketing_consent,
    updated_at
from staging.crm_customer

union all

select
    source_system,
    source_customer_id,
    customer_name,
    customer_kind,
    email,
    phone,
    gender,
    birth_date,
    cast(null as varchar) as industry,
    country,
    region,
    city,
    cast(null as varchar) as address,
    acquisition_channel,
    acquired_on,
    cast(null as varchar) as owner_rep_id,
    marketing_consent,
    updated_at
from staging.shop_customer
