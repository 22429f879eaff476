-- One row per campaign, customer record and touch.

select
    'crm' as source_system,
    customer_id as source_customer_id,
    campaign_id,
    case when arm in ('对照组', '对照') then 'control' else 'treatment' end as arm,
    touched_at,
    case channel
        when '短信' then 'sms'
        when '电话' then 'call'
        when '邮件' then 'email'
        else channel
    end as channel,
    opened,
    clicked,
    responded_at
from raw.campaign_touches
