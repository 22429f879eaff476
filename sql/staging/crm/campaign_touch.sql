-- One row per campaign, customer record and touch.

select
    'crm' as source_system,
    customer_id as source_customer_id,
    campaign_id,
    case arm when '对照组' then 'control' else 'treatment' end as arm,
    touched_at,
    case channel when '短信' then 'sms' when '电话' then 'call' else channel end as channel,
    opened,
    clicked,
    responded_at
from raw.crm_campaign_touches

union all

select
    'shop' as source_system,
    customer_id as source_customer_id,
    campaign_id,
    case arm when 'control' then 'control' else 'treatment' end as arm,
    touched_at,
    channel,
    opened,
    clicked,
    responded_at
from raw.shop_campaign_touches
