-- One row per series of 12 months or more and month of the 12 after the last complete one.
--
-- By the method with the least error in the back-test; without one, and where it cannot be fitted to all months, by the
-- same months of the year before.

with

series as (
    select
        kind,
        series,
        max(month_no) as last_no,
        array_agg(value order by month_no) as history
    from work.forecast_month
    where months >= 12
    group by kind, series
),

chosen as (
    select
        series.kind,
        series.series,
        series.last_no,
        series.history,
        coalesce(accuracy.method, 'seasonal_naive') as method
    from series
    left join work.forecast_accuracy as accuracy
        on series.kind = accuracy.kind and series.series = accuracy.series and accuracy.place = 1
),

fitted as (
    select
        kind,
        series,
        last_no,
        history,
        method,
        forecast(history, method, 12) as path
    from chosen
),

paths as (
    select
        kind,
        series,
        last_no,
        case when path is null then 'seasonal_naive' else method end as method,
        case when path is null then forecast(history, 'seasonal_naive', 12) else path end as path
    from fitted
),

steps as (
    select value as step
    from generate_series(1, 12)
),

ahead as (
    select
        paths.kind,
        paths.series,
        paths.method,
        cast(paths.last_no + steps.step as bigint) as month_no,
        paths.path[steps.step] as step
    from steps
    cross join paths
    where paths.path is not null
)

select
    kind,
    series,
    method,
    concat(lpad(cast(month_no / 12 as varchar), 4, '0'), '-', lpad(cast(month_no % 12 + 1 as varchar), 2, '0')) as month,
    step['mean'] as mean,
    step['lower_80'] as lower_80,
    step['upper_80'] as upper_80,
    step['lower_95'] as lower_95,
    step['upper_95'] as upper_95
from ahead
