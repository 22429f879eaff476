-- One row per order line of the web shop.
--
-- Amounts in another currency are converted line by line with the rate of the sale's day; without any rate they stay
-- unknown rather than being taken for yuan. A refund is a further line of its order.

with

line as (
    select
        *,
        cast(local_timestamp(ordered_at, $timezone) as date) as ordered_on
    from raw.shop_order_lines
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
    'shop_order_lines' as source_name,
    'shop' as source_system,
    customer_id as source_customer_id,
    order_id,
    line_no,
    product_id,
    ordered_at,
    ordered_on,
    channel,
    region,
    city,
    campaign_id,
    quantity,
    cast(money_round(gross_amount * rate_to_base) as decimal(18, 2)) as gross_amount,
    cast(money_round(net_amount * rate_to_base) as decimal(18, 2)) as net_amount,
    cast(money_round(shipping_amount * rate_to_base) as decimal(18, 2)) as shipping_amount,
    kind = 'refund' as is_return,
    currency,
    net_amount as source_amount
from rated
