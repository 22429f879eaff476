-- One row per contact, with the customer it speaks for.
--
-- A contact of an account is that company's; one without, or of an account that the export does not have, is a
-- customer of its own.

select
    contact.contact_id,
    coalesce(account.account_id, contact.contact_id) as customer_key,
    account.account_id is null as stands_alone,
    contact.contact_name,
    contact.email,
    contact.phone,
    contact.country,
    contact.region,
    contact.city,
    contact.street,
    contact.lead_source,
    not contact.opted_out as marketing_consent,
    contact.owner_id,
    contact.created_at,
    cast(local_timestamp(contact.created_at, $timezone) as date) as created_on
from raw.contacts as contact
left join staging.account as account
    on contact.account_id = account.account_id
