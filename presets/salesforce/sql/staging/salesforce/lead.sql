-- One row per lead, with the customer it became, or is.
--
-- A lead that was converted lives on as an account and a contact, where the export has them.

with

converted as (
    select
        lead.lead_id,
        coalesce(account.account_id, contact.customer_key) as customer_key
    from raw.leads as lead
    left join staging.account as account
        on lead.converted_account_id = account.account_id
    left join staging.contact as contact
        on lead.converted_contact_id = contact.contact_id
    where lead.converted
)

select
    lead.lead_id,
    coalesce(converted.customer_key, lead.lead_id) as customer_key,
    converted.customer_key is not null as lives_on,
    lead.lead_name,
    lead.industry,
    lead.email,
    lead.phone,
    lead.country,
    lead.region,
    lead.city,
    lead.lead_source,
    not lead.opted_out as marketing_consent,
    lead.owner_id,
    cast(local_timestamp(lead.created_at, $timezone) as date) as created_on
from raw.leads as lead
left join converted
    on lead.lead_id = converted.lead_id
