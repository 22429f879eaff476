-- One row per value tier, with its place, 1 for the best.
--
-- The defaults hold only where the company supplies no tier of its own.

with

supplied as (
    select
        rules.tier,
        rules.min_value_score,
        rules.sort
    from core.tier_rule as rules
),

defaults as (
    select
        column1 as tier,
        cast(column2 as decimal(18, 6)) as min_value_score,
        cast(column3 as integer) as sort
    from (
        values
        ('diamond', 0.90, 1),
        ('high', 0.70, 2),
        ('mid', 0.40, 3),
        ('low', 0.00, 4)
    )
),

rules as (
    select
        supplied.tier,
        supplied.min_value_score,
        supplied.sort
    from supplied
    union all
    select
        defaults.tier,
        defaults.min_value_score,
        defaults.sort
    from defaults
    where not exists (select 1 from supplied)
)

select
    rules.tier,
    rules.min_value_score,
    rules.sort,
    cast(row_number() over (order by rules.sort, rules.tier) as integer) as place
from rules
