-- One row per account: the export names each once.

select
    account as customer_key,
    account as customer_name,
    'company' as customer_kind,
    sector as industry,
    office_location as country,
    cast(1 as bigint) as source_records
from staging.account
