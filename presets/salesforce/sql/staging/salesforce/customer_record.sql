-- One row per record of an object that is a customer or speaks for one.

select 'account' as source_system, account_id as source_customer_id, account_id as customer_key
from staging.account

union all

select 'contact' as source_system, contact_id as source_customer_id, customer_key
from staging.contact

union all

select 'lead' as source_system, lead_id as source_customer_id, customer_key
from staging.lead
