-- One row per month from the company's first sale to the logical date.
--
-- A customer is a member from the earlier of being won and of the first order; with neither, never. Completeness is
-- that of today's master data: earlier states of it are not kept.

with

first_sale as (
    select cast(date_part('year', min(ordered_on)) * 12 + date_part('month', min(ordered_on)) - 1 as integer) as month_no
    from core.sale
),

months as (
    select
        months.month_no,
        months.month
    from first_sale
    inner join work.month as months on months.month_no >= first_sale.month_no
),

first_interactions as (
    select
        customer_no,
        min(day) as day
    from work.customer_contact_day
    where interactions > 0
    group by customer_no
),

joined as (
    select
        numbers.customer_no,
        least(customers.acquired_on, facts.first_purchase_on) as member_since,
        completeness.completeness,
        case
            when completeness.completeness >= cast(0.8 as double)
                then greatest(facts.first_purchase_on, first_interactions.day)
        end as complete_since,
        facts.first_purchase_on is not null and first_interactions.day is not null as has_both
    from core.customer as customers
    inner join work.customer_number as numbers on customers.customer_key = numbers.customer_key
    inner join work.customer_completeness as completeness on numbers.customer_no = completeness.customer_no
    inner join work.customer_value as facts on numbers.customer_no = facts.customer_no
    left join first_interactions on numbers.customer_no = first_interactions.customer_no
    where customers.acquired_on is not null or facts.first_purchase_on is not null
),

members as (
    select
        customer_no,
        cast(date_part('year', member_since) * 12 + date_part('month', member_since) - 1 as integer) as month_no,
        completeness,
        case
            when has_both
                then cast(date_part('year', complete_since) * 12 + date_part('month', complete_since) - 1 as integer)
        end as complete_month_no
    from joined
),

-- Completeness is k/6 or k/7: forty-two times it is a whole number, so sums do not depend on their order.
newcomers as (
    select
        month_no,
        count(*) as members,
        sum(cast(round(42 * completeness) as bigint)) as completeness_42
    from members
    group by month_no
),

completed as (
    select
        complete_month_no as month_no,
        count(*) as complete_members
    from members
    where complete_month_no is not null
    group by complete_month_no
),

moved as (
    select
        month_no,
        members,
        completeness_42,
        cast(0 as bigint) as complete_members
    from newcomers
    union all
    select
        month_no,
        cast(0 as bigint) as members,
        cast(0 as bigint) as completeness_42,
        complete_members
    from completed
),

activity as (
    select customer_no, month_no from work.customer_day
    where kept_lines > 0
    union
    select customer_no, month_no from work.customer_contact_day
    where interactions > 0
),

active as (
    select
        activity.month_no,
        count(*) as monthly_active
    from activity
    inner join members
        on activity.customer_no = members.customer_no and activity.month_no >= members.month_no
    group by activity.month_no
),

-- Months before the first sale count into its month's stock, not into its flow.
stock as (
    select
        months.month_no,
        months.month,
        sum(moved.members) as members,
        coalesce(sum(moved.members) filter (where moved.month_no = months.month_no), 0) as new_members,
        sum(moved.completeness_42) as completeness_42,
        sum(moved.complete_members) as complete_members
    from months
    left join moved on moved.month_no <= months.month_no
    group by months.month_no, months.month
)

select
    stock.month,
    coalesce(stock.members, 0) as members,
    stock.new_members,
    cast(stock.completeness_42 as double) / 42 / nullif(cast(stock.members as double), 0) as completeness,
    cast(stock.complete_members as double) / nullif(cast(stock.members as double), 0) as complete_share,
    coalesce(active.monthly_active, 0) as monthly_active,
    cast(coalesce(active.monthly_active, 0) as double)
        / nullif(cast(stock.members as double), 0) as monthly_active_share
from stock
left join active on stock.month_no = active.month_no
