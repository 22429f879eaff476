-- One row per series of customers and month of the 12 after the last complete one, from the published trend. The method
-- is taken as it was published, for the back-test of customers is not; the seasonal naive forecast is made here.

with

history as (
    select * from history_of('customer_fact')
),

chosen as (
    select distinct series, method
    from published_customer_forecast
    where as_of = (select as_of from run)
),

spread as (
    select now.series, sqrt(avg((now.y - before.y) ** 2)) as rms
    from history as now
    inner join history as before on before.series = now.series and before.place = now.place - 12
    group by now.series
),

ahead as (
    select
        history.series,
        strftime(cast(history.month || '-01' as date) + interval 12 months, '%Y-%m') as month,
        coalesce(chosen.method, 'seasonal_naive') as method,
        history.y,
        spread.rms
    from history
    left join chosen on chosen.series = history.series
    left join spread on spread.series = history.series
    where history.n >= 12 and history.place > history.n - 12
)

select
    run.as_of,
    ahead.series,
    ahead.month,
    ahead.method,
    case ahead.method when 'seasonal_naive' then ahead.y else published.mean end as mean,
    case ahead.method when 'seasonal_naive' then ahead.y - 1.2815515655446004 * rms else published.lower_80 end as lower_80,
    case ahead.method when 'seasonal_naive' then ahead.y + 1.2815515655446004 * rms else published.upper_80 end as upper_80,
    case ahead.method when 'seasonal_naive' then ahead.y - 1.959963984540054 * rms else published.lower_95 end as lower_95,
    case ahead.method when 'seasonal_naive' then ahead.y + 1.959963984540054 * rms else published.upper_95 end as upper_95
from ahead
cross join run
left join published_customer_forecast as published
    on published.as_of = run.as_of and published.series = ahead.series and published.month = ahead.month
