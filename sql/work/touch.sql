-- One row per touch of a known customer by a campaign, with numbers in place of names.
--
-- A response after the logical date has not happened yet.

select
    campaigns.campaign_no,
    customers.customer_no,
    touch.touched_at,
    cast(local_timestamp(touch.touched_at, $timezone) as date) as day,
    touch.arm = 'treatment' as is_treatment,
    coalesce(touch.opened, false) as is_opened,
    coalesce(touch.clicked, false) as is_clicked,
    coalesce(cast(local_timestamp(touch.responded_at, $timezone) as date) <= $as_of, false) as has_responded
from core.campaign_touch as touch
inner join work.campaign_number as campaigns on touch.campaign_id = campaigns.campaign_id
inner join work.customer_number as customers on touch.customer_key = customers.customer_key
where customers.customer_no > 0
