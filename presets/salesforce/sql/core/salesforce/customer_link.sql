-- One row per record, with the customer it belongs to.

select
    source_system,
    source_customer_id,
    customer_key,
    cast(1 as decimal(18, 6)) as match_probability,
    case
        when source_customer_id = customer_key then 'single'
        else 'belongs to the account'
    end as match_rule
from staging.customer_record
