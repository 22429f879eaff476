-- One row per opportunity.
--
-- Its product is that of its lines when they all have the same. A probability that is none stays unknown.

with

line as (
    select
        opportunity_id,
        case when count(distinct product_id) = 1 then min(product_id) end as product_id
    from raw.opportunity_line_items
    group by opportunity_id
)

select
    opportunity.opportunity_id,
    opportunity.account_id as customer_key,
    line.product_id,
    opportunity.owner_id as sales_rep_id,
    opportunity.stage,
    case
        when opportunity.probability between 0 and 100 then cast(opportunity.probability / 100 as decimal(18, 6))
    end as stage_probability,
    opportunity.amount,
    cast(local_timestamp(opportunity.created_at, $timezone) as date) as created_on,
    opportunity.close_on as closed_on,
    case
        when opportunity.won then 'won'
        when opportunity.closed then 'lost'
        else 'open'
    end as outcome,
    opportunity.lost_reason,
    opportunity.lead_source
from raw.opportunities as opportunity
left join line
    on opportunity.opportunity_id = line.opportunity_id
