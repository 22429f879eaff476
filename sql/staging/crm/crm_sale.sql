-- One row per order line of the CRM.
--
-- The CRM invoices in yuan only. A return has a number of its own and negative amounts.

select
    'crm_order_lines' as source_name,
    'crm' as source_system,
    line.customer_id as source_customer_id,
    line.order_no as order_id,
    line.line_no,
    line.product_id,
    line.ordered_at,
    cast(local_timestamp(line.ordered_at, $timezone) as date) as ordered_on,
    coalesce(channel.value, line.channel) as channel,
    coalesce(region.value, line.region) as region,
    line.city,
    line.sales_rep_id,
    line.campaign_id,
    line.quantity,
    line.list_amount as gross_amount,
    line.paid_amount as net_amount,
    line.shipping_amount,
    line.kind = '退货' as is_return,
    'CNY' as currency,
    line.paid_amount as source_amount
from raw.crm_order_lines as line
left join staging.word as channel
    on line.channel = channel.word
    and channel.topic = 'channel'
left join staging.word as region
    on line.region = region.word
    and region.topic = 'region'
