-- One row per customer.

with

record as (
    select
        customer_key,
        count(*) as source_records
    from staging.customer_record
    group by customer_key
)

select
    customer.customer_key,
    customer.customer_name,
    customer.customer_kind,
    customer.email,
    customer.phone,
    customer.industry,
    customer.country,
    customer.region,
    customer.city,
    customer.address,
    customer.acquisition_channel,
    customer.acquired_on,
    customer.owner_rep_id,
    customer.marketing_consent,
    record.source_records
from staging.customer as customer
inner join record
    on customer.customer_key = record.customer_key
