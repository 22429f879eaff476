-- One row per calendar month from the first fact to the logical date.
--
-- Two days are taken off the first time stamps because their day in the pipeline's zone may be earlier.

with

first_days as (
    select min(ordered_on) as day from core.sale
    union all
    select cast(min(opened_at) as date) - 2 as day from core.service_case
    union all
    select cast(min(occurred_at) as date) - 2 as day from core.interaction
    union all
    select cast(min(touched_at) as date) - 2 as day from core.campaign_touch
),

bounds as (
    select
        cast(date_trunc('month', least(min(day), $as_of)) as date) as first_month,
        cast(date_trunc('month', $as_of) as date) as last_month
    from first_days
),

months as (
    select unnest(generate_series(first_month, last_month, interval '1 month')) as month_start
    from bounds
)

select
    cast(date_part('year', month_start) * 12 + date_part('month', month_start) - 1 as integer) as month_no,
    to_char(month_start, '%Y-%m') as month,
    month_start,
    least(cast(month_start + interval '1 month' - interval '1 day' as date), $as_of) as month_end
from months
