-- One row per dimension (category, brand, channel, region, sales_rep) and value that arrived, with its label and number.
--
-- Number 0 is the unknown; the other numbers follow the order of the labels. A value `All` is
-- labelled `(All)`, since `All` is what a rolled up dimension is called.

with

arrived as (
    select 'category' as dimension, category as value from core.product
    union
    select 'brand' as dimension, brand as value from core.product
    union
    select 'channel' as dimension, channel as value from core.sale
    union
    select 'region' as dimension, region as value from core.sale
    union
    select 'sales_rep' as dimension, sales_rep_id as value from core.sale
    union
    select column1 as dimension, cast(null as varchar) as value
    from (values ('category'), ('brand'), ('channel'), ('region'), ('sales_rep'))
),

labelled as (
    select
        dimension,
        value,
        case
            when value is null then '(unknown)'
            when value = 'All' then '(All)'
            else value
        end as label
    from arrived
)

select
    dimension,
    value,
    label,
    cast(
        case
            when label = '(unknown)' then 0
            else dense_rank() over (partition by dimension order by label)
        end as integer
    ) as number
from labelled
