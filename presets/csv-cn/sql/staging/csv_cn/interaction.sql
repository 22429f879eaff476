-- One row per contact that was noted.

select
    'crm' as source_system,
    customer_id as source_customer_id,
    contact_id as interaction_id,
    case
        when kind like '%电话%' then 'call'
        when kind like '%拜访%' or kind like '%到店%' then 'visit'
        when kind like '%邮件%' then 'email'
        when kind like '%登录%' then 'login'
        when kind like '%浏览%' then 'browse'
        else 'social'
    end as kind,
    occurred_at,
    product_id
from raw.contacts
