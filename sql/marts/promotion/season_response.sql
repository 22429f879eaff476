-- One row per kind of campaign, segment and snapshot with a customer whom such a campaign treated.
--
-- A customer counts once per kind, as a responder after a response to any of them by the logical date.

with

kinds as (
    select
        numbers.campaign_no,
        coalesce(case when campaign.kind = 'All' then '(All)' else campaign.kind end, '(unknown)') as campaign_kind
    from work.campaign_number as numbers
    left join core.campaign as campaign on numbers.campaign_id = campaign.campaign_id
),

members as (
    select
        touches.customer_no,
        kinds.campaign_kind,
        bool_or(touches.has_responded) as has_responded
    from kinds
    inner join work.touch as touches on kinds.campaign_no = touches.campaign_no
    where touches.is_treatment
    group by touches.customer_no, kinds.campaign_kind
)

select
    $as_of as as_of,
    members.campaign_kind,
    coalesce(case when scores.rfm_segment = 'All' then '(All)' else scores.rfm_segment end, '(none)') as segment,
    count(*) as customers,
    count(*) filter (where members.has_responded) as responders,
    cast(count(*) filter (where members.has_responded) as double) / cast(count(*) as double) as response_share
from members
left join work.rfm_score as scores on members.customer_no = scores.customer_no
group by 2, 3
