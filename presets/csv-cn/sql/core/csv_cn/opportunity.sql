-- One row per sales opportunity.
--
-- A customer that no system has a record of keeps the id under which it came.

select
    opportunity.opportunity_id,
    coalesce(link.customer_key, opportunity.source_system || '-' || opportunity.source_customer_id) as customer_key,
    opportunity.product_id,
    opportunity.sales_rep_id,
    opportunity.stage,
    opportunity.stage_probability,
    opportunity.amount,
    opportunity.created_on,
    opportunity.closed_on,
    opportunity.outcome,
    opportunity.lost_reason,
    opportunity.competitor,
    opportunity.lead_source
from staging.opportunity as opportunity
left join match.customer as link
    on opportunity.source_system = link.source_system
    and opportunity.source_customer_id = link.source_customer_id
