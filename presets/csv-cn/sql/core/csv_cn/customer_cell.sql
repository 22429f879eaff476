-- One row per value of a golden record, saying which raw record it is from.

select
    customer_key,
    column_name as "column",
    value,
    source_system,
    source_customer_id
from match.customer_cell
