-- One row per sales person.

select
    sales_rep_id,
    sales_rep_name,
    department,
    region,
    manager_id
from staging.sales_rep
