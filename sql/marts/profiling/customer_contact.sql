-- One row per customer with a contact and snapshot.
--
-- A contact is a call, a visit, an e-mail, a social contact or a service case; browsing and logging in are not. What a
-- table that nobody supplies would count is unknown.

with

contacts as (
    select
        customer_key,
        kind,
        cast(local_timestamp(occurred_at, $timezone) as date) as day
    from core.interaction
    where kind in ('call', 'visit', 'email', 'social') and customer_key is not null
    union all
    select
        customer_key,
        'case' as kind,
        cast(local_timestamp(opened_at, $timezone) as date) as day
    from core.service_case
    where customer_key is not null
),

counted as (
    select
        customer_key,
        count(*) as contacts,
        count(*) filter (where day > $as_of - 365) as contacts_12m,
        count(*) filter (where day > $as_of - 365 and kind = 'call') as calls_12m,
        count(*) filter (where day > $as_of - 365 and kind = 'visit') as visits_12m,
        count(*) filter (where day > $as_of - 365 and kind = 'email') as emails_12m,
        count(*) filter (where day > $as_of - 365 and kind = 'social') as social_12m,
        count(*) filter (where day > $as_of - 365 and kind = 'case') as cases_12m,
        max(day) as last_contact_on
    from contacts
    group by customer_key
)

select
    $as_of as as_of,
    counted.customer_key,
    counted.contacts,
    counted.contacts_12m,
    case when interactions.is_supplied then counted.calls_12m end as calls_12m,
    case when interactions.is_supplied then counted.visits_12m end as visits_12m,
    case when interactions.is_supplied then counted.emails_12m end as emails_12m,
    case when interactions.is_supplied then counted.social_12m end as social_12m,
    case when cases.is_supplied then counted.cases_12m end as cases_12m,
    counted.last_contact_on,
    cast($as_of - counted.last_contact_on as bigint) as days_since_contact
from work.supplied as interactions
cross join work.supplied as cases
cross join counted
where interactions.table_name = 'interaction' and cases.table_name = 'service_case'
