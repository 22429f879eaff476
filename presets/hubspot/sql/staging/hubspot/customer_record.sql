-- One row per record of a company or a contact, with its customer.
--
-- Both kinds of object count from 1, so a key says which it is.

select
    'company' as source_system,
    company_id as source_customer_id,
    'company-' || company_id as customer_key
from raw.companies

union all

select
    'contact' as source_system,
    contact_id as source_customer_id,
    'contact-' || survivor_id as customer_key
from staging.contact_record
