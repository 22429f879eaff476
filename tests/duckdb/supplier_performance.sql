-- One row per month ordered and supplier.

select
    strftime(ordered_on, '%Y-%m') as month,
    coalesce(supplier_id, '(unknown)') as supplier_id,
    count(distinct supply_order_id) as orders,
    avg(case when received_on <= promised_on then 1 else 0 end) filter (where promised_on <= as_of) as on_time_rate,
    cast(sum(case when received_on <= as_of then least(coalesce(received_quantity, 0), coalesce(ordered_quantity, 0)) else 0 end)
        filter (where promised_on <= as_of) as double)
    / cast(nullif(sum(ordered_quantity) filter (where promised_on <= as_of), 0) as double) as fill_rate,
    avg(received_on - ordered_on) filter (where received_on <= as_of) as lead_days_mean,
    quantile_cont(cast(received_on - ordered_on as double), 0.9) filter (where received_on <= as_of) as lead_days_p90
from fct_supply_order
cross join run
group by 1, 2
