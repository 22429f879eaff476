-- One row per campaign.

select
    campaign_id,
    campaign_name,
    channel,
    starts_on,
    ends_on,
    budget_amount,
    cost_amount
from staging.campaign
