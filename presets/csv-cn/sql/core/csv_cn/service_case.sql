-- One row per service case.
--
-- A customer that no system has a record of keeps the id under which it came.

select
    service_case.case_id,
    coalesce(link.customer_key, service_case.source_system || '-' || service_case.source_customer_id) as customer_key,
    service_case.kind,
    service_case.channel,
    service_case.opened_at,
    service_case.closed_at,
    service_case.csat,
    service_case.nps,
    service_case.handling_cost,
    service_case.product_id
from staging.service_case as service_case
left join match.customer as link
    on service_case.source_system = link.source_system
    and service_case.source_customer_id = link.source_customer_id
