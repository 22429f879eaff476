-- One row per month in which open opportunities are expected to close and stage, and snapshot.
--
-- Who should have closed by now is expected this month. A close after the logical date has not happened yet.

with

open_ones as (
    select
        case
            when closed_on is null then '(unknown)'
            when closed_on < $as_of then to_char($as_of, '%Y-%m')
            else to_char(closed_on, '%Y-%m')
        end as closing_month,
        case when stage = 'All' then '(All)' else coalesce(stage, '(unknown)') end as stage,
        amount,
        money_round(amount * stage_probability) as weighted_amount
    from core.opportunity
    where created_on <= $as_of and (outcome = 'open' or closed_on > $as_of)
)

select
    $as_of as as_of,
    closing_month,
    stage,
    count(*) as opportunities,
    cast(coalesce(sum(amount), 0) as decimal(38, 2)) as amount,
    cast(coalesce(sum(weighted_amount), 0) as decimal(38, 2)) as weighted_amount
from open_ones
group by closing_month, stage
