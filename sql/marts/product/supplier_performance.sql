-- One row per month of the purchase order and supplier.
--
-- Punctuality and quantity are judged over the lines whose promised day has come: a line that has not come in by the
-- logical date is late and delivers nothing; one that delivers more than was ordered delivers what was ordered.

with

lines as (
    select
        to_char(ordered_on, '%Y-%m') as month,
        coalesce(supplier_id, '(unknown)') as supplier_id,
        supply_order_id,
        promised_on <= $as_of as is_due,
        coalesce(received_on <= promised_on, false) as is_on_time,
        coalesce(ordered_quantity, 0) as ordered_quantity,
        case
            when received_on <= $as_of
                then least(coalesce(received_quantity, 0), coalesce(ordered_quantity, 0))
            else 0
        end as filled_quantity,
        case when received_on <= $as_of then cast(received_on - ordered_on as double) end as lead_days
    from core.supply_order
),

deliveries as (
    select
        month,
        supplier_id,
        lead_days,
        row_number() over (partition by month, supplier_id order by lead_days) - 1 as place,
        9 * (count(*) over (partition by month, supplier_id) - 1) as tenths
    from lines
    where lead_days is not null
),

-- The ninth tenth lies between two places, as far from the lower one as the rest of the division says.
leads as (
    select
        month,
        supplier_id,
        avg(lead_days) as lead_days_mean,
        max(lead_days) filter (where place = tenths / 10)
            + (
                max(lead_days) filter (where place = (tenths + 9) / 10)
                - max(lead_days) filter (where place = tenths / 10)
            ) * cast(max(tenths % 10) as double) / 10 as lead_days_p90
    from deliveries
    group by month, supplier_id
),

sums as (
    select
        month,
        supplier_id,
        count(distinct supply_order_id) as orders,
        cast(count(*) filter (where is_due and is_on_time) as double)
            / nullif(cast(count(*) filter (where is_due) as double), 0) as on_time_rate,
        cast(sum(filled_quantity) filter (where is_due) as double)
            / nullif(cast(sum(ordered_quantity) filter (where is_due) as double), 0) as fill_rate
    from lines
    group by month, supplier_id
)

select
    sums.month,
    sums.supplier_id,
    sums.orders,
    sums.on_time_rate,
    sums.fill_rate,
    leads.lead_days_mean,
    leads.lead_days_p90
from sums
left join leads on sums.month = leads.month and sums.supplier_id = leads.supplier_id
