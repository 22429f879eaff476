-- One row per customer with a birthday in the 30 days after as_of: every one of these days is looked up.

with

days as (
    select unnest(generate_series(1, 30)) as ahead
),

candidates as (
    select
        cast(run.as_of + cast(days.ahead as integer) as date) as day
    from days
    cross join run
)

select
    run.as_of,
    dim_customer.customer_key,
    candidates.day as birthday_on,
    cast(year(candidates.day) - year(dim_customer.birth_date) as integer) as turns,
    customer_profile.value_tier,
    dim_customer.marketing_consent
from dim_customer
cross join run
inner join candidates
    on month(candidates.day) = month(dim_customer.birth_date)
    and (
        day(candidates.day) = day(dim_customer.birth_date)
        or (day(dim_customer.birth_date) = 29 and day(candidates.day) = 28 and last_day(candidates.day) = candidates.day
            and month(candidates.day) = 2)
    )
inner join customer_profile
    on customer_profile.customer_key = dim_customer.customer_key and customer_profile.as_of = run.as_of
where dim_customer.birth_date between date '1900-01-01' and run.as_of
    and year(candidates.day) > year(dim_customer.birth_date)
