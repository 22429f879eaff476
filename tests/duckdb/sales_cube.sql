-- One row per month and every subset of category, channel and region with a line; `All` where rolled up.

with

lines as (
    select
        strftime(fct_sale.ordered_on, '%Y-%m') as month,
        case dim_product.category when 'All' then '(All)' else coalesce(dim_product.category, '(unknown)') end as category,
        case fct_sale.channel when 'All' then '(All)' else coalesce(fct_sale.channel, '(unknown)') end as channel,
        case fct_sale.region when 'All' then '(All)' else coalesce(fct_sale.region, '(unknown)') end as region,
        case when not fct_sale.is_return then fct_sale.order_id end as order_id,
        case when not fct_sale.is_return then fct_sale.customer_key end as customer_key,
        fct_sale.quantity,
        fct_sale.net_amount,
        fct_sale.cost_amount
    from fct_sale
    left join dim_product on dim_product.product_id = fct_sale.product_id
),

cells as (
    select
        month,
        case when grouping(category) = 1 then 'All' else category end as category,
        case when grouping(channel) = 1 then 'All' else channel end as channel,
        case when grouping(region) = 1 then 'All' else region end as region,
        3 - grouping(category) - grouping(channel) - grouping(region) as level,
        case
            when grouping(category) + grouping(channel) + grouping(region) = 3 then 'company'
            when grouping(category) + grouping(channel) + grouping(region) < 2 then null
            when grouping(category) = 0 then 'category'
            when grouping(channel) = 0 then 'channel'
            else 'region'
        end as scope_kind,
        count(distinct order_id) as orders,
        count(distinct customer_key) as customers,
        coalesce(sum(quantity), 0) as units,
        coalesce(sum(net_amount), 0) as net_sales,
        coalesce(sum(net_amount), 0) - coalesce(sum(cost_amount), 0) as gross_profit
    from lines
    group by month, cube (category, channel, region)
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
