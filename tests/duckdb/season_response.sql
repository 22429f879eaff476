-- One row per kind of campaign and segment with a treated customer.

with

treated as (
    select
        customer_key,
        case dim_campaign.kind when 'All' then '(All)' else coalesce(dim_campaign.kind, '(unknown)') end as campaign_kind,
        max(coalesce(cast(responded_at at time zone run.timezone as date) <= run.as_of, false)) as responded
    from fct_campaign_touch
    cross join run
    left join dim_campaign using (campaign_id)
    where arm = 'treatment' and customer_key is not null
    group by all
)

select
    run.as_of,
    campaign_kind,
    case rfm_segment when 'All' then '(All)' else coalesce(rfm_segment, '(none)') end as segment,
    count(*) as customers,
    count(*) filter (where responded) as responders,
    count(*) filter (where responded) / count(*) as response_share
from treated
cross join run
left join customer_profile on customer_profile.customer_key = treated.customer_key and customer_profile.as_of = run.as_of
group by all
