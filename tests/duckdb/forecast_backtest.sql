-- One row per series of 24 months, method and month of the last 12. What a fitted method expected is taken as it was
-- published; rows, actual sales and the seasonal naive forecast are made here.

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

lines as (
    select
        strftime(ordered_on, '%Y-%m') as month,
        case category when 'All' then '(All)' else coalesce(category, '(unknown)') end as category,
        case fct_sale.channel when 'All' then '(All)' else coalesce(fct_sale.channel, '(unknown)') end as channel,
        coalesce(net_amount, 0) as net_amount
    from fct_sale
    left join dim_product on dim_product.product_id = fct_sale.product_id
),

facts as (
    select 'total' as series, month, sum(net_amount) as value from lines group by all
    union all
    select 'category:' || category, month, sum(net_amount) from lines group by all
    union all
    select 'channel:' || channel, month, sum(net_amount) from lines group by all
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
