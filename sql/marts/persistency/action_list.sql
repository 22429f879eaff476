-- One row per list, rank and snapshot: whom to turn to, why, and what it is expected to bring.
--
-- Four lists are the recommended actions of customer_loyalty; who is neither to be kept nor to be won back is also on the
-- list cross_sell, with the first of the next best products. The expected value is gross profit:
--   keep: what 12 months would bring more if the customer were surely still one, clv_12m × churn / (1 − churn);
--   remind: the order that is due, expected_order_value × margin_rate × (1 − churn);
--   win_back: an order that is not to be expected, expected_order_value × margin_rate × churn;
--   reward: what there is to keep, clv_12m;
--   cross_sell: the confidence of the rule times the product's gross profit per order of the last 12 calendar months.
-- Greatest first, unknown last, then by customer.

with

buyers as (
    select
        loyalty.customer_key,
        loyalty.recommended_action,
        loyalty.churn_probability,
        loyalty.days_overdue,
        loyalty.loyalty_score,
        profile.recency_days,
        cast(lifetime.clv_12m as double) as clv_12m,
        cast(lifetime.expected_order_value as double) * lifetime.margin_rate as order_profit
    from marts.customer_loyalty as loyalty
    inner join marts.customer_profile as profile on loyalty.customer_key = profile.customer_key
    left join marts.customer_lifetime_value as lifetime on loyalty.customer_key = lifetime.customer_key
),

recommended as (
    select
        recommended_action as list,
        customer_key,
        case recommended_action
            when 'keep'
                then concat(cast(cast(floor(100 * churn_probability) as bigint) as varchar), ' % likely to be lost')
            when 'remind' then concat(cast(days_overdue as varchar), ' days overdue')
            when 'win_back' then concat(cast(recency_days as varchar), ' days since the last purchase')
            when 'reward' then concat('loyalty score ', cast(cast(floor(loyalty_score) as bigint) as varchar))
        end as reason,
        cast(null as varchar) as product_id,
        case recommended_action
            when 'keep' then clv_12m * churn_probability / (1 - churn_probability)
            when 'remind' then order_profit * (1 - churn_probability)
            when 'win_back' then order_profit * churn_probability
            when 'reward' then clv_12m
        end as expected_value
    from buyers
    where recommended_action <> 'none'
),

product_profits as (
    select
        product_id,
        sum(gross_profit) as gross_profit,
        sum(orders) as orders
    from marts.product_performance
    where month > to_char(date_trunc('month', $as_of) - interval '12 months', '%Y-%m')
        and month <= to_char($as_of, '%Y-%m')
    group by product_id
),

rules as (
    select
        affinity.antecedent,
        affinity.consequent,
        affinity.confidence
            * cast(product_profits.gross_profit as double)
            / nullif(cast(product_profits.orders as double), 0) as expected_value
    from marts.product_affinity as affinity
    left join product_profits on affinity.consequent = product_profits.product_id
    where affinity.level = 'product' and affinity.antecedent_items = 1
),

offered as (
    select
        'cross_sell' as list,
        buyers.customer_key,
        concat('goes with ', offers.because_of) as reason,
        offers.product_id,
        rules.expected_value
    from marts.next_best_product as offers
    inner join buyers on offers.customer_key = buyers.customer_key
    left join rules on offers.because_of = rules.antecedent and offers.product_id = rules.consequent
    where offers.rank = 1 and buyers.recommended_action not in ('keep', 'win_back')
),

listed as (
    select * from recommended
    union all
    select * from offered
),

valued as (
    select
        list,
        customer_key,
        reason,
        product_id,
        cast(round(expected_value, 2) as decimal(38, 2)) as expected_value
    from listed
)

select
    $as_of as as_of,
    valued.list,
    cast(
        row_number() over (
            partition by valued.list order by valued.expected_value desc nulls last, valued.customer_key
        ) as bigint
    ) as rank,
    valued.customer_key,
    valued.reason,
    valued.product_id,
    valued.expected_value,
    customers.owner_rep_id,
    customers.marketing_consent
from valued
inner join core.customer as customers on valued.customer_key = customers.customer_key
