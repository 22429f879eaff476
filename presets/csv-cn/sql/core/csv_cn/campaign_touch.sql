-- One row per campaign, customer and touch.
--
-- A customer that no system has a record of keeps the id under which it came.

select
    touch.campaign_id,
    coalesce(link.customer_key, touch.source_system || '-' || touch.source_customer_id) as customer_key,
    touch.arm,
    touch.touched_at,
    touch.channel,
    touch.opened,
    touch.clicked,
    touch.responded_at
from staging.campaign_touch as touch
left join match.customer as link
    on touch.source_system = link.source_system
    and touch.source_customer_id = link.source_customer_id
