-- One row per product that was counted.

with

counts as (
    select product_id, arg_max(row(on_hand), counted_on)[1] as on_hand
    from fct_stock_level
    group by all
),

sold as (
    select product_id, sum(quantity) as units
    from fct_sale
    cross join run
    where not is_return and ordered_on > run.as_of - 90
    group by all
),

leads as (
    select product_id, received_on - ordered_on as days
    from fct_supply_order
    cross join run
    where ordered_on > run.as_of - 365 and received_on <= run.as_of
),

facts as (
    select
        run.as_of,
        counts.product_id,
        counts.on_hand,
        coalesce(cast(sold.units as double), 0) / 90 as daily,
        coalesce(
            (select avg(days) from leads where leads.product_id = counts.product_id),
            (select avg(days) from leads),
            14
        ) as lead_days
    from counts
    cross join run
    left join sold on sold.product_id = counts.product_id
)

select
    as_of,
    product_id,
    on_hand,
    daily as daily_sales_90d,
    case when daily <> 0 then cast(on_hand as double) / daily end as days_of_cover,
    lead_days,
    case
        when daily <= 0 then 'none'
        when on_hand is null then null
        when cast(on_hand as double) / daily < lead_days then 'high'
        when cast(on_hand as double) / daily < lead_days + 14 then 'medium'
        else 'low'
    end as stockout_risk,
    case when daily <> 0 then as_of + cast(floor(cast(on_hand as double) / daily - lead_days) as integer) end as reorder_by
from facts
