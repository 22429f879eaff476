-- One row per month and slice (category, channel, region, each -1 where rolled up) with an order.
--
-- Counts distinct orders.
-- A plain order has one channel and one region: it counts once in each slice of those, and once for
-- each of its categories, so plain orders add up. Only the others have to be made distinct slice by slice.

with

mixed as (
    select order_id from work.sale_order
    where not is_plain
),

plain_by_category as (
    select
        cells.month_no,
        cells.category_no,
        cells.channel_no,
        cells.region_no,
        count(*) as orders
    from work.sale_cell_order as cells
    left anti join mixed on cells.order_id = mixed.order_id
    group by cells.month_no, cells.category_no, cells.channel_no, cells.region_no
),

plain as (
    select
        month_no,
        cast(-1 as integer) as category_no,
        channel_no,
        region_no,
        count(*) as orders
    from work.sale_order
    where is_plain
    group by month_no, channel_no, region_no
),

plain_slices as (
    select
        plain_by_category.month_no,
        plain_by_category.category_no,
        case when subsets.keeps_channel then plain_by_category.channel_no else -1 end as channel_no,
        case when subsets.keeps_region then plain_by_category.region_no else -1 end as region_no,
        plain_by_category.orders
    from work.sale_subset as subsets
    cross join plain_by_category
    where subsets.keeps_category
    union all
    select
        plain.month_no,
        plain.category_no,
        case when subsets.keeps_channel then plain.channel_no else -1 end as channel_no,
        case when subsets.keeps_region then plain.region_no else -1 end as region_no,
        plain.orders
    from work.sale_subset as subsets
    cross join plain
    where not subsets.keeps_category
),

mixed_cells as (
    select
        cells.order_id,
        cells.month_no,
        cells.category_no,
        cells.channel_no,
        cells.region_no
    from work.sale_cell_order as cells
    left semi join mixed on cells.order_id = mixed.order_id
),

mixed_slices as (
    select distinct
        cells.order_id,
        cells.month_no,
        case when subsets.keeps_category then cells.category_no else -1 end as category_no,
        case when subsets.keeps_channel then cells.channel_no else -1 end as channel_no,
        case when subsets.keeps_region then cells.region_no else -1 end as region_no
    from work.sale_subset as subsets
    cross join mixed_cells as cells
),

counted as (
    select month_no, category_no, channel_no, region_no, orders
    from plain_slices
    union all
    select month_no, category_no, channel_no, region_no, 1 as orders
    from mixed_slices
)

select
    month_no,
    cast(category_no as integer) as category_no,
    cast(channel_no as integer) as channel_no,
    cast(region_no as integer) as region_no,
    sum(orders) as orders
from counted
group by month_no, category_no, channel_no, region_no
