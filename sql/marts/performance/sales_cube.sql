-- One row per month and slice of category, channel and region with an order line; `All` where rolled up.
--
-- Targets exist for the company (level 0) and for a single category, channel or region (level 1).

with

slices as (
    select
        months.month,
        case when cube.category_no < 0 then 'All' else categories.label end as category,
        case when cube.channel_no < 0 then 'All' else channels.label end as channel,
        case when cube.region_no < 0 then 'All' else regions.label end as region,
        cast(
            case when cube.category_no < 0 then 0 else 1 end
            + case when cube.channel_no < 0 then 0 else 1 end
            + case when cube.region_no < 0 then 0 else 1 end
            as integer
        ) as level,
        cube.orders,
        cube.customers,
        cube.units,
        cube.net_sales,
        cast(cube.net_sales - cube.cost_of_goods as decimal(38, 2)) as gross_profit
    from work.sale_cube as cube
    inner join work.month as months on cube.month_no = months.month_no
    left join work.sale_label as categories
        on categories.dimension = 'category' and cube.category_no = categories.number
    left join work.sale_label as channels
        on channels.dimension = 'channel' and cube.channel_no = channels.number
    left join work.sale_label as regions
        on regions.dimension = 'region' and cube.region_no = regions.number
),

scopes as (
    select
        month,
        scope_kind,
        case
            when scope_kind = 'company' then 'All'
            when scope_value is null then '(unknown)'
            when scope_value = 'All' then '(All)'
            else scope_value
        end as scope_value,
        target_amount
    from core.sales_target
    where scope_kind in ('company', 'category', 'channel', 'region')
),

targets as (
    select
        month,
        case when scope_kind = 'category' then scope_value else 'All' end as category,
        case when scope_kind = 'channel' then scope_value else 'All' end as channel,
        case when scope_kind = 'region' then scope_value else 'All' end as region,
        cast(sum(target_amount) as decimal(38, 2)) as target_amount
    from scopes
    group by 1, 2, 3, 4
)

select
    slices.month,
    slices.category,
    slices.channel,
    slices.region,
    slices.level,
    slices.orders,
    slices.customers,
    slices.units,
    slices.net_sales,
    slices.gross_profit,
    targets.target_amount,
    cast(slices.net_sales as double) / nullif(cast(targets.target_amount as double), 0) as attainment
from slices
left join targets
    on slices.month = targets.month
    and slices.category = targets.category
    and slices.channel = targets.channel
    and slices.region = targets.region
