-- One row per deal that belongs to somebody, with its customer.
--
-- A company before a contact, and of several the one with the lowest number: a sale to somebody is a sale to whom they
-- work for.

with

company as (
    select
        deal_id,
        'company-' || min(company_id) as customer_key
    from raw.deal_companies
    group by deal_id
),

contact as (
    select
        link.deal_id,
        'contact-' || min(coalesce(record.survivor_id, link.contact_id)) as customer_key
    from raw.deal_contacts as link
    left join staging.contact_record as record
        on link.contact_id = record.contact_id
    group by link.deal_id
)

select
    coalesce(company.deal_id, contact.deal_id) as deal_id,
    coalesce(company.customer_key, contact.customer_key) as customer_key
from company
full join contact
    on company.deal_id = contact.deal_id
