-- One row per mail campaign.

select
    campaign_id,
    campaign_name,
    kind,
    channel,
    starts_on,
    ends_on
from staging.campaign
