-- One row per sales person.

select
    rep.sales_rep_id,
    rep.sales_rep_name,
    rep.department,
    coalesce(region.value, rep.region) as region,
    rep.manager_id
from raw.crm_sales_reps as rep
left join staging.word as region
    on rep.region = region.word
    and region.topic = 'region'
