-- One row per customer record, with the customer it was found to be.

select
    source_system,
    source_customer_id,
    customer_key,
    match_probability,
    match_rule
from match.customer
