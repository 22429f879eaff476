-- One row per cohort month and acquisition channel. Net profit comes from the published waterfall, the value to come from
-- the published lifetime values (both verified by themselves).

with

firsts as (
    select customer_key, min(ordered_on) as first_on
    from fct_sale
    where customer_key is not null and not is_return
    group by customer_key
),

members as (
    select
        dim_customer.customer_key,
        case acquisition_channel when 'All' then '(All)' else coalesce(acquisition_channel, '(unknown)') end as channel,
        strftime(least(acquired_on, first_on), '%Y-%m') as cohort_month,
        first_on,
        greatest(0, first_on - coalesce(acquired_on, first_on)) as days
    from dim_customer
    left join firsts on firsts.customer_key = dim_customer.customer_key
    where acquired_on is not null or first_on is not null
),

cohorts as (
    select
        cohort_month,
        channel,
        count(*) as acquired,
        count(first_on) as converted,
        median(days) filter (where first_on is not null) as days_to_first_order_median
    from members
    group by all
),

costs as (
    select
        strftime(starts_on, '%Y-%m') as cohort_month,
        case channel when 'All' then '(All)' else coalesce(channel, '(unknown)') end as channel,
        sum(coalesce(cost_amount, 0)) as cost
    from dim_campaign
    where kind = 'acquisition' and starts_on is not null
    group by all
),

rows as (
    select
        coalesce(cohorts.cohort_month, costs.cohort_month) as cohort_month,
        coalesce(cohorts.channel, costs.channel) as channel,
        coalesce(acquired, 0) as acquired,
        coalesce(converted, 0) as converted,
        days_to_first_order_median,
        coalesce(cost, 0) as cost
    from cohorts
    full join costs on costs.cohort_month = cohorts.cohort_month and costs.channel = cohorts.channel
),

profits as (
    select members.cohort_month, members.channel, mart.month, sum(mart.net_profit) as net_profit
    from members
    inner join published_customer_profitability as mart on mart.customer_key = members.customer_key
    group by all
),

-- the months in which something was earned, and the cohort month itself, each with all that was earned until then
points as (
    select
        rows.cohort_month,
        rows.channel,
        rows.cost,
        ends.month,
        (
            select coalesce(sum(p.net_profit), 0) from profits as p
            where p.cohort_month = rows.cohort_month and p.channel = rows.channel and p.month <= ends.month
        ) as earned
    from rows
    inner join (select cohort_month, channel, month from profits union select cohort_month, channel, cohort_month from rows) as ends
        on ends.cohort_month = rows.cohort_month and ends.channel = rows.channel and ends.month >= rows.cohort_month
),

paybacks as (
    select cohort_month, channel, min(month) filter (where earned >= cost) as month
    from points
    group by all
),

lifetime_values as (
    select members.cohort_month, members.channel, sum(clv_12m) as clv
    from members
    inner join published_customer_lifetime_value as lifetime on lifetime.customer_key = members.customer_key
    cross join run
    where lifetime.as_of = run.as_of
    group by all
)

select
    rows.cohort_month,
    rows.channel as acquisition_channel,
    rows.acquired,
    rows.converted,
    rows.converted / nullif(rows.acquired, 0) as conversion_rate,
    rows.days_to_first_order_median,
    case when exists (select 1 from supplied where table_name = 'campaign') then rows.cost end as acquisition_cost,
    case when rows.cost <> 0 then money_per(rows.cost, rows.converted) end as cac,
    coalesce((select sum(net_profit) from profits as p where p.cohort_month = rows.cohort_month and p.channel = rows.channel), 0)
        as net_profit_to_date,
    case when rows.cost <> 0 then
        date_diff('month', cast(rows.cohort_month || '-01' as date), cast(paybacks.month || '-01' as date))
    end as payback_months,
    money_per(lifetime_values.clv, rows.converted) as clv_12m,
    cast(lifetime_values.clv as double) / nullif(rows.cost, 0) as clv_to_cac,
    lifetime_values.clv as clv_12m_total
from rows
left join paybacks on paybacks.cohort_month = rows.cohort_month and paybacks.channel = rows.channel
left join lifetime_values on lifetime_values.cohort_month = rows.cohort_month and lifetime_values.channel = rows.channel
