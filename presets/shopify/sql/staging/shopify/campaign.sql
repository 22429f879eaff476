-- One row per campaign whose links brought orders; it lasts from the first of them to the last.

select
    credited.campaign_id,
    min(credited.channel) as channel,
    cast(local_timestamp(min(orders.ordered_at), $timezone) as date) as starts_on,
    cast(local_timestamp(max(orders.ordered_at), $timezone) as date) as ends_on
from staging.order_campaign as credited
left join raw.orders as orders
    on credited.order_id = orders.order_id
group by credited.campaign_id
