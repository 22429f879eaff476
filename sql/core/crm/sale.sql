-- One row per order line of either system.
--
-- A customer that no system has a record of keeps the id under which it came. The goods of a line cost what the
-- catalogue says today; a product that is in none leaves the cost unknown.

with

line as (
    select
        source_name,
        source_system,
        source_customer_id,
        order_id,
        line_no,
        product_id,
        ordered_at,
        ordered_on,
        channel,
        region,
        city,
        sales_rep_id,
        campaign_id,
        quantity,
        gross_amount,
        net_amount,
        shipping_amount,
        is_return,
        currency,
        source_amount
    from staging.crm_sale

    union all

    select
        source_name,
        source_system,
        source_customer_id,
        order_id,
        line_no,
        product_id,
        ordered_at,
        ordered_on,
        channel,
        region,
        city,
        cast(null as varchar) as sales_rep_id,
        campaign_id,
        quantity,
        gross_amount,
        net_amount,
        shipping_amount,
        is_return,
        currency,
        source_amount
    from staging.shop_sale
)

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
    line.currency,
    line.source_amount,
    line.source_name
from line
left join match.customer as link
    on line.source_system = link.source_system
    and line.source_customer_id = link.source_customer_id
left join staging.product as product
    on line.product_id = product.product_id
