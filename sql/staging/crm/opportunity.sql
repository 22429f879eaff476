-- One row per sales opportunity.
--
-- A closed one has its actual day, an open one the expected day. The stage of a closed one is the last it was in.

select
    'crm' as source_system,
    customer_id as source_customer_id,
    opportunity_id,
    product_id,
    sales_rep_id,
    case stage
        when '初步接洽' then 'contact'
        when '需求确认' then 'needs'
        when '方案报价' then 'quote'
        when '商务谈判' then 'negotiation'
        else stage
    end as stage,
    cast(try_cast(replace(probability, '%', '') as decimal(9, 4)) / 100 as decimal(18, 6)) as stage_probability,
    amount,
    created_on,
    case when outcome in ('赢单', '输单') then closed_on else expected_on end as closed_on,
    case outcome when '赢单' then 'won' when '输单' then 'lost' else 'open' end as outcome,
    case lost_reason
        when '价格' then 'price'
        when '交期' then 'delivery time'
        when '功能' then 'features'
        when '服务' then 'service'
        when '预算取消' then 'budget cancelled'
        else lost_reason
    end as lost_reason,
    competitor,
    coalesce(source.value, lead_source) as lead_source
from raw.crm_opportunities as opportunity
left join staging.word as source
    on opportunity.lead_source = source.word
    and source.topic = 'source'
