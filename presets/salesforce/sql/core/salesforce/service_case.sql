-- One row per case.

select
    case_id,
    customer_key,
    kind,
    channel,
    opened_at,
    closed_at
from staging.service_case
