-- One row per stage with open opportunities.

with

opportunities as (
    select
        case stage when 'All' then '(All)' else coalesce(stage, '(unknown)') end as in_stage,
        fct_opportunity.*
    from fct_opportunity
),

stages as (
    select in_stage, max(stage_probability) as place from opportunities group by in_stage
),

closed as (
    select opportunities.in_stage, stages.place, opportunities.outcome
    from opportunities
    cross join run
    inner join stages on stages.in_stage = opportunities.in_stage
    where outcome in ('won', 'lost') and closed_on <= run.as_of and closed_on > run.as_of - 365
),

later as (
    select
        stages.in_stage,
        count(*) filter (where closed.outcome = 'won') / count(*) as win_rate
    from stages
    inner join closed on closed.in_stage = stages.in_stage or closed.place >= stages.place
    group by all
)

select
    run.as_of,
    opportunities.in_stage as stage,
    count(*) as open_count,
    coalesce(sum(amount), 0) as open_amount,
    coalesce(sum(round(cast(amount * stage_probability as decimal(38, 8)), 2)), 0) as weighted_amount,
    avg(run.as_of - created_on) as mean_age_days,
    later.win_rate as win_rate_from_stage
from opportunities
cross join run
left join later on later.in_stage = opportunities.in_stage
where created_on <= run.as_of and (outcome = 'open' or closed_on > run.as_of)
group by all
