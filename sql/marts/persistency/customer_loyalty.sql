-- One row per customer with an order and snapshot.
--
-- What rests on the lifetime model is unknown while there are too few repeat buyers to fit one; points are unknown where
-- nobody supplies a ledger.

with

points as (
    select
        customer_key,
        sum(points) as balance,
        sum(points) filter (where kind = 'earn' and posted_on > $as_of - 365) as earned_12m,
        -sum(points) filter (where kind = 'redeem' and posted_on > $as_of - 365) as redeemed_12m
    from core.points_entry
    where customer_key is not null
    group by customer_key
),

earlier as (
    select customer_key, loyalty_score from previous.customer_loyalty
),

buyers as (
    select
        numbers.customer_key,
        lifetime.*,
        facts.orders,
        case
            when lifetime.next_purchase_due_on is not null
                then greatest(cast($as_of - lifetime.next_purchase_due_on as bigint), 0)
        end as days_overdue,
        case when ledger.is_supplied then coalesce(points.balance, 0) end as points_balance,
        case when ledger.is_supplied then coalesce(points.earned_12m, 0) end as points_earned_12m,
        case when ledger.is_supplied then coalesce(points.redeemed_12m, 0) end as points_redeemed_12m
    from work.supplied as ledger
    cross join work.customer_lifetime as lifetime
    inner join work.customer_value as facts on lifetime.customer_no = facts.customer_no
    inner join work.customer_number as numbers on lifetime.customer_no = numbers.customer_no
    left join points on numbers.customer_key = points.customer_key
    where ledger.table_name = 'points_entry'
)

select
    $as_of as as_of,
    buyers.customer_key,
    buyers.tenure_days,
    buyers.orders,
    buyers.purchase_days,
    buyers.purchase_days >= 2 as is_repeat,
    buyers.interval_days_mean,
    buyers.interval_days_median,
    buyers.interval_cv,
    buyers.next_purchase_due_on,
    buyers.days_overdue,
    buyers.p_alive,
    buyers.churn_probability,
    buyers.expected_orders_90d,
    buyers.expected_orders_365d,
    case
        when buyers.churn_probability < cast(0.3 as double) then 'low'
        when buyers.churn_probability < cast(0.6 as double) then 'medium'
        when buyers.churn_probability >= cast(0.6 as double) then 'high'
    end as churn_risk,
    buyers.loyalty_score,
    earlier.loyalty_score as loyalty_score_previous,
    buyers.points_balance,
    buyers.points_earned_12m,
    buyers.points_redeemed_12m,
    case
        when buyers.churn_probability >= cast(0.6 as double) or buyers.recency_days > 365 then 'win_back'
        when buyers.churn_probability >= cast(0.3 as double) then 'keep'
        when buyers.days_overdue > 0 then 'remind'
        when buyers.loyalty_score >= 75 then 'reward'
        else 'none'
    end as recommended_action
from buyers
left join earlier on buyers.customer_key = earlier.customer_key
