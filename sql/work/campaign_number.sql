-- One row per campaign that is known or touched somebody, with a dense number in the order of the ids.

with

campaigns as (
    select campaign_id from core.campaign
    union
    select campaign_id from core.campaign_touch
)

select
    campaign_id,
    cast(row_number() over (order by campaign_id) as integer) as campaign_no
from campaigns
