-- One row per month, campaign and model with a credit.

with

orders as (
    select
        order_id,
        min(customer_key) as customer_key,
        min(ordered_on) as day,
        cast(coalesce(sum(net_amount), 0) * 100 as bigint) as cents
    from fct_sale
    where not is_return
    group by all
),

touches as (
    select
        orders.order_id,
        orders.day,
        orders.cents,
        fct_campaign_touch.campaign_id,
        orders.day - cast(fct_campaign_touch.touched_at at time zone run.timezone as date) as days,
        row_number() over (partition by orders.order_id order by touched_at, campaign_id) as i,
        count(*) over (partition by orders.order_id) as n
    from orders
    cross join run
    inner join fct_campaign_touch
        on fct_campaign_touch.customer_key = orders.customer_key
        and fct_campaign_touch.arm = 'treatment'
        and orders.day - cast(fct_campaign_touch.touched_at at time zone run.timezone as date) between 0 and 30
),

weights as (
    select
        touches.*,
        model,
        cast(case model
            when 'first' then case when i = 1 then 1 else 0 end
            when 'last' then case when i = n then 1 else 0 end
            when 'linear' then 1
            when 'time_decay' then 2.0 ** (min(days) over (partition by order_id) / 7) / 2.0 ** (days / 7)
            when 'position' then case when n <= 2 then 1 when i in (1, n) then 2 * (n - 2) else 1 end
        end as double) as weight
    from touches
    cross join unnest(['first', 'last', 'linear', 'time_decay', 'position']) as models(model)
),

shares as (
    select
        weights.*,
        weight / sum(weight) over whole as share,
        cast(round(cents * weight / sum(weight) over whole) as bigint) as own_cents
    from weights
    window whole as (partition by order_id, model)
),

credits as (
    select
        shares.*,
        own_cents + case when i = n then cents - sum(own_cents) over (partition by order_id, model) else 0 end as credit
    from shares
)

select
    strftime(day, '%Y-%m') as month,
    campaign_id,
    model,
    sum(share) as orders,
    cast(sum(credit) as decimal(30, 0)) * 0.01 as net_sales
from credits
where share > 0 or credit <> 0
group by all
