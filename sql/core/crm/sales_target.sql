-- One row per month and scope.

select
    month,
    scope_kind,
    scope_value,
    target_amount
from staging.sales_target
