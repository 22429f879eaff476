-- One row per customer and stretch of snapshots with the same responsible employee and department.
--
-- All published snapshots, this run's among them. A stretch ends on the day before the next snapshot, whoever is
-- responsible in it; who has nobody then is in no row. previous_owner_rep_id is who was responsible in the stretch before.

with

owners as (
    select as_of, customer_key, owner_rep_id, owner_department from snapshots.customer_360
    union all
    select as_of, customer_key, owner_rep_id, owner_department from marts.customer_360
),

days as (
    select distinct as_of from owners
),

numbered as (
    select
        as_of,
        row_number() over (order by as_of) as place,
        lead(as_of) over (order by as_of) as next_as_of
    from days
),

-- Within a stretch the place of the snapshot and the row's own number grow alike.
placed as (
    select
        owners.customer_key,
        owners.owner_rep_id,
        owners.owner_department,
        numbered.as_of,
        numbered.place
            - row_number() over (
                partition by owners.customer_key, owners.owner_rep_id, owners.owner_department order by numbered.place
            ) as stretch
    from owners
    inner join numbered on owners.as_of = numbered.as_of
    where owners.owner_rep_id is not null
),

stretches as (
    select
        customer_key,
        owner_rep_id,
        owner_department,
        min(as_of) as valid_from,
        max(as_of) as last_as_of
    from placed
    group by customer_key, owner_rep_id, owner_department, stretch
)

select
    stretches.customer_key,
    stretches.valid_from,
    stretches.owner_rep_id,
    stretches.owner_department as department,
    lag(stretches.owner_rep_id) over (
        partition by stretches.customer_key order by stretches.valid_from
    ) as previous_owner_rep_id,
    numbered.next_as_of - 1 as valid_to,
    numbered.next_as_of is null as is_current
from stretches
inner join numbered on stretches.last_as_of = numbered.as_of
