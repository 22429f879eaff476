-- One row per opportunity.

select
    opportunity_id,
    customer_key,
    product_id,
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
