-- One row per case.
--
-- Types and reasons are lists that every company writes itself: what is not recognised is an inquiry. A case without an
-- account is of the contact who opened it.

with

described as (
    select
        *,
        lower(concat_ws(' ', type, reason)) as words
    from raw.cases
)

select
    described.case_id,
    coalesce(described.account_id, record.customer_key) as customer_key,
    case
        when words like '%complaint%' or words like '%problem%' then 'complaint'
        when words like '%repair%' or words like '%breakdown%' then 'repair'
        when words like '%claim%' then 'claim'
        when words like '%return%' then 'return'
        else 'inquiry'
    end as kind,
    lower(described.origin) as channel,
    described.opened_at,
    described.closed_at
from described
left join staging.customer_record as record
    on record.source_system = 'contact'
    and described.contact_id = record.source_customer_id
