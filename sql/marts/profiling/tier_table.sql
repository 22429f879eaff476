-- One row per value tier and snapshot; a tier without customers is here too.

with

members as (
    select
        profile.value_tier,
        count(*) as customers,
        sum(profile.orders_12m) as orders_12m,
        sum(profile.net_sales_12m) as net_sales_12m,
        sum(profile.profit_12m) as profit_12m,
        sum(facts.profit_prior_12m) as profit_prior_12m
    from marts.customer_profile as profile
    inner join work.customer_number as customers on profile.customer_key = customers.customer_key
    inner join work.customer_value as facts on customers.customer_no = facts.customer_no
    group by profile.value_tier
),

tiers as (
    select
        rules.tier,
        coalesce(members.customers, 0) as customers,
        members.orders_12m,
        members.net_sales_12m,
        cast(coalesce(members.profit_12m, 0) as decimal(38, 2)) as profit_12m,
        cast(coalesce(members.profit_prior_12m, 0) as decimal(38, 2)) as profit_prior_12m
    from work.tier_rule as rules
    left join members on rules.tier = members.value_tier
)

select
    $as_of as as_of,
    tier as value_tier,
    customers,
    cast(orders_12m as double) / 12 / nullif(cast(customers as double), 0) as purchases_per_month,
    money_per(net_sales_12m, orders_12m) as amount_per_purchase,
    profit_12m,
    profit_prior_12m,
    cast(profit_12m - profit_prior_12m as double)
        / nullif(abs(cast(profit_prior_12m as double)), 0) as profit_growth
from tiers
