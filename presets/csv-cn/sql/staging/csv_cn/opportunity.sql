-- One row per sales opportunity.
--
-- A closed one has its actual day, an open one the expected day. The stage of a closed one is the last it was in.

select
    'crm' as source_system,
    customer_id as source_customer_id,
    opportunity_id,
    product_id,
    sales_rep_id,
    stage,
    case
        when probability between 0 and 1 then probability
        when probability between 1 and 100 then cast(probability / 100 as decimal(18, 6))
    end as stage_probability,
    amount,
    created_on,
    case when outcome in ('赢单', '成交', '输单', '丢单') then closed_on else expected_on end as closed_on,
    case
        when outcome in ('赢单', '成交') then 'won'
        when outcome in ('输单', '丢单') then 'lost'
        else 'open'
    end as outcome,
    lost_reason,
    competitor,
    lead_source
from raw.opportunities
