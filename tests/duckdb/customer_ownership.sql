-- One row per customer and stretch of snapshots with the same owner and department, walked through snapshot by snapshot.

with

days as (
    select as_of, lag(as_of) over (order by as_of) as before, lead(as_of) over (order by as_of) as after
    from (select distinct as_of from published_customer_360) as snapshots
),

owned as (
    select customer_key, as_of, owner_rep_id, owner_department from published_customer_360 where owner_rep_id is not null
),

-- a stretch starts where the snapshot before had another owner, and ends where the next one has
marked as (
    select
        owned.*,
        days.after,
        not exists (
            select 1 from owned as o where o.customer_key = owned.customer_key and o.as_of = days.before
                and o.owner_rep_id = owned.owner_rep_id and o.owner_department is not distinct from owned.owner_department
        ) as starts,
        not exists (
            select 1 from owned as o where o.customer_key = owned.customer_key and o.as_of = days.after
                and o.owner_rep_id = owned.owner_rep_id and o.owner_department is not distinct from owned.owner_department
        ) as ends
    from owned
    inner join days on days.as_of = owned.as_of
),

stretches as (
    select
        customer_key,
        as_of as valid_from,
        owner_rep_id,
        owner_department as department,
        (select min(m.as_of) from marked as m where m.customer_key = marked.customer_key and m.ends and m.as_of >= marked.as_of) as last_on
    from marked
    where starts
)

select
    customer_key,
    valid_from,
    owner_rep_id,
    department,
    (select first(s.owner_rep_id order by s.valid_from desc) from stretches as s
        where s.customer_key = stretches.customer_key and s.valid_from < stretches.valid_from) as previous_owner_rep_id,
    days.after - 1 as valid_to,
    days.after is null as is_current
from stretches
inner join days on days.as_of = stretches.last_on
