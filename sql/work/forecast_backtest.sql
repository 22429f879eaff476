-- One row per series of 24 months or more, method and month of the last 12.
--
-- Each method sees the months before the last 12 and forecasts those. A method that cannot be fitted has no rows.

with

series as (
    select
        kind,
        series,
        max(months) as months,
        max(month_no) as last_no,
        array_agg(value order by month_no) as history
    from work.forecast_month
    where months >= 24 and place <= months - 12
    group by kind, series
),

methods as (
    select column1 as method
    from (values ('seasonal_naive'), ('ets'), ('theta'))
),

paths as (
    select
        series.kind,
        series.series,
        series.last_no,
        methods.method,
        forecast(series.history, methods.method, 12) as path
    from methods
    cross join series
),

steps as (
    select value as step
    from generate_series(1, 12)
)

select
    paths.kind,
    paths.series,
    paths.method,
    actuals.month_no,
    steps.step,
    actuals.value as actual,
    paths.path[steps.step]['mean'] as mean
from steps
cross join paths
inner join work.forecast_month as actuals
    on paths.kind = actuals.kind and paths.series = actuals.series and paths.last_no + steps.step = actuals.month_no
where paths.path is not null
