-- One row per campaign and household it was sent to.
--
-- The file says who got a campaign, not when, so the touch is on the campaign's first day. Nobody was held back on
-- purpose: there is no control arm.

select
    campaign_id,
    household_id as customer_key,
    'treatment' as arm,
    touched_at,
    responded_at
from staging.campaign_household
