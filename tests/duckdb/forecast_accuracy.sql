-- One row per series of 24 months and method, from the published back-test.

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
