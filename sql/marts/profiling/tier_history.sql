-- One row per customer and stretch of snapshots with the same value tier.
--
-- All published snapshots, this run's among them. A stretch ends on the day before the next snapshot, whether the
-- customer has another tier in it or is not there any more; a customer who comes back begins another stretch.

with

tiers as (
    select as_of, customer_key, value_tier from snapshots.customer_profile
    union all
    select as_of, customer_key, value_tier from marts.customer_profile
),

days as (
    select distinct as_of from tiers
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
        tiers.customer_key,
        tiers.value_tier,
        numbered.as_of,
        numbered.next_as_of,
        numbered.place
            - row_number() over (partition by tiers.customer_key, tiers.value_tier order by numbered.place) as stretch
    from tiers
    inner join numbered on tiers.as_of = numbered.as_of
),

stretches as (
    select
        customer_key,
        value_tier,
        min(as_of) as valid_from,
        max(as_of) as last_as_of
    from placed
    group by customer_key, value_tier, stretch
)

select
    stretches.customer_key,
    stretches.valid_from,
    stretches.value_tier,
    numbered.next_as_of - 1 as valid_to,
    numbered.next_as_of is null as is_current
from stretches
inner join numbered on stretches.last_as_of = numbered.as_of
