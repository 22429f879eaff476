-- One row per customer and stretch of published snapshots with one tier.

with

days as (
    select as_of, lead(as_of) over (order by as_of) as next_day, lag(as_of) over (order by as_of) as day_before
    from (select distinct as_of from customer_profile)
),

states as (
    select
        customer_profile.customer_key,
        days.as_of,
        days.next_day,
        customer_profile.value_tier,
        earlier.value_tier is distinct from customer_profile.value_tier as begins
    from customer_profile
    inner join days on days.as_of = customer_profile.as_of
    left join customer_profile as earlier
        on earlier.customer_key = customer_profile.customer_key and earlier.as_of = days.day_before
),

numbered as (
    select *, count(*) filter (where begins) over (partition by customer_key order by as_of) as stretch from states
)

select
    customer_key,
    min(as_of) as valid_from,
    any_value(value_tier) as value_tier,
    case when bool_and(next_day is not null) then max(next_day) - 1 end as valid_to,
    bool_or(next_day is null) as is_current
from numbered
group by customer_key, stretch
