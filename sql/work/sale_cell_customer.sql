-- One row per known customer, month, category, channel and region with a line that is not a return.

select distinct
    customer_no,
    month_no,
    category_no,
    channel_no,
    region_no
from work.sale_line
where not is_return and customer_no > 0
