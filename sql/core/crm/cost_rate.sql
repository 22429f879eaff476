-- One row per cost driver.

select
    driver,
    unit_cost
from staging.cost_rate
