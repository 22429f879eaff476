-- One row per real customer: the golden record of all its records.
--
-- Which value survives is said under `match:` in the pipeline, and by `customer_cell` which record it is from.

select
    customer_key,
    customer_name,
    customer_kind,
    email,
    phone,
    gender,
    birth_date,
    industry,
    country,
    region,
    city,
    address,
    acquisition_channel,
    acquired_on,
    owner_rep_id,
    marketing_consent,
    source_records
from match.customer_golden
