-- One row per value tier on as_of, every tier.
--
-- Membership and the running year come from the published profile (verified by itself); the year before is summed here.

with

tiers as (
    select tier from tier_rule
    union all
    select * from (values ('diamond'), ('high'), ('mid'), ('low')) as defaults
    where not exists (select 1 from tier_rule)
),

lines as (
    select customer_key, sum(coalesce(net_amount, 0) - coalesce(cost_amount, 0) - coalesce(shipping_amount, 0)) as amount
    from fct_sale
    cross join run
    where ordered_on > run.as_of - 730 and ordered_on <= run.as_of - 365
    group by customer_key
),

cases as (
    select
        customer_key,
        sum(coalesce(
            handling_cost,
            (select max(round(unit_cost, 2)) from cost_rate where driver = 'service_case'),
            0
        )) as amount
    from fct_service_case
    cross join run
    where
        cast(opened_at at time zone run.timezone as date) > run.as_of - 730
        and cast(opened_at at time zone run.timezone as date) <= run.as_of - 365
    group by customer_key
),

interactions as (
    select
        customer_key,
        round(
            coalesce((select max(unit_cost) from cost_rate where driver = 'interaction'), 0) * count(*), 2
        ) as amount
    from fct_interaction
    cross join run
    where
        cast(occurred_at at time zone run.timezone as date) > run.as_of - 730
        and cast(occurred_at at time zone run.timezone as date) <= run.as_of - 365
    group by customer_key
),

treatments as (
    select
        fct_campaign_touch.customer_key,
        cast(fct_campaign_touch.touched_at at time zone run.timezone as date) as day,
        cast(coalesce(dim_campaign.cost_amount, 0) * 100 as bigint) as cents,
        count(*) over (partition by fct_campaign_touch.campaign_id) as touches,
        row_number() over (
            partition by fct_campaign_touch.campaign_id
            order by fct_campaign_touch.touched_at, fct_campaign_touch.customer_key nulls last
        ) as place
    from fct_campaign_touch
    cross join run
    left join dim_campaign on dim_campaign.campaign_id = fct_campaign_touch.campaign_id
    where fct_campaign_touch.arm = 'treatment'
),

touches as (
    -- what is left over when the cents are shared is 0..touches-1, also of a negative cost
    select *, (cents % touches + touches) % touches as spare from treatments
),

promotion as (
    select
        touches.customer_key,
        cast(sum((cents - spare) // touches + case when place <= spare then 1 else 0 end) as decimal(30, 0)) * 0.01 as amount
    from touches
    cross join run
    where day > run.as_of - 730 and day <= run.as_of - 365
    group by touches.customer_key
),

members as (
    select
        customer_profile.*,
        coalesce(lines.amount, 0) - coalesce(cases.amount, 0)
        - coalesce(interactions.amount, 0) - coalesce(promotion.amount, 0) as profit_prior
    from customer_profile
    inner join run on run.as_of = customer_profile.as_of
    left join lines on lines.customer_key = customer_profile.customer_key
    left join cases on cases.customer_key = customer_profile.customer_key
    left join interactions on interactions.customer_key = customer_profile.customer_key
    left join promotion on promotion.customer_key = customer_profile.customer_key
),

sums as (
    select
        tiers.tier,
        count(members.customer_key) as customers,
        coalesce(sum(members.orders_12m), 0) as orders_12m,
        coalesce(sum(members.net_sales_12m), 0) as net_sales_12m,
        coalesce(sum(members.profit_12m), 0) as profit_12m,
        coalesce(sum(members.profit_prior), 0) as profit_prior_12m
    from tiers
    left join members on members.value_tier = tiers.tier
    group by tiers.tier
)

select
    run.as_of,
    sums.tier as value_tier,
    sums.customers,
    cast(sums.orders_12m as double) / 12 / nullif(sums.customers, 0) as purchases_per_month,
    money_per(sums.net_sales_12m, sums.orders_12m) as amount_per_purchase,
    sums.profit_12m,
    sums.profit_prior_12m,
    cast(sums.profit_12m - sums.profit_prior_12m as double)
    / cast(nullif(abs(sums.profit_prior_12m), 0) as double) as profit_growth
from sums
cross join run
