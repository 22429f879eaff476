-- One row per series of 24 months and method, from the published back-test.

with

history as (
    select * from history_of('sale_fact')
),

scales as (
    select now.series, avg(abs(now.y - before.y)) as scale
    from history as now
    inner join history as before on before.series = now.series and before.place = now.place - 12
    where now.place <= now.n - 12
    group by now.series
),

errors as (
    select
        as_of,
        series,
        method,
        avg(abs(actual - mean)) as error,
        avg(coalesce(2 * abs(actual - mean) / nullif(abs(actual) + abs(mean), 0), 0)) as smape
    from published_forecast_backtest
    where as_of = (select as_of from run)
    group by all
),

measured as (
    select errors.*, error / nullif(scale, 0) as mase
    from errors
    left join scales on scales.series = errors.series
)

select
    as_of,
    series,
    method,
    mase,
    smape,
    row_number() over (
        partition by series order by case when mase is null then smape else mase end, method
    ) = 1 as chosen
from measured
