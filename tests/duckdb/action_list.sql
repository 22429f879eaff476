-- One row per list and rank, from the published marts that are verified by themselves.

with

people as (
    select
        l.*,
        p.recency_days,
        v.clv_12m,
        v.expected_order_value * v.margin_rate as order_profit
    from published_customer_loyalty as l
    inner join published_customer_profile as p on p.as_of = l.as_of and p.customer_key = l.customer_key
    left join published_customer_lifetime_value as v on v.as_of = l.as_of and v.customer_key = l.customer_key
    where l.as_of = (select as_of from run)
),

profits as (
    select product_id, cast(sum(gross_profit) as double) / nullif(cast(sum(orders) as double), 0) as per_order
    from published_product_performance
    cross join run
    where month between strftime(run.as_of - interval 11 months, '%Y-%m') and strftime(run.as_of, '%Y-%m')
    group by product_id
),

listed as (
    select 'keep' as list, customer_key, cast(cast(floor(100 * churn_probability) as bigint) as varchar) || ' % likely to be lost' as reason,
        null as product_id, cast(clv_12m as double) * churn_probability / (1 - churn_probability) as value
    from people where recommended_action = 'keep'
    union all
    select 'remind', customer_key, days_overdue || ' days overdue', null, order_profit * (1 - churn_probability)
    from people where recommended_action = 'remind'
    union all
    select 'win_back', customer_key, recency_days || ' days since the last purchase', null, order_profit * churn_probability
    from people where recommended_action = 'win_back'
    union all
    select 'reward', customer_key, 'loyalty score ' || cast(floor(loyalty_score) as bigint), null, clv_12m
    from people where recommended_action = 'reward'
    union all
    select 'cross_sell', people.customer_key, 'goes with ' || n.because_of, n.product_id, a.confidence * profits.per_order
    from published_next_best_product as n
    inner join people on people.customer_key = n.customer_key and people.as_of = n.as_of
    left join published_product_affinity as a
        on a.as_of = n.as_of and a.level = 'product' and a.antecedent_items = 1 and a.antecedent = n.because_of and a.consequent = n.product_id
    left join profits on profits.product_id = n.product_id
    where n.rank = 1 and people.recommended_action in ('remind', 'reward', 'none')
),

valued as (select list, customer_key, reason, product_id, cast(round(value, 2) as decimal(38, 2)) as expected_value from listed)

select
    run.as_of,
    valued.list,
    row_number() over (partition by valued.list order by valued.expected_value desc nulls last, valued.customer_key) as rank,
    valued.customer_key,
    valued.reason,
    valued.product_id,
    valued.expected_value,
    dim_customer.owner_rep_id,
    dim_customer.marketing_consent
from valued
inner join dim_customer on dim_customer.customer_key = valued.customer_key
cross join run
