-- One row per stage with open opportunities, and snapshot.
--
-- A stage is later than another when its greatest probability is greater. An opportunity closed after the logical date
-- is still open.

with

opportunities as (
    select
        case
            when stage is null then '(unknown)'
            when stage = 'All' then '(All)'
            else stage
        end as stage,
        stage_probability,
        amount,
        created_on,
        closed_on,
        outcome,
        outcome = 'open' or closed_on > $as_of as is_open
    from core.opportunity
),

stages as (
    select
        stage,
        max(stage_probability) as probability
    from opportunities
    group by stage
),

closed as (
    select
        stage,
        count(*) as closed,
        count(*) filter (where outcome = 'won') as won
    from opportunities
    where outcome <> 'open' and closed_on > $as_of - 365 and closed_on <= $as_of
    group by stage
),

passed as (
    select
        stages.stage,
        sum(closed.closed) as closed,
        sum(closed.won) as won
    from stages
    inner join stages as later on stages.stage = later.stage or later.probability >= stages.probability
    inner join closed on later.stage = closed.stage
    group by stages.stage
),

open as (
    select
        stage,
        count(*) as open_count,
        cast(coalesce(sum(amount), 0) as decimal(38, 2)) as open_amount,
        cast(coalesce(sum(money_round(amount * stage_probability)), 0) as decimal(38, 2)) as weighted_amount,
        avg($as_of - created_on) as mean_age_days
    from opportunities
    where is_open
    group by stage
)

select
    $as_of as as_of,
    open.stage,
    open.open_count,
    open.open_amount,
    open.weighted_amount,
    open.mean_age_days,
    cast(passed.won as double) / nullif(cast(passed.closed as double), 0) as win_rate_from_stage
from open
left join passed on open.stage = passed.stage
