-- One row per call, meeting, mail or message of a sales person.

with

engagement as (
    select engagement_id, 'call' as kind, occurred_at from raw.calls
    union all
    select engagement_id, 'visit' as kind, occurred_at from raw.meetings
    union all
    select engagement_id, 'email' as kind, occurred_at from raw.emails
    union all
    select engagement_id, 'social' as kind, occurred_at from raw.communications
)

select
    engagement.engagement_id as interaction_id,
    customer.customer_key,
    engagement.kind,
    engagement.occurred_at
from engagement
left join staging.engagement_customer as customer
    on engagement.engagement_id = customer.engagement_id
where engagement.occurred_at is not null
