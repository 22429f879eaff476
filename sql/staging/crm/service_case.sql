-- One row per service case of either system.

select
    'crm' as source_system,
    customer_id as source_customer_id,
    case_id,
    case kind
        when '投诉' then 'complaint'
        when '咨询' then 'inquiry'
        when '维修' then 'repair'
        when '理赔' then 'claim'
        when '退货' then 'return'
        else kind
    end as kind,
    case channel when '电话' then 'phone' when '门店' then 'store' when '邮件' then 'email' else channel end as channel,
    opened_at,
    closed_at,
    csat,
    nps,
    handling_cost,
    product_id
from raw.crm_service_cases

union all

select
    'shop' as source_system,
    customer_id as source_customer_id,
    case_id,
    kind,
    channel,
    opened_at,
    closed_at,
    csat,
    nps,
    handling_cost,
    product_id
from raw.shop_tickets
