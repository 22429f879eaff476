-- One row per month and customer with an order line, a service case, an interaction or a treatment touch.
--
-- A customer without positive net sales in the month bears no overhead.

with

waterfall as (
    select
        customer_month.*,
        customer_month.net_sales
            - customer_month.cost_of_goods
            - customer_month.shipping
            - customer_month.service_cost
            - customer_month.promotion_cost as contribution,
        coalesce(overheads.overhead, 0) as overhead
    from work.customer_month as customer_month
    left join work.customer_overhead as overheads
        on customer_month.month_no = overheads.month_no
        and customer_month.customer_no = overheads.customer_no
)

select
    months.month,
    customers.customer_key,
    waterfall.gross_sales,
    waterfall.discounts,
    waterfall.net_sales,
    waterfall.returns,
    waterfall.cost_of_goods,
    cast(waterfall.net_sales - waterfall.cost_of_goods as decimal(38, 2)) as gross_profit,
    waterfall.shipping,
    waterfall.service_cost,
    waterfall.promotion_cost,
    cast(waterfall.contribution as decimal(38, 2)) as contribution,
    cast(waterfall.overhead as decimal(38, 2)) as overhead,
    cast(waterfall.contribution - waterfall.overhead as decimal(38, 2)) as net_profit
from waterfall
inner join work.month as months on waterfall.month_no = months.month_no
inner join work.customer_number as customers on waterfall.customer_no = customers.customer_no
