-- One row per contact noted in the CRM or event in the shop.
--
-- The shop counts its events from 1, so the number alone is no key.

select
    'crm' as source_system,
    customer_id as source_customer_id,
    contact_id as interaction_id,
    case kind when '电话' then 'call' when '拜访' then 'visit' when '邮件' then 'email' else kind end as kind,
    occurred_at,
    product_id
from raw.crm_contacts

union all

select
    'shop' as source_system,
    customer_id as source_customer_id,
    'EV' || event_id as interaction_id,
    kind,
    occurred_at,
    product_id
from raw.shop_events
