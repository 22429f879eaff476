-- One row per household of the demographics file.
--
-- Two households in three shop without having answered the survey. They are customers too: those that a basket or a
-- campaign names join from there, with source_records 0, on the day they are first seen.

select
    household_id as customer_key,
    'person' as customer_kind,
    cast(1 as bigint) as source_records
from staging.household
