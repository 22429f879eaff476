-- One row per month and every subset of category, channel and region with a line; `All` where rolled up.

with

cells as (
    select
        month,
        coalesce(category, 'All') as category,
        coalesce(channel, 'All') as channel,
        coalesce(region, 'All') as region,
        3 - bit_count(rolled_up) as level,
        case rolled_up when 7 then 'company' when 3 then 'category' when 5 then 'channel' when 6 then 'region' end as scope_kind,
        orders,
        customers,
        units,
        net_sales,
        net_sales - cost_of_goods as gross_profit
    from sales_cell
),

targets as (
    select
        month,
        scope_kind,
        case
            when scope_kind = 'company' then 'All'
            when scope_value = 'All' then '(All)'
            else coalesce(scope_value, '(unknown)')
        end as scope_value,
        sum(target_amount) as target_amount
    from fct_sales_target
    where scope_kind in ('company', 'category', 'channel', 'region')
    group by 1, 2, 3
)

select
    cells.* exclude (scope_kind),
    targets.target_amount,
    cast(cells.net_sales as double) / cast(nullif(targets.target_amount, 0) as double) as attainment
from cells
left join targets
    on targets.month = cells.month
    and targets.scope_kind = cells.scope_kind
    and targets.scope_value = case cells.scope_kind
        when 'category' then cells.category
        when 'channel' then cells.channel
        when 'region' then cells.region
        else 'All'
    end
