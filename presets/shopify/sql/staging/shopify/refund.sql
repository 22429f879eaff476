-- One row per refunded order line.
--
-- A refund that the export does not have is dated by when its line was exported and taken to be in the currency of the
-- shop. Amounts in another currency are converted with the rate of the day; without any rate they stay unknown.

with

line as (
    select
        refund_line.*,
        order_line.product_id,
        order_line.customer_id,
        order_line.channel,
        order_line.region,
        order_line.city,
        coalesce(order_line.currency, orders.currency, $currency) as currency,
        coalesce(order_line.order_id, refund.order_id, 'refund-' || refund_line.refund_id) as order_id,
        coalesce(order_line.customer_id, orders.customer_id) as buyer_id,
        coalesce(refund.refunded_at, refund_line.synced_at) as refunded_at,
        cast(local_timestamp(coalesce(refund.refunded_at, refund_line.synced_at), $timezone) as date) as ordered_on
    from raw.refund_lines as refund_line
    left join staging.order_line as order_line
        on refund_line.line_id = order_line.line_id
    left join raw.refunds as refund
        on refund_line.refund_id = refund.refund_id
    left join raw.orders as orders
        on refund.order_id = orders.order_id
),

rated as (
    select
        line.*,
        case when line.currency = $currency then cast(1 as decimal(18, 6)) else rate.rate_to_base end as rate_to_base
    from line
    left join staging.daily_rate as rate
        on line.currency = rate.currency
        and line.ordered_on = rate.day
)

select
    'refund_lines' as source_name,
    order_id,
    refund_line_id as line_no,
    buyer_id as customer_id,
    product_id,
    refunded_at as ordered_at,
    ordered_on,
    channel,
    region,
    city,
    cast(-quantity as decimal(18, 3)) as quantity,
    cast(-money_round(subtotal * rate_to_base) as decimal(18, 2)) as net_amount,
    currency,
    subtotal as source_amount
from rated
