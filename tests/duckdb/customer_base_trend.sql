-- One row per month from the first sale to as_of's, segment kind and segment, counted month by month from the days.

with

days as (
    select distinct customer_key, ordered_on
    from fct_sale
    where customer_key is not null and not is_return
),

months as (
    select
        cast(month_start as date) as month_start,
        least(cast(month_start + interval 1 month - interval 1 day as date), as_of) as month_end,
        strftime(month_start, '%Y-%m') as month
    from (
        select
            as_of,
            unnest(generate_series(
                date_trunc('month', (select min(ordered_on) from fct_sale)), date_trunc('month', as_of), interval 1 month
            )) as month_start
        from run
    ) as starts
),

members as (
    select distinct
        kind.segment_kind,
        case
            when kind.segment_kind = 'all' then 'all'
            when kind.value is null then '(none)'
            when kind.value = 'All' then '(All)'
            else kind.value
        end as segment,
        dim_customer.customer_key
    from dim_customer
    cross join lateral (
        values ('all', null), ('region', dim_customer.region), ('acquisition_channel', dim_customer.acquisition_channel)
    ) as kind(segment_kind, value)
    where dim_customer.customer_key in (select customer_key from days)
),

segments as (
    select distinct segment_kind, segment from members
    union
    select 'all', 'all'
),

-- every purchase day with its neighbours, by self join
steps as (
    select
        days.customer_key,
        days.ordered_on,
        (select max(d.ordered_on) from days as d where d.customer_key = days.customer_key and d.ordered_on < days.ordered_on) as before,
        (select min(d.ordered_on) from days as d where d.customer_key = days.customer_key and d.ordered_on > days.ordered_on) as after
    from days
),

counted as (
    select
        months.month,
        members.segment_kind,
        members.segment,
        count(distinct steps.customer_key) filter (
            where steps.ordered_on between months.month_start and months.month_end and steps.before is null) as new_customers,
        count(distinct steps.customer_key) filter (
            where steps.ordered_on between months.month_start and months.month_end) as active,
        count(distinct steps.customer_key) filter (
            where steps.ordered_on between months.month_start and months.month_end
            and steps.ordered_on - steps.before > 365) as reactivated,
        count(distinct steps.customer_key) filter (
            where steps.ordered_on + 365 between months.month_start and months.month_end
            and (steps.after is null or steps.after > steps.ordered_on + 365)) as lapsed,
        count(distinct steps.customer_key) filter (
            where steps.ordered_on between months.month_end - 364 and months.month_end) as total
    from months
    inner join steps
        on steps.ordered_on between months.month_end - 364 and months.month_end
        or steps.ordered_on + 365 between months.month_start and months.month_end
    inner join members on members.customer_key = steps.customer_key
    group by 1, 2, 3
)

select
    months.month,
    segments.segment_kind,
    segments.segment,
    coalesce(counted.new_customers, 0) as new_customers,
    coalesce(counted.active, 0) as active,
    coalesce(counted.reactivated, 0) as reactivated,
    coalesce(counted.lapsed, 0) as lapsed,
    coalesce(counted.total, 0) as total,
    coalesce(counted.new_customers, 0) + coalesce(counted.reactivated, 0) - coalesce(counted.lapsed, 0) as net_change
from months
cross join segments
left join counted
    on counted.month = months.month and counted.segment_kind = segments.segment_kind and counted.segment = segments.segment
