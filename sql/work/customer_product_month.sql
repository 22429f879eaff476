-- One row per known customer, product (0: unknown) and month with a line that is not a return.

select
    customer_no,
    product_no,
    month_no,
    min(ordered_on) as first_on,
    max(ordered_on) as last_on
from work.sale_line
where not is_return and customer_no > 0
group by customer_no, product_no, month_no
