-- One row per company, and per contact that was not merged into another.

select
    'company-' || company_id as customer_key,
    company_name as customer_name,
    'company' as customer_kind,
    cast(null as varchar) as email,
    phone,
    industry,
    country,
    region,
    city,
    street as address,
    cast(null as varchar) as acquisition_channel,
    cast(local_timestamp(created_at, $timezone) as date) as acquired_on,
    owner_id as owner_rep_id
from raw.companies

union all

select
    'contact-' || contact.contact_id as customer_key,
    nullif(concat_ws(' ', contact.first_name, contact.last_name), '') as customer_name,
    'person' as customer_kind,
    contact.email,
    contact.phone,
    cast(null as varchar) as industry,
    contact.country,
    contact.region,
    contact.city,
    cast(null as varchar) as address,
    contact.source as acquisition_channel,
    cast(local_timestamp(contact.created_at, $timezone) as date) as acquired_on,
    contact.owner_id as owner_rep_id
from raw.contacts as contact
inner join staging.contact_record as record
    on contact.contact_id = record.contact_id
    and contact.contact_id = record.survivor_id
