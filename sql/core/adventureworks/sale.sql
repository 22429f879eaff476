-- One row per order line, and one per return.
--
-- Two order numbers (SO62019, SO72019) each hold the orders of two customers. Both orders are kept under the number
-- they came with; the second customer's lines are numbered from 101 so that order and line stay unique.
-- The files know days and no times: ordered_at stays NULL, else every customer would prefer to buy at night.
-- A return has no order, so it gets an id from its day, territory and product. Returns that agree in all three are
-- numbered by quantity; those that agree in everything are interchangeable, so any order gives the same rows.

with

order_lines as (
    select
        source_name,
        order_id,
        line_item + 100 * (
            dense_rank() over (partition by order_id order by customer_id) - 1
        ) as line_no,
        customer_id as customer_key,
        product_id,
        ordered_on,
        region,
        quantity,
        net_amount,
        cost_amount,
        false as is_return
    from staging.sale_line
),

return_lines as (
    select
        source_name,
        concat_ws('-', 'R', cast(ordered_on as varchar), territory_id, product_id) as order_id,
        row_number() over (
            partition by ordered_on, territory_id, product_id order by quantity desc
        ) as line_no,
        cast(null as varchar) as customer_key,
        product_id,
        ordered_on,
        region,
        quantity,
        net_amount,
        cost_amount,
        true as is_return
    from staging.return_line
),

lines as (
    select * from order_lines
    union all
    select * from return_lines
)

select
    source_name,
    order_id,
    cast(line_no as bigint) as line_no,
    customer_key,
    product_id,
    ordered_on,
    region,
    quantity,
    net_amount as gross_amount,
    case when net_amount is not null then cast(0 as decimal(18, 2)) end as discount_amount,
    net_amount,
    cost_amount,
    is_return,
    $currency as currency,
    net_amount as source_amount
from lines
