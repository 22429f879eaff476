-- One row per month in which customers were won and channel, and per month and channel of an acquisition campaign.
--
-- What a campaign cost belongs to the month in which it starts, whether anybody came or not. It is paid back in the first
-- month through which its customers' net profit reaches it; profit from before they were won counts from the start.

with

cohorts as (
    select
        cohort_no,
        channel,
        count(*) as acquired,
        count(days_to_first_order) as converted,
        percentile_cont(cast(days_to_first_order as double), 0.5) as days_to_first_order_median
    from work.customer_cohort
    group by cohort_no, channel
),

costs as (
    select
        cast(date_part('year', starts_on) * 12 + date_part('month', starts_on) - 1 as integer) as cohort_no,
        case when channel = 'All' then '(All)' else coalesce(channel, '(unknown)') end as channel,
        sum(coalesce(cost_amount, 0)) as cost
    from core.campaign
    where kind = 'acquisition' and starts_on is not null
    group by 1, 2
),

profits as (
    select
        members.cohort_no,
        members.channel,
        greatest(months.month_no - members.cohort_no, 0) as months_since,
        sum(
            months.net_sales
            - months.cost_of_goods
            - months.shipping
            - months.service_cost
            - months.promotion_cost
            - coalesce(overheads.overhead, 0)
        ) as net_profit
    from work.customer_cohort as members
    inner join work.customer_month as months on members.customer_no = months.customer_no
    left join work.customer_overhead as overheads
        on months.month_no = overheads.month_no and months.customer_no = overheads.customer_no
    group by 1, 2, 3
),

cumulated as (
    select
        cohort_no,
        channel,
        months_since,
        net_profit,
        sum(net_profit) over (partition by cohort_no, channel order by months_since) as profit_to_date
    from profits
),

-- Nothing is earned before the first profit: that pays for what cost less than nothing.
paybacks as (
    select
        cumulated.cohort_no,
        cumulated.channel,
        sum(cumulated.net_profit) as net_profit,
        min(cumulated.months_since) filter (where cumulated.profit_to_date >= costs.cost) as payback_months,
        min(cumulated.months_since) as first_profit_months
    from cumulated
    left join costs on cumulated.cohort_no = costs.cohort_no and cumulated.channel = costs.channel
    group by cumulated.cohort_no, cumulated.channel
),

lifetime_values as (
    select
        members.cohort_no,
        members.channel,
        sum(lifetime.clv_12m) as clv_12m
    from marts.customer_lifetime_value as lifetime
    inner join work.customer_number as numbers on lifetime.customer_key = numbers.customer_key
    inner join work.customer_cohort as members on numbers.customer_no = members.customer_no
    group by members.cohort_no, members.channel
),

rows as (
    select
        coalesce(cohorts.cohort_no, costs.cohort_no) as cohort_no,
        coalesce(cohorts.channel, costs.channel) as channel,
        coalesce(cohorts.acquired, 0) as acquired,
        coalesce(cohorts.converted, 0) as converted,
        cohorts.days_to_first_order_median,
        coalesce(costs.cost, 0) as cost
    from cohorts
    full join costs on cohorts.cohort_no = costs.cohort_no and cohorts.channel = costs.channel
),

campaigns as (
    select is_supplied from work.supplied
    where table_name = 'campaign'
)

select
    concat(
        lpad(cast(rows.cohort_no / 12 as varchar), 4, '0'), '-', lpad(cast(rows.cohort_no % 12 + 1 as varchar), 2, '0')
    ) as cohort_month,
    rows.channel as acquisition_channel,
    rows.acquired,
    rows.converted,
    cast(rows.converted as double) / nullif(cast(rows.acquired as double), 0) as conversion_rate,
    rows.days_to_first_order_median,
    cast(case when campaigns.is_supplied then rows.cost end as decimal(38, 2)) as acquisition_cost,
    case when rows.cost <> 0 then money_per(rows.cost, rows.converted) end as cac,
    cast(coalesce(paybacks.net_profit, 0) as decimal(38, 2)) as net_profit_to_date,
    cast(
        case
            when rows.cost < 0 and coalesce(paybacks.first_profit_months > 0, true) then 0
            when rows.cost <> 0 then paybacks.payback_months
        end as bigint
    ) as payback_months,
    money_per(lifetime_values.clv_12m, rows.converted) as clv_12m,
    cast(lifetime_values.clv_12m as double) / nullif(cast(rows.cost as double), 0) as clv_to_cac,
    cast(lifetime_values.clv_12m as decimal(38, 2)) as clv_12m_total
from campaigns
cross join rows
left join paybacks on rows.cohort_no = paybacks.cohort_no and rows.channel = paybacks.channel
left join lifetime_values on rows.cohort_no = lifetime_values.cohort_no and rows.channel = lifetime_values.channel
