-- One row per order line, and one per line that came back.

select
    order_id,
    line_no,
    customer_id as customer_key,
    product_id,
    ordered_at,
    ordered_on,
    channel,
    campaign_id,
    region,
    city,
    sales_rep_id,
    quantity,
    gross_amount,
    cast(gross_amount - net_amount as decimal(18, 2)) as discount_amount,
    net_amount,
    cost_amount,
    false as is_return,
    currency,
    source_amount,
    'order_lines' as source_name
from staging.sale

union all

select
    order_id,
    line_no,
    customer_id as customer_key,
    product_id,
    ordered_at,
    ordered_on,
    channel,
    cast(null as varchar) as campaign_id,
    region,
    city,
    cast(null as varchar) as sales_rep_id,
    quantity,
    net_amount as gross_amount,
    cast(0 as decimal(18, 2)) as discount_amount,
    net_amount,
    cast(null as decimal(18, 2)) as cost_amount,
    true as is_return,
    currency,
    source_amount,
    source_name
from staging.refund
