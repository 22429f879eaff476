-- One row per month, campaign and model of attribution with a credit.
--
-- An order is credited to the treatment touches of its customer on the days from 30 before it to its own, in the order
-- of (touched_at, campaign_id). Each touch gets its share in whole cents, the last one what is left.
-- position, of three touches and more: 40 % to the first and the last, 20 % to those between; as whole numbers
-- 2 (n - 2), 1 … 1, 2 (n - 2), together 5 (n - 2).
-- time_decay halves every 7 days. It counts from the last touch, so that touches of one day weigh exactly the same.
-- Money is a whole number of cents, of any size; only a share of it is taken as a double and made whole at once.
-- Shares are added up as decimals: what a sum of doubles gives depends on who adds first.

with

placed as (
    select
        orders.order_id,
        orders.month_no,
        cast(coalesce(orders.net_sales, 0) * 100 as decimal(38, 0)) as cents,
        touches.campaign_no,
        orders.first_on - touches.day as days,
        row_number() over in_order as place,
        count(*) over whole_order as touches,
        min(orders.first_on - touches.day) over whole_order as least_days
    from work.touch as touches
    inner join work.sale_order as orders
        on touches.customer_no = orders.buyer_no
        and touches.day <= orders.first_on
        and touches.day >= orders.first_on - $attribution_window_days
    where touches.is_treatment
    window
        in_order as (partition by orders.order_id order by touches.touched_at, touches.campaign_no),
        whole_order as (partition by orders.order_id)
),

weighed as (
    select
        placed.*,
        power(cast(2 as double), cast(least_days - days as double) / 7) as decay,
        case
            when touches <= 2 then 1
            when place = 1 or place = touches then 2 * (touches - 2)
            else 1
        end as position,
        case when touches <= 2 then touches else 5 * (touches - 2) end as positions
    from placed
),

shares as (
    select
        order_id,
        month_no,
        cents,
        campaign_no,
        place = 1 as is_first,
        place = touches as is_last,
        1 / cast(touches as double) as linear,
        decay / sum(decay) over in_order_whole as time_decay,
        cast(position as double) / cast(positions as double) as position,
        cast(round(cast(cents as double) / cast(touches as double)) as decimal(38, 0)) as linear_cents,
        cast(
            round(cast(cents as double) * decay / sum(decay) over in_order_whole) as decimal(38, 0)
        ) as time_decay_cents,
        cast(
            round(cast(cents as double) * cast(position as double) / cast(positions as double)) as decimal(38, 0)
        ) as position_cents
    from weighed
    window in_order_whole as (
        partition by order_id order by place rows between unbounded preceding and unbounded following
    )
),

credits as (
    select
        month_no,
        campaign_no,
        is_first,
        is_last,
        linear,
        time_decay,
        position,
        case when is_first then cents else 0 end as first_cents,
        case when is_last then cents else 0 end as last_cents,
        linear_cents
            + case when is_last then cents - sum(linear_cents) over whole_order else 0 end as linear_cents,
        time_decay_cents
            + case when is_last then cents - sum(time_decay_cents) over whole_order else 0 end as time_decay_cents,
        position_cents
            + case when is_last then cents - sum(position_cents) over whole_order else 0 end as position_cents
    from shares
    window whole_order as (partition by order_id)
),

sums as (
    select
        month_no,
        campaign_no,
        count(*) filter (where is_first) as first_orders,
        count(*) filter (where is_last) as last_orders,
        sum(cast(linear as decimal(38, 18))) as linear_orders,
        sum(cast(time_decay as decimal(38, 18))) as time_decay_orders,
        sum(cast(position as decimal(38, 18))) as position_orders,
        sum(first_cents) as first_cents,
        sum(last_cents) as last_cents,
        sum(linear_cents) as linear_cents,
        sum(time_decay_cents) as time_decay_cents,
        sum(position_cents) as position_cents
    from credits
    group by month_no, campaign_no
),

models as (
    select column1 as model
    from (values ('first'), ('last'), ('linear'), ('time_decay'), ('position'))
),

by_model as (
    select
        sums.month_no,
        sums.campaign_no,
        models.model,
        case models.model
            when 'first' then cast(sums.first_orders as double)
            when 'last' then cast(sums.last_orders as double)
            when 'linear' then cast(sums.linear_orders as double)
            when 'time_decay' then cast(sums.time_decay_orders as double)
            when 'position' then cast(sums.position_orders as double)
        end as orders,
        case models.model
            when 'first' then sums.first_cents
            when 'last' then sums.last_cents
            when 'linear' then sums.linear_cents
            when 'time_decay' then sums.time_decay_cents
            when 'position' then sums.position_cents
        end as cents
    from models
    cross join sums
)

select
    months.month,
    campaigns.campaign_id,
    by_model.model,
    by_model.orders,
    cast(by_model.cents * cast(0.01 as decimal(3, 2)) as decimal(38, 2)) as net_sales
from by_model
inner join work.month as months on by_model.month_no = months.month_no
inner join work.campaign_number as campaigns on by_model.campaign_no = campaigns.campaign_no
where by_model.orders > 0
