-- One row per day from 1 January of the first sale's year to 31 December of as_of's year + 1.
--
-- `month_end` is the calendar's: the days reach past as_of, where "as_of if earlier" would put an end before its start.

select
    cast(days.day as date) as day,
    year(days.day) as year,
    quarter(days.day) as quarter,
    strftime(days.day, '%Y-%m') as month,
    week(days.day) as iso_week,
    isodow(days.day) as weekday,
    isodow(days.day) >= 6 as is_weekend,
    cast(date_trunc('month', days.day) as date) as month_start,
    last_day(days.day) as month_end
from (
    select unnest(generate_series(
        cast(make_date(year((select min(ordered_on) from fct_sale)), 1, 1) as timestamp),
        cast(make_date(year(run.as_of) + 1, 12, 31) as timestamp),
        interval 1 day
    )) as day
    from run
) as days
