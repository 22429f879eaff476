-- One row per campaign, customer and moment of a mail.

select
    campaign_id,
    customer_key,
    arm,
    touched_at,
    channel,
    opened,
    clicked,
    responded_at
from staging.campaign_touch
