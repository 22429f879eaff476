-- One row per product (0: unknown) and month with an order line.
--
-- A repeat buyer of a month is a customer who bought in it and by its end had bought on two days: everyone but those
-- who bought for the first time in it, on one day.

with

sales as (
    select
        product_no,
        month_no,
        sum(quantity) as units,
        sum(quantity) filter (where not is_return) as kept_units,
        sum(quantity) filter (where is_return) as returned_units,
        sum(net_amount) as net_sales,
        sum(cost_amount) as cost_of_goods
    from work.sale_line
    group by product_no, month_no
),

orders as (
    select
        product_no,
        month_no,
        count(*) as orders
    from work.sale_order_product
    group by product_no, month_no
),

customers as (
    select
        product_no,
        month_no,
        count(*) as customers
    from work.customer_product_month
    group by product_no, month_no
),

first_timers as (
    select
        product_no,
        first_month_no as month_no,
        count(*) as customers
    from work.customer_product
    where not repeats_in_first_month
    group by product_no, first_month_no
)

select
    sales.product_no,
    sales.month_no,
    cast(coalesce(sales.units, 0) as decimal(38, 3)) as units,
    cast(coalesce(sales.kept_units, 0) as decimal(38, 3)) as kept_units,
    cast(-coalesce(sales.returned_units, 0) as decimal(38, 3)) as returned_units,
    cast(coalesce(sales.net_sales, 0) as decimal(38, 2)) as net_sales,
    cast(coalesce(sales.cost_of_goods, 0) as decimal(38, 2)) as cost_of_goods,
    coalesce(orders.orders, 0) as orders,
    coalesce(customers.customers, 0) as customers,
    coalesce(customers.customers, 0) - coalesce(first_timers.customers, 0) as repeat_customers
from sales
left join orders on sales.product_no = orders.product_no and sales.month_no = orders.month_no
left join customers on sales.product_no = customers.product_no and sales.month_no = customers.month_no
left join first_timers
    on sales.product_no = first_timers.product_no and sales.month_no = first_timers.month_no
