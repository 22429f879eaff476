-- One row per month and customer with a line, case, interaction or treatment touch.

with

facts as (
    select
        month,
        customer_key,
        sum(gross_amount) as gross,
        sum(discount_amount) as discount,
        sum(net_amount) as net,
        -sum(net_amount) filter (where is_return) as returned,
        sum(cost_amount) as goods,
        sum(shipping_amount) as shipping,
        0 as case_cost,
        0 as interactions,
        0 as promotion_cents
    from line
    group by month, customer_key
    union all
    select strftime(day, '%Y-%m'), customer_key, 0, 0, 0, 0, 0, 0, case_cost, interactions, promotion_cents
    from contact_day
),

sums as (
    select
        month,
        coalesce(customer_key, '(unknown)') as customer_key,
        coalesce(sum(gross), 0) as gross_sales,
        coalesce(sum(discount), 0) as discounts,
        coalesce(sum(net), 0) as net_sales,
        coalesce(sum(returned), 0) as returns,
        coalesce(sum(goods), 0) as cost_of_goods,
        coalesce(sum(net), 0) - coalesce(sum(goods), 0) as gross_profit,
        coalesce(sum(shipping), 0) as shipping,
        sum(case_cost) + round(
            coalesce((select max(unit_cost) from cost_rate where driver = 'interaction'), 0)
            * cast(sum(interactions) as bigint),
            2
        ) as service_cost,
        cast(sum(promotion_cents) as decimal(30, 0)) * 0.01 as promotion_cost
    from facts
    group by all
),

-- Overhead in cents: micros of the rate times cents of sales, over cents of sales, over ten thousand micros in a cent.
fixed as (
    select
        cast(coalesce(max(unit_cost), 0) * 1000000 as hugeint) as rate_micros,
        cast(coalesce(max(round(unit_cost, 2)), 0) * 100 as hugeint) as rate_cents
    from cost_rate
    where driver = 'fixed_month'
),

positives as (
    select
        month,
        customer_key,
        cast(net_sales * 100 as hugeint) as cents,
        sum(cast(net_sales * 100 as hugeint)) over (partition by month) as month_cents,
        row_number() over (partition by month order by net_sales desc, customer_key) as place
    from sums
    where net_sales > 0
),

shares as (
    select
        month,
        customer_key,
        place,
        (2 * rate_micros * cents + 10000 * cast(month_cents as hugeint))
        // (20000 * cast(month_cents as hugeint)) as share_cents
    from positives
    cross join fixed
),

overheads as (
    select
        month,
        customer_key,
        cast(
            share_cents
            + case when place = 1 then rate_cents - sum(share_cents) over (partition by month) else 0 end
            as decimal(30, 0)
        ) * 0.01 as overhead
    from shares
    cross join fixed
)

select
    sums.*,
    gross_profit - shipping - service_cost - promotion_cost as contribution,
    coalesce(overheads.overhead, 0) as overhead,
    gross_profit - shipping - service_cost - promotion_cost - coalesce(overheads.overhead, 0) as net_profit
from sums
left join overheads on overheads.month = sums.month and overheads.customer_key = sums.customer_key
