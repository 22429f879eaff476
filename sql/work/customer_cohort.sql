-- One row per member: the month in which the customer was won, and through which channel.
--
-- The earlier of the day of acquisition and the first order; who has neither is no member.

with

members as (
    select
        numbers.customer_no,
        coalesce(customers.acquisition_channel, '(unknown)') as channel,
        case
            when customers.acquired_on is null then facts.first_purchase_on
            when facts.first_purchase_on < customers.acquired_on then facts.first_purchase_on
            else customers.acquired_on
        end as won_on,
        facts.first_purchase_on
    from core.customer as customers
    inner join work.customer_number as numbers on customers.customer_key = numbers.customer_key
    inner join work.customer_value as facts on numbers.customer_no = facts.customer_no
)

select
    customer_no,
    case when channel = 'All' then '(All)' else channel end as channel,
    won_on,
    cast(date_part('year', won_on) * 12 + date_part('month', won_on) - 1 as integer) as cohort_no,
    cast(first_purchase_on - won_on as bigint) as days_to_first_order
from members
where won_on is not null
