-- One row per series of customers and month of the 12 after the last complete one, from the published trend. The method
-- is taken as it was published, for the back-test of customers is not; the seasonal naive forecast is made here.

with

months as (
    select strftime(month_start, '%Y-%m') as month, row_number() over (order by month_start) as month_no
    from (
        select unnest(generate_series(
            date_trunc('month', (select min(ordered_on) from fct_sale)), date_trunc('month', as_of), interval 1 month
        )) as month_start, as_of
        from run
    ) as starts
    -- the last month counts on its last day only
    where month_start + interval 1 month - interval 1 day <= as_of
),

facts as (
    select 'new_customers' as series, month, new_customers as value
    from published_customer_base_trend
    where segment_kind = 'all'
    union all
    select 'active', month, active
    from published_customer_base_trend
    where segment_kind = 'all'
),

history as (
    select
        starts.series,
        months.month,
        months.month_no,
        row_number() over (partition by starts.series order by months.month) as place,
        count(*) over (partition by starts.series) as n,
        coalesce(cast(facts.value as double), 0) as y
    from (select series, min(month) as first_month from facts group by series) as starts
    inner join months on months.month >= starts.first_month
    left join facts on facts.series = starts.series and facts.month = months.month
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
