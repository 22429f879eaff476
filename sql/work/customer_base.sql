-- One row per month from the first sale on and segment of buyers: how the base of customers moves.
--
-- A customer is in the base for 365 days from a purchase day, that day included: it leaves on the 365th day after its
-- last one, and comes back with a later purchase. So the base at a month's end is the sum of what moved until then.

with

buyers as (
    select
        numbers.customer_no,
        case
            when customers.region is null then '(none)'
            when customers.region = 'All' then '(All)'
            else customers.region
        end as region,
        case
            when customers.acquisition_channel is null then '(none)'
            when customers.acquisition_channel = 'All' then '(All)'
            else customers.acquisition_channel
        end as channel
    from core.customer as customers
    inner join work.customer_number as numbers on customers.customer_key = numbers.customer_key
    inner join work.customer_value as facts on numbers.customer_no = facts.customer_no
    where facts.orders > 0
),

groups as (
    select
        region,
        channel,
        cast(row_number() over (order by region, channel) as integer) as group_no
    from (select distinct region, channel from buyers) as pairs
),

grouped_buyers as (
    select
        buyers.customer_no,
        groups.group_no
    from groups
    inner join buyers on groups.region = buyers.region and groups.channel = buyers.channel
),

purchases as (
    select
        grouped_buyers.group_no,
        days.first_no,
        days.ordered_on,
        days.previous_on,
        days.next_on,
        days.previous_first_no,
        days.expired_no
    from grouped_buyers
    inner join work.customer_purchase_day as days on grouped_buyers.customer_no = days.customer_no
),

moves as (
    select
        group_no,
        first_no as month_no,
        count(*) filter (where previous_on is null) as new_customers,
        count(*) filter (where previous_on is null or previous_first_no < first_no) as active,
        count(*) filter (where ordered_on - previous_on > 365) as reactivated,
        0 as lapsed
    from purchases
    group by group_no, first_no
    union all
    select
        group_no,
        expired_no as month_no,
        0 as new_customers,
        0 as active,
        0 as reactivated,
        count(*) as lapsed
    from purchases
    where next_on is null or next_on - ordered_on > 365
    group by group_no, expired_no
),

segments as (
    select 'all' as segment_kind, 'all' as segment, group_no from groups
    union all
    select 'region' as segment_kind, region as segment, group_no from groups
    union all
    select 'acquisition_channel' as segment_kind, channel as segment, group_no from groups
),

moved as (
    select
        segments.segment_kind,
        segments.segment,
        moves.month_no,
        sum(moves.new_customers) as new_customers,
        sum(moves.active) as active,
        sum(moves.reactivated) as reactivated,
        sum(moves.lapsed) as lapsed
    from segments
    inner join moves on segments.group_no = moves.group_no
    group by segments.segment_kind, segments.segment, moves.month_no
),

first_sale as (
    select min(month_no) as month_no from work.sale_cell
),

months as (
    select months.month_no
    from first_sale
    inner join work.month as months on first_sale.month_no <= months.month_no
),

kinds as (
    select distinct segment_kind, segment from segments
    union
    select 'all' as segment_kind, 'all' as segment
),

dense as (
    select
        months.month_no,
        kinds.segment_kind,
        kinds.segment,
        coalesce(moved.new_customers, 0) as new_customers,
        coalesce(moved.active, 0) as active,
        coalesce(moved.reactivated, 0) as reactivated,
        coalesce(moved.lapsed, 0) as lapsed
    from months
    cross join kinds
    left join moved
        on months.month_no = moved.month_no
        and kinds.segment_kind = moved.segment_kind
        and kinds.segment = moved.segment
)

select
    month_no,
    segment_kind,
    segment,
    cast(new_customers as bigint) as new_customers,
    cast(active as bigint) as active,
    cast(reactivated as bigint) as reactivated,
    cast(lapsed as bigint) as lapsed,
    cast(new_customers + reactivated - lapsed as bigint) as net_change,
    cast(
        sum(new_customers + reactivated - lapsed) over (
            partition by segment_kind, segment order by month_no
        ) as bigint
    ) as total
from dense
