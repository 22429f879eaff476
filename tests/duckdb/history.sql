-- What is forecast, month by month: views for the queries of forecasts.

create view complete_month as
select strftime(month_start, '%Y-%m') as month, row_number() over (order by month_start) as month_no
from (
    select unnest(generate_series(
        date_trunc('month', (select min(ordered_on) from fct_sale)), date_trunc('month', as_of), interval 1 month
    )) as month_start, as_of
    from run
) as starts
-- the last month counts on its last day only
where month_start + interval 1 month - interval 1 day <= as_of;

create view sale_fact as
with lines as (
    select
        strftime(ordered_on, '%Y-%m') as month,
        case category when 'All' then '(All)' else coalesce(category, '(unknown)') end as category,
        case fct_sale.channel when 'All' then '(All)' else coalesce(fct_sale.channel, '(unknown)') end as channel,
        coalesce(net_amount, 0) as net_amount
    from fct_sale
    left join dim_product on dim_product.product_id = fct_sale.product_id
)
select 'total' as series, month, sum(net_amount) as value from lines group by all
union all
select 'category:' || category, month, sum(net_amount) from lines group by all
union all
select 'channel:' || channel, month, sum(net_amount) from lines group by all;

create view customer_fact as
select 'new_customers' as series, month, new_customers as value
from published_customer_base_trend
where segment_kind = 'all'
union all
select 'active', month, active
from published_customer_base_trend
where segment_kind = 'all';

-- One row per series and complete month since its first: place of n.
create macro history_of(facts) as table
select
    starts.series,
    complete_month.month,
    complete_month.month_no,
    row_number() over (partition by starts.series order by complete_month.month) as place,
    count(*) over (partition by starts.series) as n,
    coalesce(cast(fact.value as double), 0) as y
from (select series, min(month) as first_month from query_table(facts) group by series) as starts
inner join complete_month on complete_month.month >= starts.first_month
left join query_table(facts) as fact on fact.series = starts.series and fact.month = complete_month.month;

-- By which method each series is forecast.
create view sale_method as
select series, method
from published_forecast_accuracy
where chosen and as_of = (select as_of from run);

create view customer_method as
select distinct series, method
from published_customer_forecast
where as_of = (select as_of from run);

-- One row per series of 12 months and month of the 12 after the last complete one: the seasonal naive forecast is made
-- here, that of a fitted method is taken as it was published.
create macro forecast_of(facts, methods, forecasts) as table
with

history as (
    select * from history_of(facts)
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
    left join query_table(methods) as chosen on chosen.series = history.series
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
left join query_table(forecasts) as published
    on published.as_of = run.as_of and published.series = ahead.series and published.month = ahead.month;
