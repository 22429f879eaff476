-- One row per dimension of the value score.
--
-- The defaults hold only where the company supplies no weight of its own.

with

supplied as (
    select dimension, weight from core.tier_weight
),

defaults as (
    select
        column1 as dimension,
        cast(column2 as decimal(18, 6)) as weight
    from (
        values
        ('profit_12m', 0.35),
        ('orders_12m', 0.20),
        ('net_sales_12m', 0.15),
        ('loyalty_score', 0.15),
        ('interactions_90d', 0.10),
        ('satisfaction', 0.05)
    )
)

select dimension, weight from supplied
union all
select dimension, weight from defaults
where not exists (select 1 from supplied)
