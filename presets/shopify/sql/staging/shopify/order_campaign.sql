-- One row per order that came by a campaign's link.
--
-- The names are as marketing wrote them into its links, in whatever case.

select
    order_id,
    min(case when lower(tag) = 'utm_campaign' then lower(value) end) as campaign_id,
    min(case when lower(tag) = 'utm_medium' then lower(value) end) as channel
from raw.order_url_tags
group by order_id
having min(case when lower(tag) = 'utm_campaign' then lower(value) end) is not null
