-- One row per order, month, category, channel and region with a line that is not a return.

select distinct
    order_id,
    month_no,
    category_no,
    channel_no,
    region_no
from work.sale_line
where not is_return
