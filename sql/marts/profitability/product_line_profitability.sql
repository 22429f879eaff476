-- One row per month, customer and category with an order line.

select
    months.month,
    customers.customer_key,
    categories.label as category,
    cast(coalesce(facts.net_sales, 0) as decimal(38, 2)) as net_sales,
    cast(coalesce(facts.cost_of_goods, 0) as decimal(38, 2)) as cost_of_goods,
    cast(coalesce(facts.net_sales, 0) - coalesce(facts.cost_of_goods, 0) as decimal(38, 2)) as gross_profit
from work.customer_category_month as facts
inner join work.month as months on facts.month_no = months.month_no
inner join work.sale_label as categories
    on categories.dimension = 'category' and facts.category_no = categories.number
inner join work.customer_number as customers on facts.customer_no = customers.customer_no
