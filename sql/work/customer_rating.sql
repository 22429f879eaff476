-- One row per customer: value score, and the place of the tier that it reaches.
--
-- The score is the weighted mean of percent ranks over all customers; what is missing for a customer
-- leaves its weight. A customer below every minimum is in the last tier.
-- Only buyers have a loyalty score.

with

customers as (
    select
        facts.customer_no,
        facts.profit_12m,
        facts.orders_12m,
        facts.net_sales_12m,
        case when interactions.is_supplied then facts.interactions_90d end as interactions_90d
    from work.supplied as interactions
    cross join work.customer_value as facts
    where interactions.table_name = 'interaction'
),

loyalty_ranks as (
    select
        customer_no,
        percent_rank() over (order by round(loyalty_score, 9)) as loyalty_score
    from work.customer_lifetime
),

satisfaction_ranks as (
    select
        customer_no,
        percent_rank() over (order by round(satisfaction, 9)) as satisfaction
    from work.satisfaction
    where satisfaction is not null
),

ranks as (
    select
        customer_no,
        percent_rank() over (order by profit_12m) as profit_12m,
        percent_rank() over (order by orders_12m) as orders_12m,
        percent_rank() over (order by net_sales_12m) as net_sales_12m,
        case
            when interactions_90d is not null then percent_rank() over (order by interactions_90d)
        end as interactions_90d
    from customers
),

weights as (
    select
        coalesce(max(case when dimension = 'profit_12m' then weight end), 0) as profit_12m,
        coalesce(max(case when dimension = 'orders_12m' then weight end), 0) as orders_12m,
        coalesce(max(case when dimension = 'net_sales_12m' then weight end), 0) as net_sales_12m,
        coalesce(max(case when dimension = 'loyalty_score' then weight end), 0) as loyalty_score,
        coalesce(max(case when dimension = 'interactions_90d' then weight end), 0) as interactions_90d,
        coalesce(max(case when dimension = 'satisfaction' then weight end), 0) as satisfaction
    from work.tier_weight
),

scores as (
    select
        ranks.customer_no,
        round(
            (
                cast(weights.profit_12m as double) * ranks.profit_12m
                + cast(weights.orders_12m as double) * ranks.orders_12m
                + cast(weights.net_sales_12m as double) * ranks.net_sales_12m
                + cast(weights.loyalty_score as double) * coalesce(loyalty_ranks.loyalty_score, 0)
                + cast(weights.interactions_90d as double) * coalesce(ranks.interactions_90d, 0)
                + cast(weights.satisfaction as double) * coalesce(satisfaction_ranks.satisfaction, 0)
            ) / cast(
                nullif(
                    weights.profit_12m
                    + weights.orders_12m
                    + weights.net_sales_12m
                    + case when loyalty_ranks.loyalty_score is null then 0 else weights.loyalty_score end
                    + case when ranks.interactions_90d is null then 0 else weights.interactions_90d end
                    + case when satisfaction_ranks.satisfaction is null then 0 else weights.satisfaction end,
                    0
                ) as double
            ),
            6
        ) as value_score
    from weights
    cross join ranks
    left join loyalty_ranks on ranks.customer_no = loyalty_ranks.customer_no
    left join satisfaction_ranks on ranks.customer_no = satisfaction_ranks.customer_no
),

tiers as (
    select
        place,
        cast(min_value_score as double) as min_value_score
    from work.tier_rule
),

last_tier as (
    select max(place) as place from work.tier_rule
),

reached as (
    select
        scores.customer_no,
        min(tiers.place) as place
    from tiers
    cross join scores
    where scores.value_score >= tiers.min_value_score
    group by scores.customer_no
)

select
    scores.customer_no,
    scores.value_score,
    coalesce(reached.place, last_tier.place) as tier_place
from last_tier
cross join scores
left join reached on scores.customer_no = reached.customer_no
