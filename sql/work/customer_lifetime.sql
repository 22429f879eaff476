-- One row per customer with an order: purchase cycle, chance to be alive, expected orders, loyalty.
--
-- The loyalty score is the mean of percent ranks among buyers; what is missing for a buyer is left out of the mean.

with

alive as (
    select
        purchases.customer_no,
        purchases.purchase_days,
        purchases.tenure_days,
        purchases.recency_days,
        purchases.last_on,
        purchases.interval_days_mean,
        purchases.interval_days_median,
        purchases.interval_cv,
        case $lifetime_model
            when 'mbg_nbd' then mbg_nbd_p_alive(
                fits.mbg_nbd,
                purchases.purchase_days - 1,
                cast(purchases.span_days as double) / 7,
                cast(purchases.tenure_days as double) / 7
            )
            when 'bg_nbd' then bg_nbd_p_alive(
                fits.bg_nbd,
                purchases.purchase_days - 1,
                cast(purchases.span_days as double) / 7,
                cast(purchases.tenure_days as double) / 7
            )
            when 'pareto_nbd' then pareto_nbd_p_alive(
                fits.pareto_nbd,
                purchases.purchase_days - 1,
                cast(purchases.span_days as double) / 7,
                cast(purchases.tenure_days as double) / 7
            )
        end as p_alive
    from work.lifetime_fit as fits
    cross join work.customer_purchase as purchases
),

buyers as (
    select
        alive.customer_no,
        alive.purchase_days,
        alive.tenure_days,
        alive.recency_days,
        alive.last_on,
        alive.interval_days_mean,
        alive.interval_days_median,
        alive.interval_cv,
        round(alive.p_alive, 9) as p_alive,
        alive.p_alive * coalesce(outlook.orders_90d, 0) as expected_orders_90d,
        alive.p_alive * coalesce(outlook.orders_365d, 0) as expected_orders_365d,
        alive.p_alive * coalesce(outlook.discounted_12m, 0) as discounted_orders_12m,
        alive.p_alive * coalesce(outlook.discounted_36m, 0) as discounted_orders_36m
    from alive
    inner join work.lifetime_outlook as outlook
        on alive.purchase_days = outlook.purchase_days and alive.tenure_days = outlook.tenure_days
),

ranks as (
    select
        customer_no,
        percent_rank() over (order by purchase_days) as purchase_days,
        percent_rank() over (order by tenure_days) as tenure_days,
        case when p_alive is not null then percent_rank() over (order by p_alive) end as p_alive
    from buyers
),

regularity_ranks as (
    select
        customer_no,
        percent_rank() over (order by round(interval_cv, 9) desc) as regularity
    from buyers
    where interval_cv is not null
)

select
    buyers.customer_no,
    buyers.purchase_days,
    buyers.tenure_days,
    buyers.recency_days,
    buyers.interval_days_mean,
    buyers.interval_days_median,
    buyers.interval_cv,
    buyers.last_on + cast(floor(buyers.interval_days_median + cast(0.5 as double)) as integer) as next_purchase_due_on,
    buyers.p_alive,
    round(1 - buyers.p_alive, 9) as churn_probability,
    buyers.expected_orders_90d,
    buyers.expected_orders_365d,
    buyers.discounted_orders_12m,
    buyers.discounted_orders_36m,
    round(
        100 * (
            ranks.purchase_days
            + ranks.tenure_days
            + coalesce(ranks.p_alive, 0)
            + coalesce(regularity_ranks.regularity, 0)
        ) / (
            2
            + case when ranks.p_alive is null then 0 else 1 end
            + case when regularity_ranks.regularity is null then 0 else 1 end
        ),
        6
    ) as loyalty_score
from buyers
inner join ranks on buyers.customer_no = ranks.customer_no
left join regularity_ranks on buyers.customer_no = regularity_ranks.customer_no
