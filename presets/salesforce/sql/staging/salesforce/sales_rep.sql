-- One row per user.

select
    user_id as sales_rep_id,
    user_name as sales_rep_name,
    department,
    region,
    manager_id
from raw.users
