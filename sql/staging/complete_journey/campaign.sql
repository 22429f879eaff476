-- One row per campaign, with its days in the grocer's calendar.

select
    campaign_id,
    'Campaign ' || campaign_id as campaign_name,
    campaign_type as kind,
    starts_at,
    cast(local_timestamp(starts_at, $timezone) as date) as starts_on,
    cast(local_timestamp(ends_at, $timezone) as date) as ends_on
from raw.campaign_descriptions
