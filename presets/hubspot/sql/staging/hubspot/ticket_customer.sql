-- One row per ticket that belongs to somebody, with its customer.
--
-- A contact before a company, and of several the one with the lowest number: who spoke is who was spoken to.

with

company as (
    select
        ticket_id,
        'company-' || min(company_id) as customer_key
    from raw.ticket_companies
    group by ticket_id
),

contact as (
    select
        link.ticket_id,
        'contact-' || min(coalesce(record.survivor_id, link.contact_id)) as customer_key
    from raw.ticket_contacts as link
    left join staging.contact_record as record
        on link.contact_id = record.contact_id
    group by link.ticket_id
)

select
    coalesce(company.ticket_id, contact.ticket_id) as ticket_id,
    coalesce(contact.customer_key, company.customer_key) as customer_key
from company
full join contact
    on company.ticket_id = contact.ticket_id
