-- One row per campaign and household it was sent to.
--
-- The household responded when it first redeemed a coupon of that campaign.

with

redemptions as (
    select
        campaign_id,
        household_id,
        min(redeemed_at) as first_redeemed_at
    from raw.coupon_redemptions
    group by campaign_id, household_id
)

select
    campaigns.campaign_id,
    campaigns.household_id,
    campaign.starts_at as touched_at,
    redemptions.first_redeemed_at as responded_at
from raw.campaigns as campaigns
left join staging.campaign as campaign
    on campaigns.campaign_id = campaign.campaign_id
left join redemptions
    on campaigns.campaign_id = redemptions.campaign_id
    and campaigns.household_id = redemptions.household_id
