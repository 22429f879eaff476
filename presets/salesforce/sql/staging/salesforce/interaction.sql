-- One row per event, and per task that was a call or a mail and is done.
--
-- Other tasks are work to do, not contacts. Somebody without an account is found under their contact or lead.

with

contact as (
    select
        task_id as interaction_id,
        account_id,
        who_id,
        case lower(coalesce(subtype, type))
            when 'call' then 'call'
            when 'email' then 'email'
            when 'linkedin' then 'social'
        end as kind,
        coalesce(completed_at, created_at) as occurred_at
    from raw.tasks
    where closed
        and lower(coalesce(subtype, type)) in ('call', 'email', 'linkedin')
        and coalesce(completed_at, created_at) is not null

    union all

    select
        event_id as interaction_id,
        account_id,
        who_id,
        case lower(type) when 'call' then 'call' when 'email' then 'email' else 'visit' end as kind,
        started_at as occurred_at
    from raw.events
)

select
    contact.interaction_id,
    coalesce(contact.account_id, record.customer_key) as customer_key,
    contact.kind,
    contact.occurred_at
from contact
left join staging.customer_record as record
    on contact.who_id = record.source_customer_id
