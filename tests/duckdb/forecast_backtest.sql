-- One row per series of 24 months, method and month of the last 12. What a fitted method expected is taken as it was
-- published; rows, actual sales and the seasonal naive forecast are made here.

with

history as (
    select * from history_of('sale_fact')
),

methods as (
    select 'seasonal_naive' as method
    union
    select method from published_forecast_backtest
)

select
    run.as_of,
    held.series,
    methods.method,
    held.month,
    held.y as actual,
    case when methods.method = 'seasonal_naive' then before.y else published.mean end as mean
from history as held
inner join history as before on before.series = held.series and before.place = held.place - 12
cross join methods
cross join run
left join published_forecast_backtest as published
    on published.series = held.series and published.method = methods.method and published.month = held.month
    and published.as_of = run.as_of
where held.n >= 24 and held.place > held.n - 12
    and (methods.method = 'seasonal_naive' or published.mean is not null)
