-- One row per customer record.

select
    'crm' as source_system,
    customer_id as source_customer_id,
    customer_name,
    case
        when customer_kind in ('个人', '个人客户', '会员') then 'person'
        when customer_kind in ('企业', '公司', '企业客户', '单位') then 'company'
    end as customer_kind,
    email,
    phone,
    case when gender in ('女', '女士') then 'female' when gender in ('男', '先生') then 'male' end as gender,
    birth_date,
    industry,
    case when country in ('中国', '中华人民共和国') then 'CN' else country end as country,
    region,
    city,
    address,
    source_channel as acquisition_channel,
    registered_on as acquired_on,
    owner_rep_id,
    consent as marketing_consent,
    updated_at
from raw.customers
