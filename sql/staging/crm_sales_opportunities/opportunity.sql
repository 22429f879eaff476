-- One row per sales opportunity.
--
-- Who is still being looked at has no day of engagement: such a deal counts from the newest day of the export, the first
-- on which it is known to exist. A deal that closed had been engaged, so that was its last open stage.
-- Until it is won a deal is worth the list price of its product; the export says 0 of a lost one and nothing of an open one.

with

export as (
    select max(greatest(engage_date, close_date)) as last_day
    from raw.sales_pipeline
),

stages as (
    select
        deals.*,
        export.last_day,
        case when deals.deal_stage in ('Won', 'Lost') then 'Engaging' else deals.deal_stage end as stage
    from export
    cross join raw.sales_pipeline as deals
)

select
    stages.opportunity_id,
    stages.account,
    stages.product,
    stages.sales_agent,
    stages.stage,
    cast(
        case stages.stage
            when 'Prospecting' then $prospecting_probability
            when 'Engaging' then $engaging_probability
        end as decimal(18, 6)
    ) as stage_probability,
    case when stages.deal_stage = 'Won' then stages.close_value else products.sales_price end as amount,
    coalesce(stages.engage_date, stages.last_day) as created_on,
    stages.close_date as closed_on,
    case stages.deal_stage when 'Won' then 'won' when 'Lost' then 'lost' else 'open' end as outcome
from stages
left join raw.products as products on stages.product = products.product
