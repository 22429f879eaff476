-- One row per known customer and month with an order.
--
-- is_plain: everything was bought in one channel and one region, so that the customer counts once
-- in every slice that holds these.

select
    customer_no,
    month_no,
    min(channel_no) as channel_no,
    min(region_no) as region_no,
    min(channel_no) = max(channel_no) and min(region_no) = max(region_no) as is_plain
from work.sale_cell_customer
group by customer_no, month_no
