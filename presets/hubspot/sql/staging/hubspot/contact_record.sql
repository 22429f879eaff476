-- One row per contact record, those that were merged into another included, with the one that survived.
--
-- A survivor lists the records that were merged into it. Records may have been merged more than once: two steps are
-- followed.

with

merged as (
    select distinct
        unnest(string_to_array(merged_ids, ';')) as contact_id,
        contact_id as survivor_id
    from raw.contacts
    where merged_ids is not null
),

step as (
    select
        contact_id,
        min(survivor_id) as survivor_id
    from merged
    where contact_id <> survivor_id
    group by contact_id
),

record as (
    select contact_id from raw.contacts
    union
    select contact_id from step
)

select
    record.contact_id,
    coalesce(second.survivor_id, first.survivor_id, record.contact_id) as survivor_id
from record
left join step as first
    on record.contact_id = first.contact_id
left join step as second
    on first.survivor_id = second.contact_id
    and second.survivor_id <> record.contact_id
