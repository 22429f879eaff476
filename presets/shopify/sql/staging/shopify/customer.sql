-- One row per customer, with the place that the latest order went to.

with

placed as (
    select
        customer_id,
        country,
        region,
        city,
        row_number() over (partition by customer_id order by ordered_at desc, order_id) as position
    from raw.orders
    where customer_id is not null
        and test_order is not true
)

select
    customer.customer_id,
    nullif(concat_ws(' ', customer.first_name, customer.last_name), '') as customer_name,
    customer.email,
    customer.phone,
    placed.country,
    placed.region,
    placed.city,
    customer.consent as marketing_consent,
    cast(local_timestamp(customer.created_at, $timezone) as date) as acquired_on
from raw.customers as customer
left join placed
    on customer.customer_id = placed.customer_id
    and placed.position = 1
