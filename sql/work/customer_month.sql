-- One row per month and customer with an order line, a service case, an interaction or a treatment touch.
--
-- The waterfall down to the contribution; customer 0 is the unknown.

with

facts as (
    select
        month_no,
        customer_no,
        gross_sales,
        discounts,
        net_sales,
        coalesce(kept_net_sales, 0) - net_sales as returns,
        cost_of_goods,
        shipping,
        cast(0 as decimal(38, 2)) as handling_cost,
        cast(0 as bigint) as interactions,
        cast(0 as decimal(38, 2)) as promotion_cost
    from work.customer_day
    union all
    select
        month_no,
        customer_no,
        cast(0 as decimal(28, 2)) as gross_sales,
        cast(0 as decimal(28, 2)) as discounts,
        cast(0 as decimal(28, 2)) as net_sales,
        cast(0 as decimal(28, 2)) as returns,
        cast(0 as decimal(28, 2)) as cost_of_goods,
        cast(0 as decimal(28, 2)) as shipping,
        handling_cost,
        interactions,
        promotion_cost
    from work.customer_contact_day
),

monthly as (
    select
        month_no,
        customer_no,
        coalesce(sum(gross_sales), 0) as gross_sales,
        coalesce(sum(discounts), 0) as discounts,
        coalesce(sum(net_sales), 0) as net_sales,
        coalesce(sum(returns), 0) as returns,
        coalesce(sum(cost_of_goods), 0) as cost_of_goods,
        coalesce(sum(shipping), 0) as shipping,
        coalesce(sum(handling_cost), 0) as handling_cost,
        sum(interactions) as interactions,
        coalesce(sum(promotion_cost), 0) as promotion_cost
    from facts
    group by month_no, customer_no
)

select
    monthly.month_no,
    monthly.customer_no,
    cast(monthly.gross_sales as decimal(38, 2)) as gross_sales,
    cast(monthly.discounts as decimal(38, 2)) as discounts,
    cast(monthly.net_sales as decimal(38, 2)) as net_sales,
    cast(monthly.returns as decimal(38, 2)) as returns,
    cast(monthly.cost_of_goods as decimal(38, 2)) as cost_of_goods,
    cast(monthly.shipping as decimal(38, 2)) as shipping,
    cast(
        monthly.handling_cost + money_round(monthly.interactions * rates.interaction) as decimal(38, 2)
    ) as service_cost,
    cast(monthly.promotion_cost as decimal(38, 2)) as promotion_cost
from work.cost_rate as rates
cross join monthly
