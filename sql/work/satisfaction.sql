-- One row per customer with an answer: mean satisfaction of 12 months and the latest recommendation.

with

answers as (
    select
        customers.customer_no,
        cases.case_id,
        cases.opened_at,
        cast(local_timestamp(cases.opened_at, $timezone) as date) as day,
        cases.csat,
        cases.nps
    from core.service_case as cases
    inner join work.customer_number as customers on cases.customer_key = customers.customer_key
    where customers.customer_no > 0 and (cases.csat is not null or cases.nps is not null)
),

means as (
    select
        customer_no,
        cast(sum(csat) as double) / cast(count(csat) as double) as satisfaction
    from answers
    where csat is not null and day > $as_of - 365
    group by customer_no
),

latest as (
    select customer_no, nps
    from answers
    where nps is not null
    qualify row_number() over (partition by customer_no order by opened_at desc, case_id desc) = 1
)

select
    coalesce(means.customer_no, latest.customer_no) as customer_no,
    means.satisfaction,
    latest.nps as nps_last
from means
full join latest on means.customer_no = latest.customer_no
