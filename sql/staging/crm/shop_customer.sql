-- One row per user of the web shop.
--
-- The shop sells to persons only. Its cities carry the suffix that the CRM leaves out.

select
    'shop' as source_system,
    customer_id as source_customer_id,
    customer_name,
    'person' as customer_kind,
    email,
    phone,
    case gender when 'F' then 'female' when 'M' then 'male' end as gender,
    birth_date,
    country,
    region,
    rtrim(city, '市') as city,
    signup_source as acquisition_channel,
    cast(local_timestamp(created_at, $timezone) as date) as acquired_on,
    consent as marketing_consent,
    updated_at
from raw.shop_customers
