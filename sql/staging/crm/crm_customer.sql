-- One row per customer record of the CRM.

select
    'crm' as source_system,
    customer.customer_id as source_customer_id,
    customer.customer_name,
    case customer.customer_kind when '个人' then 'person' when '企业' then 'company' end as customer_kind,
    customer.email,
    customer.phone,
    case customer.gender when '女' then 'female' when '男' then 'male' end as gender,
    customer.birth_date,
    coalesce(industry.value, customer.industry) as industry,
    case customer.country when '中国' then 'CN' else customer.country end as country,
    coalesce(region.value, customer.region) as region,
    customer.city,
    customer.address,
    coalesce(source.value, customer.source_channel) as acquisition_channel,
    customer.registered_on as acquired_on,
    customer.owner_rep_id,
    customer.consent as marketing_consent,
    customer.updated_at
from raw.crm_customers as customer
left join staging.word as industry
    on customer.industry = industry.word
    and industry.topic = 'industry'
left join staging.word as region
    on customer.region = region.word
    and region.topic = 'region'
left join staging.word as source
    on customer.source_channel = source.word
    and source.topic = 'source'
