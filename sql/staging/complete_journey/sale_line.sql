-- One row per line of a basket.
--
-- sales_value is what the grocer receives for the line. The loyalty price cut (retail_disc) and the grocer's match of
-- a coupon (coupon_match_disc) are already off it, so they are the discount that lies between it and the shelf price.
-- A manufacturer's coupon (coupon_disc) is not: the manufacturer pays it back, so it lowers what the shopper pays
-- but not what the grocer earns.
-- The quantity is as delivered: gasoline counts in thousandths of a gallon, and a line that only carries a coupon or
-- a correction counts 0. So units add up within a category, hardly across fuel and the rest.

select
    'transactions' as source_name,
    basket_id,
    product_id,
    household_id,
    store_id,
    ordered_at,
    cast(local_timestamp(ordered_at, $timezone) as date) as ordered_on,
    cast(quantity as decimal(18, 3)) as quantity,
    cast(sales_value + retail_disc + coupon_match_disc as decimal(18, 2)) as gross_amount,
    cast(retail_disc + coupon_match_disc as decimal(18, 2)) as discount_amount,
    sales_value as net_amount,
    coupon_disc as manufacturer_coupon_amount,
    sales_value as source_amount
from raw.transactions
