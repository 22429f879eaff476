-- One row per buyer on as_of.
--
-- The contribution of every month comes from customer_profitability, which is verified by itself.

with

sales as (
    select
        customer_key,
        count(distinct ordered_on) filter (where not is_return) as purchase_days,
        max(ordered_on) filter (where not is_return) - min(ordered_on) filter (where not is_return) as span_days,
        (select as_of from run) - min(ordered_on) filter (where not is_return) as tenure_days,
        coalesce(sum(net_amount), 0) as net_sales,
        coalesce(sum(net_amount), 0) - coalesce(sum(cost_amount), 0) as gross_profit,
        coalesce(sum(net_amount) filter (where not is_return), 0) as bought
    from fct_sale
    where customer_key is not null
    group by customer_key
    having purchase_days > 0
),

profits as (
    select customer_key, sum(contribution) as contribution from customer_profitability group by customer_key
),

company as (
    select cast(sum(gross_profit) as double) / cast(nullif(sum(net_sales), 0) as double) as margin from sales
),

modelled as (
    select
        sales.*,
        profits.contribution,
        lifetime.orders_365d,
        lifetime.discounted_12m,
        lifetime.discounted_36m,
        case
            when net_sales > 0 then cast(gross_profit as double) / cast(net_sales as double) else company.margin
        end as margin,
        case
            when bought <= 0 and p is not null then 0
            else p * (gamma + cast(bought as double)) / (p * sales.purchase_days + q - 1)
        end as day_value
    from sales
    cross join company
    left join gamma_gamma on true
    inner join profits on profits.customer_key = sales.customer_key
    left join lifetime
        on lifetime.purchase_days = sales.purchase_days
        and lifetime.span_days = sales.span_days
        and lifetime.tenure_days = sales.tenure_days
)

select
    run.as_of,
    customer_key,
    net_sales as historic_net_sales,
    contribution as historic_profit,
    orders_365d as expected_orders_12m,
    cast(round(day_value, 2) as decimal(38, 2)) as expected_order_value,
    margin as margin_rate,
    cast(round(discounted_12m * day_value * margin, 2) as decimal(38, 2)) as clv_12m,
    cast(round(discounted_36m * day_value * margin, 2) as decimal(38, 2)) as clv_36m,
    case
        when contribution >= cast(round(discounted_36m * day_value * margin, 2) as decimal(38, 2)) then 'realised'
        when discounted_36m * day_value * margin is not null then 'potential'
    end as value_kind
from modelled
cross join run
