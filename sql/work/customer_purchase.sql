-- One row per customer with an order: purchase days and the days between them.
--
-- A purchase day is a day with a line that is not a return. The variance is that of a sample, from whole numbers.

with

days as (
    select
        customer_no,
        ordered_on,
        cast(
            ordered_on - lag(ordered_on) over (partition by customer_no order by ordered_on) as bigint
        ) as interval_days
    from work.customer_day
    where kept_lines > 0 and customer_no > 0
),

purchases as (
    select
        customer_no,
        min(ordered_on) as first_on,
        max(ordered_on) as last_on,
        count(*) as purchase_days,
        count(interval_days) as intervals,
        sum(interval_days) as interval_days,
        sum(interval_days * interval_days) as interval_days_squared,
        median(cast(interval_days as double)) as interval_days_median
    from days
    group by customer_no
)

select
    customer_no,
    first_on,
    last_on,
    purchase_days,
    cast($as_of - first_on as bigint) as tenure_days,
    cast($as_of - last_on as bigint) as recency_days,
    cast(last_on - first_on as bigint) as span_days,
    cast(interval_days as double) / nullif(cast(intervals as double), 0) as interval_days_mean,
    interval_days_median,
    case
        when intervals >= 2 then
            sqrt(
                cast(intervals * interval_days_squared - interval_days * interval_days as double)
                / cast(intervals * (intervals - 1) as double)
            ) / (cast(interval_days as double) / cast(intervals as double))
    end as interval_cv
from purchases
