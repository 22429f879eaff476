-- One row per order line that was meant to be sold.
--
-- The orders of a shop's own tests are left out. Amounts in another currency are converted with the rate of the day;
-- without any rate they stay unknown.

with

rated as (
    select
        line.*,
        case when line.currency = $currency then cast(1 as decimal(18, 6)) else rate.rate_to_base end as rate_to_base
    from staging.order_line as line
    left join staging.daily_rate as rate
        on line.currency = rate.currency
        and line.ordered_on = rate.day
    where not line.is_test
        and line.ordered_on is not null
)

select
    order_id,
    line_id as line_no,
    customer_id,
    product_id,
    ordered_at,
    ordered_on,
    channel,
    campaign_id,
    region,
    city,
    staff_id as sales_rep_id,
    quantity,
    cast(money_round(gross_amount * rate_to_base) as decimal(18, 2)) as gross_amount,
    cast(money_round((gross_amount - discount_amount) * rate_to_base) as decimal(18, 2)) as net_amount,
    cost_amount,
    currency,
    cast(gross_amount - discount_amount as decimal(18, 2)) as source_amount
from rated
