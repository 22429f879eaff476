-- One row per series that is forecast and complete month from the first one of the series on; gaps are 0.
--
-- kind: sale (total, each category, each channel) or customer. The logical date's month is complete on its last day.

with

complete as (
    select
        max(month_no) filter (
            where month_end < $as_of
            or cast(date_trunc('month', $as_of + 1) as date) = $as_of + 1
        ) as last_no
    from work.month
),

sales as (
    select
        'sale' as kind,
        case
            when cube.category_no >= 0 then 'category:' || categories.label
            when cube.channel_no >= 0 then 'channel:' || channels.label
            else 'total'
        end as series,
        cube.month_no,
        cast(cube.net_sales as double) as value
    from work.sale_cube as cube
    left join work.sale_label as categories
        on categories.dimension = 'category' and cube.category_no = categories.number
    left join work.sale_label as channels
        on channels.dimension = 'channel' and cube.channel_no = channels.number
    where cube.region_no < 0 and (cube.category_no < 0 or cube.channel_no < 0)
),

customers as (
    select
        'customer' as kind,
        'new_customers' as series,
        month_no,
        cast(new_customers as double) as value
    from work.customer_base
    where segment_kind = 'all'
    union all
    select
        'customer' as kind,
        'active' as series,
        month_no,
        cast(active as double) as value
    from work.customer_base
    where segment_kind = 'all'
),

facts as (
    select * from sales
    union all
    select * from customers
),

series as (
    select
        facts.kind,
        facts.series,
        min(facts.month_no) as first_no
    from facts
    group by facts.kind, facts.series
)

select
    series.kind,
    series.series,
    months.month_no,
    cast(months.month_no - series.first_no + 1 as bigint) as place,
    cast(complete.last_no - series.first_no + 1 as bigint) as months,
    coalesce(facts.value, cast(0 as double)) as value
from complete
cross join series
inner join work.month as months on series.first_no <= months.month_no and months.month_no <= complete.last_no
left join facts
    on series.kind = facts.kind and series.series = facts.series and months.month_no = facts.month_no
