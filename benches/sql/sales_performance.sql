-- One row per month, category, channel and region with a line.

with

cells as (
    select
        cast(month || '-01' as date) as month_start,
        * exclude (month, rolled_up),
        net_sales - cost_of_goods as gross_profit
    from sales_cell
    where rolled_up = 0
),

company as (
    select month_start, sum(net_sales) as month_sales, min(month_start) over () as first_month
    from cells
    group by month_start
),

compared as (
    select
        cells.*,
        company.month_sales,
        case
            when cells.month_start - interval 1 month >= company.first_month then coalesce(month_before.net_sales, 0)
        end as net_sales_previous_month,
        case
            when cells.month_start - interval 12 month >= company.first_month then coalesce(year_before.net_sales, 0)
        end as net_sales_previous_year,
        case
            when cells.month_start - interval 11 month >= company.first_month
                then sum(cells.net_sales) over (
                    partition by cells.category, cells.channel, cells.region
                    order by cells.month_start
                    range between interval 11 month preceding and current row
                )
        end as net_sales_rolling_12m
    from cells
    inner join company on company.month_start = cells.month_start
    left join cells as month_before
        on month_before.month_start = cells.month_start - interval 1 month
        and month_before.category = cells.category
        and month_before.channel = cells.channel
        and month_before.region = cells.region
    left join cells as year_before
        on year_before.month_start = cells.month_start - interval 12 month
        and year_before.category = cells.category
        and year_before.channel = cells.channel
        and year_before.region = cells.region
)

select
    strftime(month_start, '%Y-%m') as month,
    category,
    channel,
    region,
    orders,
    customers,
    units,
    gross_sales,
    discounts,
    net_sales,
    cost_of_goods,
    gross_profit,
    cast(gross_profit as double) / cast(nullif(net_sales, 0) as double) as margin_rate,
    money_per(net_sales, orders) as average_order_value,
    net_sales_previous_month,
    net_sales_previous_year,
    cast(net_sales - net_sales_previous_month as double)
    / cast(nullif(abs(net_sales_previous_month), 0) as double) as growth_mom,
    cast(net_sales - net_sales_previous_year as double)
    / cast(nullif(abs(net_sales_previous_year), 0) as double) as growth_yoy,
    net_sales_rolling_12m,
    cast(net_sales as double) / cast(nullif(month_sales, 0) as double) as share_of_month
from compared
