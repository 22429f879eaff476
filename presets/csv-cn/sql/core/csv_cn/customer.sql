-- One row per real customer: the golden record of all its records.
--
-- A value is that of the latest record that has one; records of the same moment are told apart by their ids. The first
-- contact is the earliest, and its channel is the one that won the customer.
-- Most customers have one record, which is the golden one as it is: only the others are ordered and searched, by
-- finding for each column the first position with a value, then the value there.

with

record_count as (
    select
        customer_key,
        count(*) as source_records
    from match.customer
    group by customer_key
),

record as (
    select
        link.customer_key,
        record_count.source_records,
        record.*
    from match.customer as link
    inner join record_count
        on link.customer_key = record_count.customer_key
    inner join staging.customer as record
        on link.source_system = record.source_system
        and link.source_customer_id = record.source_customer_id
),

ordered as (
    select
        *,
        row_number() over (
            partition by customer_key
            order by updated_at desc nulls last, source_system, source_customer_id
        ) as position,
        row_number() over (
            partition by customer_key
            order by acquired_on nulls last, source_system, source_customer_id
        ) as first_position
    from record
    where source_records > 1
),

place as (
    select
        customer_key,
        min(case when customer_name is not null then position end) as customer_name,
        min(case when customer_kind is not null then position end) as customer_kind,
        min(case when email is not null then position end) as email,
        min(case when phone is not null then position end) as phone,
        min(case when gender is not null then position end) as gender,
        min(case when birth_date is not null then position end) as birth_date,
        min(case when industry is not null then position end) as industry,
        min(case when country is not null then position end) as country,
        min(case when region is not null then position end) as region,
        min(case when city is not null then position end) as city,
        min(case when address is not null then position end) as address,
        min(case when acquisition_channel is not null then first_position end) as acquisition_channel,
        min(case when acquired_on is not null then first_position end) as acquired_on,
        min(case when owner_rep_id is not null then position end) as owner_rep_id,
        min(case when marketing_consent is not null then position end) as marketing_consent
    from ordered
    group by customer_key
),

survivor as (
    select
        ordered.customer_key,
        max(case when ordered.position = place.customer_name then ordered.customer_name end) as customer_name,
        max(case when ordered.position = place.customer_kind then ordered.customer_kind end) as customer_kind,
        max(case when ordered.position = place.email then ordered.email end) as email,
        max(case when ordered.position = place.phone then ordered.phone end) as phone,
        max(case when ordered.position = place.gender then ordered.gender end) as gender,
        max(case when ordered.position = place.birth_date then ordered.birth_date end) as birth_date,
        max(case when ordered.position = place.industry then ordered.industry end) as industry,
        max(case when ordered.position = place.country then ordered.country end) as country,
        max(case when ordered.position = place.region then ordered.region end) as region,
        max(case when ordered.position = place.city then ordered.city end) as city,
        max(case when ordered.position = place.address then ordered.address end) as address,
        max(case when ordered.first_position = place.acquisition_channel then ordered.acquisition_channel end) as acquisition_channel,
        max(case when ordered.first_position = place.acquired_on then ordered.acquired_on end) as acquired_on,
        max(case when ordered.position = place.owner_rep_id then ordered.owner_rep_id end) as owner_rep_id,
        max(case when ordered.position = place.marketing_consent then ordered.marketing_consent end) as marketing_consent,
        max(ordered.source_records) as source_records
    from ordered
    inner join place
        on ordered.customer_key = place.customer_key
    group by ordered.customer_key
)

select
    customer_key,
    customer_name,
    customer_kind,
    email,
    phone,
    gender,
    birth_date,
    industry,
    country,
    region,
    city,
    address,
    acquisition_channel,
    acquired_on,
    owner_rep_id,
    marketing_consent,
    source_records
from record
where source_records = 1

union all

select
    customer_key,
    customer_name,
    customer_kind,
    email,
    phone,
    gender,
    birth_date,
    industry,
    country,
    region,
    city,
    address,
    acquisition_channel,
    acquired_on,
    owner_rep_id,
    marketing_consent,
    source_records
from survivor
