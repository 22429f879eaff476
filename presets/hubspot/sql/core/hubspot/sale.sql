-- One row per deal that was won.
--
-- HubSpot knows no orders: what was won is what was sold, on the day on which it was closed and without product or
-- quantity. With orders of another system, map those here instead.

select
    opportunity_id as order_id,
    cast(1 as bigint) as line_no,
    customer_key,
    closed_on as ordered_on,
    sales_rep_id,
    amount as gross_amount,
    cast(0 as decimal(18, 2)) as discount_amount,
    amount as net_amount,
    false as is_return,
    $currency as currency,
    amount as source_amount,
    'deals' as source_name
from staging.opportunity
where outcome = 'won'
    and closed_on is not null
    and amount is not null
