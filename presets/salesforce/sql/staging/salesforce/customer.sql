-- One row per customer: accounts, contacts that belong to none, leads that were not converted.
--
-- An account is reached under the address of its oldest contact that has one.

with

spokesman as (
    select
        customer_key,
        email,
        phone,
        row_number() over (partition by customer_key order by email is null, created_at, contact_id) as position
    from staging.contact
)

select
    account.account_id as customer_key,
    account.company_name as customer_name,
    'company' as customer_kind,
    spokesman.email,
    coalesce(account.phone, spokesman.phone) as phone,
    account.industry,
    account.country,
    account.region,
    account.city,
    account.street as address,
    account.source as acquisition_channel,
    account.created_on as acquired_on,
    account.owner_id as owner_rep_id,
    cast(null as boolean) as marketing_consent
from staging.account as account
left join spokesman
    on account.account_id = spokesman.customer_key
    and spokesman.position = 1

union all

select
    customer_key,
    contact_name as customer_name,
    'person' as customer_kind,
    email,
    phone,
    cast(null as varchar) as industry,
    country,
    region,
    city,
    street as address,
    lead_source as acquisition_channel,
    created_on as acquired_on,
    owner_id as owner_rep_id,
    marketing_consent
from staging.contact
where stands_alone

union all

select
    customer_key,
    lead_name as customer_name,
    'person' as customer_kind,
    email,
    phone,
    industry,
    country,
    region,
    city,
    cast(null as varchar) as address,
    lead_source as acquisition_channel,
    created_on as acquired_on,
    owner_id as owner_rep_id,
    marketing_consent
from staging.lead
where not lives_on
