-- One row per order, product (0: unknown) and month with a line that is not a return.

select
    order_id,
    product_no,
    month_no,
    max(ordered_on) as last_on
from work.sale_line
where not is_return
group by order_id, product_no, month_no
