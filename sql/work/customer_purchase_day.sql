-- One row per known customer and purchase day, with the purchase days before and after it.
--
-- Columns ending in _no are months by number: first_no of the day itself; expired_no the first whose end is 365 days or
-- more later, so that the day is out of its twelve months; forgotten_no the first whose end is 730 days or more later, so
-- that it is out of the twelve before those too. Where that has not come yet it is the month after the last.

with

bounds as (
    select max(month_no) + 1 as next_month_no from work.month
),

days as (
    select
        customer_day.customer_no,
        customer_day.ordered_on,
        customer_day.month_no as first_no,
        cast(
            case
                when customer_day.ordered_on + 365 > $as_of then bounds.next_month_no
                else date_part('year', customer_day.ordered_on + 365) * 12
                    + date_part('month', customer_day.ordered_on + 365) - 1
            end as integer
        ) as expired_no,
        cast(
            case
                when customer_day.ordered_on + 730 > $as_of then bounds.next_month_no
                else date_part('year', customer_day.ordered_on + 730) * 12
                    + date_part('month', customer_day.ordered_on + 730) - 1
            end as integer
        ) as forgotten_no
    from bounds
    cross join work.customer_day as customer_day
    where customer_day.customer_no > 0 and customer_day.kept_lines > 0
)

select
    customer_no,
    ordered_on,
    first_no,
    expired_no,
    forgotten_no,
    lag(ordered_on) over (partition by customer_no order by ordered_on) as previous_on,
    lag(first_no) over (partition by customer_no order by ordered_on) as previous_first_no,
    lag(expired_no) over (partition by customer_no order by ordered_on) as previous_expired_no,
    lead(ordered_on) over (partition by customer_no order by ordered_on) as next_on,
    lead(first_no) over (partition by customer_no order by ordered_on) as next_first_no,
    lead(expired_no) over (partition by customer_no order by ordered_on) as next_expired_no
from days
