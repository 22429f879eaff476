-- One row per order line.
--
-- A customer that the master file does not have keeps the id under which it came. The goods of a line cost what the
-- catalogue says today; a product that is not in it leaves the cost unknown.

select
    line.order_id,
    line.line_no,
    coalesce(link.customer_key, line.source_system || '-' || line.source_customer_id) as customer_key,
    line.product_id,
    line.ordered_at,
    line.ordered_on,
    line.channel,
    line.region,
    line.city,
    line.sales_rep_id,
    line.campaign_id,
    line.quantity,
    line.gross_amount,
    cast(line.gross_amount - line.net_amount as decimal(18, 2)) as discount_amount,
    line.net_amount,
    cast(money_round(line.quantity * product.unit_cost) as decimal(18, 2)) as cost_amount,
    line.shipping_amount,
    line.is_return,
    $currency as currency,
    line.source_amount,
    line.source_name
from staging.sale as line
left join match.customer as link
    on line.source_system = link.source_system
    and line.source_customer_id = link.source_customer_id
left join staging.product as product
    on line.product_id = product.product_id
