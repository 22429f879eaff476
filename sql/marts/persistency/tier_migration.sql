-- One row per tier before, tier now and snapshot, of the moves that occur.
--
-- (new): not in the previous snapshot; (gone): not in this one.

with

moves as (
    select
        coalesce(tier_previous, '(new)') as from_tier,
        value_tier as to_tier,
        count(*) as customers
    from marts.customer_profile
    group by coalesce(tier_previous, '(new)'), value_tier
    union all
    select
        earlier.value_tier as from_tier,
        '(gone)' as to_tier,
        count(*) as customers
    from previous.customer_profile as earlier
    left anti join core.customer as customers on earlier.customer_key = customers.customer_key
    group by earlier.value_tier
),

origins as (
    select
        from_tier,
        sum(customers) as customers
    from moves
    group by from_tier
)

select
    $as_of as as_of,
    moves.from_tier,
    moves.to_tier,
    moves.customers,
    cast(moves.customers as double) / cast(origins.customers as double) as share
from moves
inner join origins on moves.from_tier = origins.from_tier
