-- One row per service case.

select
    'crm' as source_system,
    customer_id as source_customer_id,
    case_id,
    case
        when kind like '%投诉%' then 'complaint'
        when kind like '%维修%' or kind like '%报修%' then 'repair'
        when kind like '%理赔%' then 'claim'
        when kind like '%退%' then 'return'
        else 'inquiry'
    end as kind,
    case channel
        when '电话' then 'phone'
        when '门店' then 'store'
        when '邮件' then 'email'
        else channel
    end as channel,
    opened_at,
    closed_at,
    csat,
    nps,
    handling_cost,
    product_id
from raw.service_cases
