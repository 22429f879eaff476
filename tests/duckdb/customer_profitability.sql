-- One row per month and customer with a line, case, interaction or treatment touch.

with

treatments as (
    select
        coalesce(fct_campaign_touch.customer_key, '(unknown)') as customer_key,
        strftime(fct_campaign_touch.touched_at at time zone run.timezone, '%Y-%m') as month,
        cast(coalesce(dim_campaign.cost_amount, 0) * 100 as bigint) as cents,
        count(*) over (partition by fct_campaign_touch.campaign_id) as touches,
        row_number() over (
            partition by fct_campaign_touch.campaign_id
            order by fct_campaign_touch.touched_at, fct_campaign_touch.customer_key nulls last
        ) as place
    from fct_campaign_touch
    cross join run
    left join dim_campaign on dim_campaign.campaign_id = fct_campaign_touch.campaign_id
    where fct_campaign_touch.arm = 'treatment'
),

touches as (
    -- what is left over when the cents are shared is 0..touches-1, also of a negative cost
    select *, (cents % touches + touches) % touches as spare from treatments
),

-- Every fact becomes a row of the same shape; a column that a fact does not have is 0.
facts as (
    select
        strftime(ordered_on, '%Y-%m') as month,
        coalesce(customer_key, '(unknown)') as customer_key,
        coalesce(gross_amount, 0) as gross,
        coalesce(discount_amount, 0) as discount,
        coalesce(net_amount, 0) as net,
        case when is_return then -coalesce(net_amount, 0) else 0 end as returned,
        coalesce(cost_amount, 0) as goods,
        coalesce(shipping_amount, 0) as shipping,
        0 as case_cost,
        0 as interactions,
        0 as promotion_cents
    from fct_sale
    union all
    select
        strftime(opened_at at time zone run.timezone, '%Y-%m'),
        coalesce(customer_key, '(unknown)'),
        0, 0, 0, 0, 0, 0,
        coalesce(handling_cost, (select max(round(unit_cost, 2)) from cost_rate where driver = 'service_case'), 0),
        0,
        0
    from fct_service_case
    cross join run
    union all
    select
        strftime(occurred_at at time zone run.timezone, '%Y-%m'),
        coalesce(customer_key, '(unknown)'),
        0, 0, 0, 0, 0, 0, 0, 1, 0
    from fct_interaction
    cross join run
    union all
    select
        month,
        customer_key,
        0, 0, 0, 0, 0, 0, 0, 0,
        (cents - spare) // touches + case when place <= spare then 1 else 0 end
    from touches
),

sums as (
    select
        month,
        customer_key,
        sum(gross) as gross_sales,
        sum(discount) as discounts,
        sum(net) as net_sales,
        sum(returned) as returns,
        sum(goods) as cost_of_goods,
        sum(net) - sum(goods) as gross_profit,
        sum(shipping) as shipping,
        sum(case_cost) + round(
            coalesce((select max(unit_cost) from cost_rate where driver = 'interaction'), 0)
            * cast(sum(interactions) as bigint),
            2
        ) as service_cost,
        cast(sum(promotion_cents) as decimal(30, 0)) * 0.01 as promotion_cost
    from facts
    group by month, customer_key
),

-- Overhead in cents: micros of the rate times cents of sales, over cents of sales, over ten thousand micros in a cent.
fixed as (
    select
        cast(cast(coalesce(max(unit_cost), 0) as decimal(38, 6)) * 1000000 as hugeint) as rate_micros,
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
