-- One row per day, from 1 January of the first sale's year to 31 December of the year after the logical date's.
--
-- A calendar month ends on its last day here, whether or not the logical date has reached it.

with

first_sale as (
    select min(ordered_on) as day from core.sale
),

days as (
    select
        unnest(
            generate_series(
                cast(date_trunc('year', day) as date),
                make_date(date_part('year', $as_of) + 1, 12, 31),
                interval '1 day'
            )
        ) as day
    from first_sale
    where day is not null
)

select
    day,
    date_part('year', day) as year,
    date_part('quarter', day) as quarter,
    to_char(day, '%Y-%m') as month,
    date_part('week', day) as iso_week,
    date_part('isodow', day) as weekday,
    date_part('isodow', day) >= 6 as is_weekend,
    cast(date_trunc('month', day) as date) as month_start,
    cast(date_trunc('month', day) + interval '1 month' - interval '1 day' as date) as month_end
from days
