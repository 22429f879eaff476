-- One row per closing month and stage of the opportunities open on as_of.

select
    run.as_of,
    coalesce(strftime(case when closed_on >= run.as_of then closed_on when closed_on < run.as_of then run.as_of end, '%Y-%m'), '(unknown)') as closing_month,
    case stage when 'All' then '(All)' else coalesce(stage, '(unknown)') end as stage,
    count(*) as opportunities,
    coalesce(sum(amount), 0) as amount,
    coalesce(sum(round(cast(amount as decimal(28, 2)) * stage_probability, 2)), 0) as weighted_amount
from fct_opportunity
cross join run
where created_on <= run.as_of and (outcome = 'open' or closed_on > run.as_of)
group by all
