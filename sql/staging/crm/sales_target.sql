-- One row per month and scope.
--
-- Months are written like 2024年03月.

with

target as (
    select
        replace(replace(month, '年', '-'), '月', '') as month,
        case scope_kind
            when '公司' then 'company'
            when '渠道' then 'channel'
            when '类别' then 'category'
            when '大区' then 'region'
            when '员工' then 'rep'
            when '指标' then 'kpi'
            else scope_kind
        end as scope_kind,
        scope_value,
        target_amount
    from raw.crm_sales_targets
)

select
    target.month,
    target.scope_kind,
    case
        when target.scope_kind = 'company' then 'company'
        else coalesce(word.value, target.scope_value)
    end as scope_value,
    target.target_amount
from target
left join staging.word as word
    on target.scope_kind = word.topic
    and target.scope_value = word.word
