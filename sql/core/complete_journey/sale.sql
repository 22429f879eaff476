-- One row per line of a basket.
--
-- Lines have no number, so they are numbered by product within the basket. Should a product stand twice in a basket,
-- the amounts decide; lines equal in all of them are interchangeable.
-- Nothing says where a store is: the store itself is the finest place of sale there is.

select
    source_name,
    basket_id as order_id,
    cast(row_number() over (
        partition by basket_id
        order by
            product_id,
            quantity,
            net_amount,
            gross_amount,
            discount_amount,
            ordered_at,
            household_id,
            store_id
    ) as bigint) as line_no,
    household_id as customer_key,
    product_id,
    ordered_at,
    ordered_on,
    'store' as channel,
    'Store ' || store_id as region,
    quantity,
    gross_amount,
    discount_amount,
    net_amount,
    false as is_return,
    $currency as currency,
    source_amount
from staging.sale_line
