-- One row per month, category, channel and region with an order line.

select
    month_no,
    category_no,
    channel_no,
    region_no,
    sum(quantity) as units,
    sum(gross_amount) as gross_sales,
    sum(discount_amount) as discounts,
    sum(net_amount) as net_sales,
    sum(cost_amount) as cost_of_goods
from work.sale_line
group by month_no, category_no, channel_no, region_no
