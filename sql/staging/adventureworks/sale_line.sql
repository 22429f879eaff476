-- One row per order line of the yearly files.
--
-- The files state no amount: a line is worth quantity times the list price of the product file, rounded once.
-- A product that the file does not have leaves the amounts unknown rather than zero.
-- source_amount is empty because the source has no amount to reconcile with.

select
    'sales' as source_name,
    sales.order_id,
    sales.line_item,
    sales.customer_id,
    sales.product_id,
    sales.ordered_on,
    territories.region,
    cast(sales.quantity as decimal(18, 3)) as quantity,
    cast(money_round(sales.quantity * product.unit_price) as decimal(18, 2)) as net_amount,
    cast(money_round(sales.quantity * product.unit_cost) as decimal(18, 2)) as cost_amount,
    cast(null as decimal(18, 2)) as source_amount
from raw.sales as sales
left join staging.product as product
    on sales.product_id = product.product_id
left join raw.territories as territories
    on sales.territory_id = territories.territory_id
