-- One row per order that is no draft.
--
-- The export has the total of an order and not its lines: an order is one line, without product or quantity. A
-- reduction order takes back what an earlier one sold.

with

orders as (
    select
        *,
        coalesce(reduction, false) as is_return
    from raw.orders
)

select
    'orders' as source_name,
    order_id,
    cast(1 as bigint) as line_no,
    account_id as customer_key,
    effective_on as ordered_on,
    region,
    city,
    owner_id as sales_rep_id,
    case when is_return then -abs(total_amount) else total_amount end as net_amount,
    is_return,
    total_amount as source_amount
from orders
