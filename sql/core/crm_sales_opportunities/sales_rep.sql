-- One row per sales agent: the export knows people by their names, and a team by its manager's.

select
    sales_agent as sales_rep_id,
    sales_agent as sales_rep_name,
    manager as department,
    regional_office as region,
    manager as manager_id
from staging.sales_agent
