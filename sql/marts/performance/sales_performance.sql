-- One row per month, category, channel and region with an order line.
--
-- The month before and the year before are zero where the cell sold nothing, and unknown before the
-- company's first month of sales; the sum of twelve months is unknown until there were twelve.

with

first_sale as (
    select min(month_no) as month_no from work.sale_cell
),

cells as (
    select
        month_no,
        category_no,
        channel_no,
        region_no,
        orders,
        customers,
        units,
        gross_sales,
        discounts,
        net_sales,
        cost_of_goods,
        cast(net_sales - cost_of_goods as decimal(38, 2)) as gross_profit
    from work.sale_cube
    where category_no >= 0 and channel_no >= 0 and region_no >= 0
),

compared as (
    select
        cells.*,
        case
            when cells.month_no - 1 >= first_sale.month_no
                then cast(
                    coalesce(
                        sum(cells.net_sales) over (
                            partition by cells.category_no, cells.channel_no, cells.region_no
                            order by cells.month_no
                            range between 1 preceding and 1 preceding
                        ),
                        0
                    ) as decimal(38, 2)
                )
        end as net_sales_previous_month,
        case
            when cells.month_no - 12 >= first_sale.month_no
                then cast(
                    coalesce(
                        sum(cells.net_sales) over (
                            partition by cells.category_no, cells.channel_no, cells.region_no
                            order by cells.month_no
                            range between 12 preceding and 12 preceding
                        ),
                        0
                    ) as decimal(38, 2)
                )
        end as net_sales_previous_year,
        case
            when cells.month_no - 11 >= first_sale.month_no
                then cast(
                    sum(cells.net_sales) over (
                        partition by cells.category_no, cells.channel_no, cells.region_no
                        order by cells.month_no
                        range between 11 preceding and current row
                    ) as decimal(38, 2)
                )
        end as net_sales_rolling_12m,
        sum(cells.net_sales) over (partition by cells.month_no) as net_sales_month
    from first_sale
    cross join cells
)

select
    months.month,
    categories.label as category,
    channels.label as channel,
    regions.label as region,
    compared.orders,
    compared.customers,
    compared.units,
    compared.gross_sales,
    compared.discounts,
    compared.net_sales,
    compared.cost_of_goods,
    compared.gross_profit,
    cast(compared.gross_profit as double) / nullif(cast(compared.net_sales as double), 0) as margin_rate,
    money_per(compared.net_sales, compared.orders) as average_order_value,
    compared.net_sales_previous_month,
    compared.net_sales_previous_year,
    cast(compared.net_sales - compared.net_sales_previous_month as double)
        / nullif(abs(cast(compared.net_sales_previous_month as double)), 0) as growth_mom,
    cast(compared.net_sales - compared.net_sales_previous_year as double)
        / nullif(abs(cast(compared.net_sales_previous_year as double)), 0) as growth_yoy,
    compared.net_sales_rolling_12m,
    cast(compared.net_sales as double) / nullif(cast(compared.net_sales_month as double), 0) as share_of_month
from compared
inner join work.month as months on compared.month_no = months.month_no
inner join work.sale_label as categories
    on categories.dimension = 'category' and compared.category_no = categories.number
inner join work.sale_label as channels
    on channels.dimension = 'channel' and compared.channel_no = channels.number
inner join work.sale_label as regions
    on regions.dimension = 'region' and compared.region_no = regions.number
