-- One row per customer with a contact on as_of.

with

known as (
    select
        exists (select 1 from supplied where table_name = 'interaction') as interactions,
        exists (select 1 from supplied where table_name = 'service_case') as cases
),

contacts as (
    select customer_key, kind, cast(occurred_at at time zone run.timezone as date) as day
    from fct_interaction cross join run where kind not in ('browse', 'login')
    union all
    select customer_key, 'case', cast(opened_at at time zone run.timezone as date)
    from fct_service_case cross join run
),

dated as (
    select contacts.*, run.as_of, run.as_of - day < 365 as recent from contacts cross join run where customer_key is not null
)

select
    dated.as_of,
    customer_key,
    count(*) as contacts,
    count(*) filter (where recent) as contacts_12m,
    case when any_value(known.interactions) then count(*) filter (where recent and kind = 'call') end as calls_12m,
    case when any_value(known.interactions) then count(*) filter (where recent and kind = 'visit') end as visits_12m,
    case when any_value(known.interactions) then count(*) filter (where recent and kind = 'email') end as emails_12m,
    case when any_value(known.interactions) then count(*) filter (where recent and kind = 'social') end as social_12m,
    case when any_value(known.cases) then count(*) filter (where recent and kind = 'case') end as cases_12m,
    max(day) as last_contact_on,
    max(dated.as_of) - max(day) as days_since_contact
from dated
cross join known
group by dated.as_of, customer_key
