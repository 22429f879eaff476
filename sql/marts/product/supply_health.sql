-- One row per product that was ever counted, and snapshot.
--
-- A purchase order counts for the lead time when its goods have come in and it was placed in the 365 days. Without
-- sales there is neither cover nor risk; of a count that was left blank nothing is known. A day to order that is a
-- million days away is none.

with

counts as (
    select
        product_id,
        on_hand
    from core.stock_level
    qualify row_number() over (partition by product_id order by counted_on desc) = 1
),

sales as (
    select
        products.product_id,
        sum(lines.quantity) as units
    from work.sale_line as lines
    inner join work.product_number as products on lines.product_no = products.product_no
    where lines.ordered_on > $as_of - 90 and not lines.is_return and lines.product_no > 0
    group by products.product_id
),

deliveries as (
    select
        product_id,
        received_on - ordered_on as lead_days
    from core.supply_order
    where ordered_on > $as_of - 365 and received_on <= $as_of
),

product_leads as (
    select
        product_id,
        avg(lead_days) as lead_days
    from deliveries
    group by product_id
),

company_lead as (
    select avg(lead_days) as lead_days from deliveries
),

covers as (
    select
        counts.product_id,
        counts.on_hand,
        cast(coalesce(sales.units, 0) as double) / 90 as daily_sales_90d,
        cast(counts.on_hand as double) / nullif(cast(coalesce(sales.units, 0) as double) / 90, 0) as days_of_cover,
        coalesce(
            product_leads.lead_days, company_lead.lead_days, cast($default_lead_days as double)
        ) as lead_days
    from company_lead
    cross join counts
    left join sales on counts.product_id = sales.product_id
    left join product_leads on counts.product_id = product_leads.product_id
)

select
    $as_of as as_of,
    product_id,
    on_hand,
    daily_sales_90d,
    days_of_cover,
    lead_days,
    case
        when daily_sales_90d <= 0 then 'none'
        when days_of_cover < lead_days then 'high'
        when days_of_cover < lead_days + $safety_days then 'medium'
        when days_of_cover is not null then 'low'
    end as stockout_risk,
    case
        when abs(days_of_cover - lead_days) < 1000000
            then $as_of + cast(floor(days_of_cover - lead_days) as integer)
    end as reorder_by
from covers
