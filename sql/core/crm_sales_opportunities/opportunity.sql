-- One row per sales opportunity.

select
    opportunity_id,
    account as customer_key,
    product as product_id,
    sales_agent as sales_rep_id,
    stage,
    stage_probability,
    amount,
    created_on,
    closed_on,
    outcome
from staging.opportunity
