-- One row per campaign.

select
    campaign_id,
    campaign_name,
    kind,
    starts_on,
    ends_on
from staging.campaign
