-- One row per company: what a service case, an interaction and a month of fixed cost come to.
--
-- A driver without a rate costs nothing.

select
    coalesce(max(case when driver = 'service_case' then unit_cost end), cast(0 as decimal(18, 6))) as service_case,
    coalesce(max(case when driver = 'interaction' then unit_cost end), cast(0 as decimal(18, 6))) as interaction,
    coalesce(max(case when driver = 'fixed_month' then unit_cost end), cast(0 as decimal(18, 6))) as fixed_month
from core.cost_rate
