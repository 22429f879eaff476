-- One row per sales agent.

select
    sales_agent,
    manager,
    regional_office
from raw.sales_teams
