-- One row per return.
--
-- A return names a day, a territory and a product, but no order and no customer. It is valued at today's list price
-- and cost, as a sale is, with the sign turned. Its dates are kept as they arrive: the file covers January 2015 to
-- June 2017, two years before the sales files of the same export.

select
    'returns' as source_name,
    returns.territory_id,
    returns.product_id,
    returns.returned_on as ordered_on,
    territories.region,
    cast(-returns.quantity as decimal(18, 3)) as quantity,
    cast(-money_round(returns.quantity * product.unit_price) as decimal(18, 2)) as net_amount,
    cast(-money_round(returns.quantity * product.unit_cost) as decimal(18, 2)) as cost_amount,
    cast(null as decimal(18, 2)) as source_amount
from raw.returns as returns
left join staging.product as product
    on returns.product_id = product.product_id
left join raw.territories as territories
    on returns.territory_id = territories.territory_id
