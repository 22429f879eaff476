-- One row per campaign, customer and moment of being added to it.

select
    campaign_id,
    customer_key,
    arm,
    touched_at,
    channel,
    responded_at
from staging.campaign_touch
