-- One row per deal.

select
    opportunity_id,
    customer_key,
    sales_rep_id,
    stage,
    stage_probability,
    amount,
    created_on,
    closed_on,
    outcome,
    lost_reason,
    lead_source
from staging.opportunity
