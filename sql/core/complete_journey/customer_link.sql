-- One row per household record: each is its own customer.

select
    'complete_journey' as source_system,
    household_id as source_customer_id,
    household_id as customer_key,
    cast(1 as decimal(18, 6)) as match_probability,
    'single' as match_rule
from staging.household
