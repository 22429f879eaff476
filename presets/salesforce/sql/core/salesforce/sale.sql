-- One row per order.

select
    order_id,
    line_no,
    customer_key,
    ordered_on,
    region,
    city,
    sales_rep_id,
    net_amount as gross_amount,
    cast(0 as decimal(18, 2)) as discount_amount,
    net_amount,
    is_return,
    $currency as currency,
    source_amount,
    source_name
from staging.sale
