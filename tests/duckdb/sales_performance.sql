-- One row per month, category, channel and region with a line.

with

cells as (
    select
        date_trunc('month', fct_sale.ordered_on) as month_start,
        case dim_product.category when 'All' then '(All)' else coalesce(dim_product.category, '(unknown)') end as category,
        case fct_sale.channel when 'All' then '(All)' else coalesce(fct_sale.channel, '(unknown)') end as channel,
        case fct_sale.region when 'All' then '(All)' else coalesce(fct_sale.region, '(unknown)') end as region,
        count(distinct fct_sale.order_id) filter (where not fct_sale.is_return) as orders,
        count(distinct fct_sale.customer_key) filter (where not fct_sale.is_return) as customers,
        coalesce(sum(fct_sale.quantity), 0) as units,
        coalesce(sum(fct_sale.gross_amount), 0) as gross_sales,
        coalesce(sum(fct_sale.discount_amount), 0) as discounts,
        coalesce(sum(fct_sale.net_amount), 0) as net_sales,
        coalesce(sum(fct_sale.cost_amount), 0) as cost_of_goods,
        coalesce(sum(fct_sale.net_amount), 0) - coalesce(sum(fct_sale.cost_amount), 0) as gross_profit
    from fct_sale
    left join dim_product on dim_product.product_id = fct_sale.product_id
    group by 1, 2, 3, 4
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
