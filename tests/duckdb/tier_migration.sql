-- One row per move between tiers since the previous snapshot.

with

moves as (
    select
        case when before.customer_key is null then '(new)' else before.value_tier end as from_tier,
        case when now.customer_key is null then '(gone)' else now.value_tier end as to_tier
    from (
        select customer_key, value_tier from customer_profile
        where as_of = (select as_of from run)
    ) as now
    full join previous_customer_profile as before on before.customer_key = now.customer_key
)

select
    run.as_of,
    from_tier,
    to_tier,
    count(*) as customers,
    count(*) / sum(count(*)) over (partition by from_tier) as share
from moves
cross join run
group by run.as_of, from_tier, to_tier
