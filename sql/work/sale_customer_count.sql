-- One row per month and slice (category, channel, region, each -1 where rolled up) with a known customer.
--
-- Counts distinct customers.
-- As with orders: a customer who bought in one channel and one region in a month adds up over the
-- slices; only the others have to be made distinct slice by slice.

with

mixed as (
    select customer_no, month_no from work.sale_member_month
    where not is_plain
),

plain_by_category as (
    select
        cells.month_no,
        cells.category_no,
        cells.channel_no,
        cells.region_no,
        count(*) as customers
    from work.sale_cell_customer as cells
    left anti join mixed
        on cells.customer_no = mixed.customer_no and cells.month_no = mixed.month_no
    group by cells.month_no, cells.category_no, cells.channel_no, cells.region_no
),

plain as (
    select
        month_no,
        cast(-1 as integer) as category_no,
        channel_no,
        region_no,
        count(*) as customers
    from work.sale_member_month
    where is_plain
    group by month_no, channel_no, region_no
),

plain_slices as (
    select
        plain_by_category.month_no,
        plain_by_category.category_no,
        case when subsets.keeps_channel then plain_by_category.channel_no else -1 end as channel_no,
        case when subsets.keeps_region then plain_by_category.region_no else -1 end as region_no,
        plain_by_category.customers
    from work.sale_subset as subsets
    cross join plain_by_category
    where subsets.keeps_category
    union all
    select
        plain.month_no,
        plain.category_no,
        case when subsets.keeps_channel then plain.channel_no else -1 end as channel_no,
        case when subsets.keeps_region then plain.region_no else -1 end as region_no,
        plain.customers
    from work.sale_subset as subsets
    cross join plain
    where not subsets.keeps_category
),

mixed_cells as (
    select
        cells.customer_no,
        cells.month_no,
        cells.category_no,
        cells.channel_no,
        cells.region_no
    from work.sale_cell_customer as cells
    left semi join mixed
        on cells.customer_no = mixed.customer_no and cells.month_no = mixed.month_no
),

mixed_slices as (
    select distinct
        cells.customer_no,
        cells.month_no,
        case when subsets.keeps_category then cells.category_no else -1 end as category_no,
        case when subsets.keeps_channel then cells.channel_no else -1 end as channel_no,
        case when subsets.keeps_region then cells.region_no else -1 end as region_no
    from work.sale_subset as subsets
    cross join mixed_cells as cells
),

counted as (
    select month_no, category_no, channel_no, region_no, customers
    from plain_slices
    union all
    select month_no, category_no, channel_no, region_no, 1 as customers
    from mixed_slices
)

select
    month_no,
    cast(category_no as integer) as category_no,
    cast(channel_no as integer) as channel_no,
    cast(region_no as integer) as region_no,
    sum(customers) as customers
from counted
group by month_no, category_no, channel_no, region_no
