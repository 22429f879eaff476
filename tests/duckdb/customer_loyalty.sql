-- One row per buyer on as_of.
--
-- `lifetime` holds what the chosen model gives for each history from its published parameters (lifetime.py). Ranks and
-- bands start from the published digits, which are verified by themselves, so that no tie hangs on the last of them.

with

purchase_days as (
    select distinct customer_key, ordered_on from fct_sale
    where not is_return and customer_key is not null
),

gaps as (
    select
        customer_key,
        ordered_on - lag(ordered_on) over (partition by customer_key order by ordered_on) as gap
    from purchase_days
),

gap_sums as (
    select
        customer_key,
        avg(gap) as gap_mean,
        quantile_cont(cast(gap as double), 0.5) as gap_median,
        stddev_samp(gap) as gap_sd
    from gaps
    group by customer_key
),

orders as (
    select
        customer_key,
        count(distinct order_id) as orders,
        count(distinct ordered_on) as purchase_days,
        min(ordered_on) as first_on,
        max(ordered_on) as last_on
    from fct_sale
    where not is_return and customer_key is not null
    group by customer_key
),

buyers as (
    select
        orders.*,
        run.as_of,
        run.as_of - first_on as tenure_days,
        run.as_of - last_on as recency_days,
        gap_mean,
        gap_median,
        case when orders.purchase_days >= 3 then gap_sd / gap_mean end as gap_cv,
        last_on + cast(floor(gap_median + 0.5) as integer) as due_on,
        lifetime.p_alive as p_alive_unrounded,
        lifetime.orders_90d,
        lifetime.orders_365d,
        coalesce(published.p_alive, round(lifetime.p_alive, 9)) as p_alive,
        round(1 - coalesce(published.p_alive, round(lifetime.p_alive, 9)), 9) as churn,
        published.loyalty_score as published_score
    from orders
    cross join run
    left join gap_sums on gap_sums.customer_key = orders.customer_key
    left join lifetime
        on lifetime.purchase_days = orders.purchase_days
        and lifetime.span_days = last_on - first_on
        and lifetime.tenure_days = run.as_of - first_on
    left join published_loyalty as published on published.customer_key = orders.customer_key
),

ranked as (
    select customer_key, percent_rank() over (order by purchase_days) as place from buyers
    union all
    select customer_key, percent_rank() over (order by tenure_days) from buyers
    union all
    select customer_key, percent_rank() over (order by p_alive) from buyers where p_alive is not null
    union all
    select customer_key, percent_rank() over (order by -round(gap_cv, 9)) from buyers where gap_cv is not null
),

scores as (
    select customer_key, 100 * avg(place) as score from ranked group by customer_key
),

points as (
    select
        customer_key,
        sum(points) as balance,
        sum(case when kind = 'earn' and posted_on > run.as_of - 365 then points else 0 end) as earned,
        sum(case when kind = 'redeem' and posted_on > run.as_of - 365 then -points else 0 end) as redeemed
    from fct_points_entry
    cross join run
    group by customer_key
),

ledger as (
    select exists (select 1 from supplied where table_name = 'points_entry') as is_known
)

select
    buyers.as_of,
    buyers.customer_key,
    buyers.tenure_days,
    buyers.orders,
    buyers.purchase_days,
    buyers.purchase_days > 1 as is_repeat,
    buyers.gap_mean as interval_days_mean,
    buyers.gap_median as interval_days_median,
    buyers.gap_cv as interval_cv,
    buyers.due_on as next_purchase_due_on,
    case when buyers.due_on is not null then greatest(0, buyers.as_of - buyers.due_on) end as days_overdue,
    round(buyers.p_alive_unrounded, 9) as p_alive,
    buyers.p_alive_unrounded,
    buyers.churn as churn_probability,
    buyers.orders_90d as expected_orders_90d,
    buyers.orders_365d as expected_orders_365d,
    case when churn < 0.3 then 'low' when churn < 0.6 then 'medium' when churn >= 0.6 then 'high' end as churn_risk,
    round(scores.score, 6) as loyalty_score,
    scores.score as loyalty_score_unrounded,
    before.loyalty_score as loyalty_score_previous,
    case when ledger.is_known then coalesce(points.balance, 0) end as points_balance,
    case when ledger.is_known then coalesce(points.earned, 0) end as points_earned_12m,
    case when ledger.is_known then coalesce(points.redeemed, 0) end as points_redeemed_12m,
    case
        when coalesce(churn >= 0.6, false) or buyers.recency_days > 365 then 'win_back'
        when churn >= 0.3 then 'keep'
        when buyers.as_of > buyers.due_on then 'remind'
        when coalesce(buyers.published_score, round(scores.score, 6)) >= 75 then 'reward'
        else 'none'
    end as recommended_action
from buyers
cross join ledger
inner join scores on scores.customer_key = buyers.customer_key
left join previous_loyalty as before on before.customer_key = buyers.customer_key
left join points on points.customer_key = buyers.customer_key
