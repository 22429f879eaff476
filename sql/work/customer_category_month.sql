-- One row per customer (0: unknown), category and month with an order line.

select
    customer_no,
    category_no,
    month_no,
    sum(net_amount) as net_sales,
    sum(cost_amount) as cost_of_goods,
    sum(net_amount) filter (where not is_return) as kept_net_sales,
    count(*) filter (where not is_return) as kept_lines
from work.sale_line
group by customer_no, category_no, month_no
