-- One row per month: how many customers of twelve months bought twice in them, and how many of the twelve before stayed.
--
-- Of every purchase day it is known in which months it is the latest of its twelve, or of the twelve before: stretches
-- of months that do not overlap for a customer. Counting them by their ends needs no customer twice.
-- buyers_before: customers with an order in the 365 days that end 365 days before the month's end; retained_buyers: those
-- of them with an order since; repeat_buyers: customers with two purchase days in the 365 days to the month's end.

with

bounds as (
    select max(month_no) + 1 as next_month_no from work.month
),

stretches as (
    select
        'repeat' as kind,
        days.first_no as from_no,
        least(days.previous_expired_no, coalesce(days.next_first_no, bounds.next_month_no)) as until_no
    from bounds
    cross join work.customer_purchase_day as days
    where days.previous_on is not null
    union all
    select
        'before' as kind,
        days.expired_no as from_no,
        least(days.forgotten_no, coalesce(days.next_expired_no, bounds.next_month_no)) as until_no
    from bounds
    cross join work.customer_purchase_day as days
    union all
    select
        'retained' as kind,
        greatest(days.expired_no, days.next_first_no) as from_no,
        least(days.forgotten_no, days.next_expired_no) as until_no
    from work.customer_purchase_day as days
    where days.next_on is not null
),

counted as (
    select
        kind,
        from_no,
        until_no,
        count(*) as customers
    from stretches
    where from_no < until_no
    group by kind, from_no, until_no
)

select
    months.month_no,
    coalesce(sum(counted.customers) filter (where counted.kind = 'before'), 0) as buyers_before,
    coalesce(sum(counted.customers) filter (where counted.kind = 'retained'), 0) as retained_buyers,
    coalesce(sum(counted.customers) filter (where counted.kind = 'repeat'), 0) as repeat_buyers
from work.month as months
left join counted on counted.from_no <= months.month_no and months.month_no < counted.until_no
group by months.month_no
