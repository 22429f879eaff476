-- One row per campaign whose links brought orders.

select
    campaign_id,
    campaign_id as campaign_name,
    channel,
    starts_on,
    ends_on
from staging.campaign
