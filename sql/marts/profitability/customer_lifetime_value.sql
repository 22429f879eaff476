-- One row per customer with an order and snapshot: what was earned, and what is expected.
--
-- A margin cannot be told from net sales that are not positive: that of all buyers together stands in for it. Expected
-- purchase days of each month are discounted by months; the product is rounded once.

with

history as (
    select
        customer_no,
        sum(net_sales) as net_sales,
        sum(net_sales - cost_of_goods) as gross_profit,
        sum(net_sales - cost_of_goods - shipping - service_cost - promotion_cost) as contribution
    from work.customer_month
    where customer_no > 0
    group by customer_no
),

buyers as (
    select
        numbers.customer_key,
        lifetime.purchase_days,
        lifetime.expected_orders_365d,
        lifetime.discounted_orders_12m,
        lifetime.discounted_orders_36m,
        history.net_sales,
        history.gross_profit,
        history.contribution,
        cast(facts.kept_net_sales as double) / cast(lifetime.purchase_days as double) as day_value
    from work.customer_lifetime as lifetime
    inner join work.customer_value as facts on lifetime.customer_no = facts.customer_no
    inner join work.customer_number as numbers on lifetime.customer_no = numbers.customer_no
    inner join history on lifetime.customer_no = history.customer_no
),

company as (
    select
        cast(sum(gross_profit) as double) / nullif(cast(sum(net_sales) as double), 0) as margin_rate
    from buyers
),

rated as (
    select
        buyers.*,
        case
            when buyers.net_sales > 0 then cast(buyers.gross_profit as double) / cast(buyers.net_sales as double)
            else company.margin_rate
        end as margin_rate,
        gamma_gamma_value(fits.gamma_gamma, buyers.purchase_days, buyers.day_value) as order_value
    from work.order_value_fit as fits
    cross join company
    cross join buyers
),

valued as (
    select
        rated.*,
        cast(discounted_orders_12m * order_value * margin_rate as decimal(38, 2)) as clv_12m,
        cast(discounted_orders_36m * order_value * margin_rate as decimal(38, 2)) as clv_36m
    from rated
)

select
    $as_of as as_of,
    customer_key,
    cast(net_sales as decimal(38, 2)) as historic_net_sales,
    cast(contribution as decimal(38, 2)) as historic_profit,
    expected_orders_365d as expected_orders_12m,
    cast(order_value as decimal(38, 2)) as expected_order_value,
    margin_rate,
    clv_12m,
    clv_36m,
    case
        when contribution >= clv_36m then 'realised'
        when contribution < clv_36m then 'potential'
    end as value_kind
from valued
