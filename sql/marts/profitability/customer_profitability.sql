-- One row per month and customer with an order line, a service case, an interaction or a treatment touch.
--
-- A customer without positive net sales in the month bears no overhead.
-- Joins start from the smaller table: it is the one that is held in memory.

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
    from work.customer_overhead as overheads
    right join work.customer_month as customer_month
        on overheads.month_no = customer_month.month_no
        and overheads.customer_no = customer_month.customer_no
),

named as (
    select
        customers.customer_key,
        waterfall.*
    from work.customer_number as customers
    inner join waterfall on customers.customer_no = waterfall.customer_no
)

select
    months.month,
    named.customer_key,
    named.gross_sales,
    named.discounts,
    named.net_sales,
    named.returns,
    named.cost_of_goods,
    cast(named.net_sales - named.cost_of_goods as decimal(38, 2)) as gross_profit,
    named.shipping,
    named.service_cost,
    named.promotion_cost,
    cast(named.contribution as decimal(38, 2)) as contribution,
    cast(named.overhead as decimal(38, 2)) as overhead,
    cast(named.contribution - named.overhead as decimal(38, 2)) as net_profit
from work.month as months
inner join named on months.month_no = named.month_no
