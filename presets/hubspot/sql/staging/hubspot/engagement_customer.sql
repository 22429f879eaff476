-- One row per engagement that belongs to somebody, with its customer.
--
-- A contact before a company, and of several the one with the lowest number: who spoke is who was spoken to.

with

company as (
    select
        engagement_id,
        'company-' || min(company_id) as customer_key
    from raw.engagement_companies
    group by engagement_id
),

contact as (
    select
        link.engagement_id,
        'contact-' || min(coalesce(record.survivor_id, link.contact_id)) as customer_key
    from raw.engagement_contacts as link
    left join staging.contact_record as record
        on link.contact_id = record.contact_id
    group by link.engagement_id
)

select
    coalesce(company.engagement_id, contact.engagement_id) as engagement_id,
    coalesce(contact.customer_key, company.customer_key) as customer_key
from company
full join contact
    on company.engagement_id = contact.engagement_id
