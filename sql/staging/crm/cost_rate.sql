-- One row per cost driver.

select
    driver,
    unit_cost
from raw.crm_cost_rates
