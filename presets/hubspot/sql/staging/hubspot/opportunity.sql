-- One row per deal that was not merged into another.

select
    deal.deal_id as opportunity_id,
    customer.customer_key,
    deal.owner_id as sales_rep_id,
    coalesce(stage.label, deal.stage_id) as stage,
    case when stage.probability between 0 and 1 then stage.probability end as stage_probability,
    deal.amount,
    cast(local_timestamp(deal.created_at, $timezone) as date) as created_on,
    cast(local_timestamp(deal.close_at, $timezone) as date) as closed_on,
    case
        when stage.won then 'won'
        when stage.closed then 'lost'
        else 'open'
    end as outcome,
    deal.lost_reason,
    deal.source as lead_source
from raw.deals as deal
left join raw.deal_stages as stage
    on deal.stage_id = stage.stage_id
left join staging.deal_customer as customer
    on deal.deal_id = customer.deal_id
left join raw.merged_deals as merged
    on deal.deal_id = merged.merged_deal_id
where merged.merged_deal_id is null
