-- One row per order line.
--
-- Some systems write what came back with a word, some with negative numbers, some with both. Without a list amount
-- the price before the discount is what was paid and the discount.

with

line as (
    select
        *,
        coalesce(kind in ('退货', '退款', '退单'), false) or paid_amount < 0 as is_return,
        coalesce(list_amount, paid_amount + coalesce(discount_amount, 0)) as gross_amount
    from raw.order_lines
)

select
    'order_lines' as source_name,
    'crm' as source_system,
    customer_id as source_customer_id,
    order_id,
    line_no,
    product_id,
    ordered_at,
    cast(local_timestamp(ordered_at, $timezone) as date) as ordered_on,
    channel,
    region,
    city,
    sales_rep_id,
    campaign_id,
    case when is_return then -abs(quantity) else quantity end as quantity,
    cast(case when is_return then -abs(gross_amount) else gross_amount end as decimal(18, 2)) as gross_amount,
    case when is_return then -abs(paid_amount) else paid_amount end as net_amount,
    shipping_amount,
    is_return,
    paid_amount as source_amount
from line
