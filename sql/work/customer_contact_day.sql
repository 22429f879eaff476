-- One row per customer (0: unknown) and day with a service case, an interaction or a treatment touch.
--
-- A campaign's cost in whole cents is spread over its treatment touches; the cents that are left
-- over go one each to the first touches by (touched_at, customer_key), touches of nobody last.

with

cases as (
    select
        cast(coalesce(customers.customer_no, 0) as integer) as customer_no,
        cast(local_timestamp(service_case.opened_at, $timezone) as date) as day,
        service_case.kind,
        coalesce(service_case.handling_cost, cast(money_round(rates.service_case) as decimal(18, 2))) as handling_cost
    from work.cost_rate as rates
    cross join core.service_case as service_case
    left join work.customer_number as customers on service_case.customer_key = customers.customer_key
),

interactions as (
    select
        cast(coalesce(customers.customer_no, 0) as integer) as customer_no,
        cast(local_timestamp(interaction.occurred_at, $timezone) as date) as day
    from core.interaction as interaction
    left join work.customer_number as customers on interaction.customer_key = customers.customer_key
),

treatments as (
    select
        touches.campaign_id,
        cast(coalesce(customers.customer_no, 0) as integer) as customer_no,
        touches.touched_at
    from core.campaign_touch as touches
    left join work.customer_number as customers on touches.customer_key = customers.customer_key
    where touches.arm = 'treatment'
),

touch_counts as (
    select
        treatments.campaign_id,
        count(*) as touches
    from treatments
    group by treatments.campaign_id
),

campaign_cents as (
    select
        touch_counts.campaign_id,
        touch_counts.touches,
        cast(coalesce(campaign.cost_amount, 0) * 100 as bigint) as cents
    from touch_counts
    inner join core.campaign as campaign on touch_counts.campaign_id = campaign.campaign_id
),

-- What is left over is not negative, of a credit neither.
costs as (
    select
        campaign_id,
        (cents - (cents % touches + touches) % touches) / touches as cents,
        (cents % touches + touches) % touches as cents_left
    from campaign_cents
),

placed as (
    select
        campaign_id,
        customer_no,
        touched_at,
        row_number() over (partition by campaign_id order by touched_at, customer_no = 0, customer_no) as place
    from treatments
),

shares as (
    select
        placed.customer_no,
        cast(local_timestamp(placed.touched_at, $timezone) as date) as day,
        coalesce(costs.cents, 0)
            + case when costs.cents_left >= placed.place then 1 else 0 end as cents
    from placed
    left join costs on placed.campaign_id = costs.campaign_id
),

contacts as (
    select
        customer_no,
        day,
        count(*) filter (where kind = 'complaint') as complaints,
        cast(coalesce(sum(handling_cost), 0) as decimal(28, 2)) as handling_cost,
        0 as interactions,
        0 as promotion_cents
    from cases
    group by customer_no, day
    union all
    select
        customer_no,
        day,
        0 as complaints,
        cast(0 as decimal(28, 2)) as handling_cost,
        count(*) as interactions,
        0 as promotion_cents
    from interactions
    group by customer_no, day
    union all
    select
        customer_no,
        day,
        0 as complaints,
        cast(0 as decimal(28, 2)) as handling_cost,
        0 as interactions,
        sum(cents) as promotion_cents
    from shares
    group by customer_no, day
)

select
    customer_no,
    day,
    cast(date_part('year', day) * 12 + date_part('month', day) - 1 as integer) as month_no,
    sum(complaints) as complaints,
    cast(sum(handling_cost) as decimal(38, 2)) as handling_cost,
    sum(interactions) as interactions,
    cast(cast(sum(promotion_cents) as decimal(36, 0)) * 0.01 as decimal(38, 2)) as promotion_cost
from contacts
group by customer_no, day
