-- One row per customer record: each is its own customer.

select
    'shopify' as source_system,
    customer_id as source_customer_id,
    customer_id as customer_key,
    cast(1 as decimal(18, 6)) as match_probability,
    'single' as match_rule
from staging.customer
