-- One row per owner.

select
    sales_rep_id,
    sales_rep_name,
    department
from staging.sales_rep
