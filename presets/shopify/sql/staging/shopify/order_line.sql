-- One row per order line, with its order.
--
-- Discounts are those allocated to the line; where none are, those that the line states itself. A line of an order
-- that the export does not have is dated by when it was exported.

with

allocated as (
    select
        line_id,
        sum(amount) as amount
    from raw.discount_allocations
    group by line_id
)

select
    line.line_id,
    line.order_id,
    line.product_id,
    orders.customer_id,
    orders.channel,
    credited.campaign_id,
    orders.region,
    orders.city,
    orders.staff_id,
    coalesce(orders.currency, $currency) as currency,
    coalesce(orders.test_order, false) as is_test,
    coalesce(orders.ordered_at, line.synced_at) as ordered_at,
    cast(local_timestamp(coalesce(orders.ordered_at, line.synced_at), $timezone) as date) as ordered_on,
    line.quantity,
    cast(money_round(line.price * line.quantity) as decimal(18, 2)) as gross_amount,
    cast(coalesce(allocated.amount, line.total_discount, 0) as decimal(18, 2)) as discount_amount,
    cast(money_round(cost.unit_cost * line.quantity) as decimal(18, 2)) as cost_amount
from raw.order_lines as line
left join raw.orders as orders
    on line.order_id = orders.order_id
left join staging.order_campaign as credited
    on line.order_id = credited.order_id
left join allocated
    on line.line_id = allocated.line_id
left join staging.variant_cost as cost
    on line.variant_id = cost.variant_id
