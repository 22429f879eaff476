-- One row per mail campaign; it lasts from the first mail to the last.

with

sent as (
    select
        campaign_id,
        cast(local_timestamp(min(touched_at), $timezone) as date) as starts_on,
        cast(local_timestamp(max(touched_at), $timezone) as date) as ends_on
    from staging.campaign_touch
    group by campaign_id
)

select
    campaign.campaign_id,
    campaign.campaign_name,
    lower(campaign.kind) as kind,
    'email' as channel,
    sent.starts_on,
    sent.ends_on
from raw.email_campaigns as campaign
left join sent
    on campaign.campaign_id = sent.campaign_id
