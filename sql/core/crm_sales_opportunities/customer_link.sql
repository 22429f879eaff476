-- One row per account: each is its own customer.

select
    'crm_sales_opportunities' as source_system,
    account as source_customer_id,
    account as customer_key,
    cast(1 as decimal(18, 6)) as match_probability,
    'single' as match_rule
from staging.account
