-- One row per month, customer and product category with a line.

select
    month,
    coalesce(customer_key, '(unknown)') as customer_key,
    case category when 'All' then '(All)' else coalesce(category, '(unknown)') end as category,
    coalesce(sum(net_amount), 0) as net_sales,
    coalesce(sum(cost_amount), 0) as cost_of_goods,
    coalesce(sum(net_amount), 0) - coalesce(sum(cost_amount), 0) as gross_profit
from line
group by 1, 2, 3
