-- One row per month from the first sale and key figure. Members, moves of the base and acquisition come from the published
-- marts that are verified by themselves; the rest is counted month by month from the facts.

with

months as (
    select
        strftime(month_start, '%Y-%m') as month,
        cast(month_start as date) as b,
        least(cast(month_start + interval 1 month - interval 1 day as date), as_of) as e
    from (
        select
            as_of,
            unnest(generate_series(
                date_trunc('month', (select min(ordered_on) from fct_sale)), date_trunc('month', as_of), interval 1 month
            )) as month_start
        from run
    ) as starts
),

sales as (
    select
        strftime(ordered_on, '%Y-%m') as month,
        cast(coalesce(sum(net_amount), 0) as double) as net,
        cast(coalesce(sum(net_amount), 0) - coalesce(sum(cost_amount), 0) as double) as margin,
        count(distinct order_id) filter (where not is_return) as orders
    from fct_sale
    group by 1
),

days as (select distinct customer_key, ordered_on as d from fct_sale where customer_key is not null and not is_return),

-- per month end and customer: purchase days of the year and of the year before
habits as (
    select
        months.month,
        days.customer_key,
        count(*) filter (where days.d between e - 364 and e) as now_days,
        count(*) filter (where days.d between e - 729 and e - 365) as before_days,
        count(*) filter (where days.d between b and e) as month_days
    from months
    inner join days on days.d between e - 729 and e
    group by all
),

habit_months as (
    select
        month,
        count(*) filter (where month_days > 0) as active,
        count(*) filter (where before_days > 0 and now_days > 0) / nullif(count(*) filter (where before_days > 0), 0) as retention,
        count(*) filter (where now_days >= 2) / nullif(count(*) filter (where now_days > 0), 0) as repeats
    from habits
    group by month
),

trend as (
    select month, lapsed, lag(total) over (order by month) as total_before
    from published_customer_base_trend
    where segment_kind = 'all'
),

cases as (
    select fct_service_case.*, cast(opened_at at time zone run.timezone as date) as d from fct_service_case cross join run
),

talks as (
    select fct_interaction.*, cast(occurred_at at time zone run.timezone as date) as d from fct_interaction cross join run
),

case_months as (
    select
        strftime(d, '%Y-%m') as month,
        count(*) as cases,
        count(*) filter (where kind = 'complaint') as complaints,
        avg(csat) as csat,
        100.0::double * (count(*) filter (where nps in (9, 10)) / nullif(count(nps), 0)
            - count(*) filter (where nps between 0 and 6) / nullif(count(nps), 0)) as nps
    from cases
    group by 1
),

talk_months as (
    select strftime(d, '%Y-%m') as month, count(*) as talks
    from talks
    where kind in ('call', 'visit', 'email', 'social')
    group by 1
),

deals as (
    select strftime(closed_on, '%Y-%m') as month, count(*) filter (where outcome = 'won') as won, count(*) as closed
    from fct_opportunity
    cross join run
    where outcome in ('won', 'lost') and closed_on <= run.as_of
    group by 1
),

touches as (
    select
        campaign_id,
        customer_key,
        first(arm order by touched_at, arm desc) as arm,
        min(cast(touched_at at time zone run.timezone as date)) as d,
        count(*) filter (where cast(responded_at at time zone run.timezone as date) <= run.as_of) as responses
    from fct_campaign_touch
    cross join run
    where customer_key is not null
    group by campaign_id, customer_key
),

touch_months as (
    select strftime(d, '%Y-%m') as month, count(*) filter (where responses > 0) as responded, count(*) as touched
    from touches
    where arm = 'treatment'
    group by 1
),

seen as (
    select customer_key, strftime(ordered_on, '%Y-%m') as month from fct_sale
    union select customer_key, strftime(d, '%Y-%m') from cases
    union select customer_key, strftime(d, '%Y-%m') from talks
    union select customer_key, strftime(posted_on, '%Y-%m') from fct_points_entry
    union select customer_key, strftime(created_on, '%Y-%m') from fct_opportunity
),

seen_months as (select month, count(customer_key) as seen from seen group by month),

-- contribution of the year to each month's end, of every customer with an order by then
costs as (
    select
        campaign_id,
        customer_key,
        cast(touched_at at time zone run.timezone as date) as d,
        row_number() over (partition by campaign_id order by touched_at, customer_key nulls last) as place,
        count(*) over (partition by campaign_id) as n,
        coalesce((select max(cast(cost_amount * 100 as bigint)) from dim_campaign as c where c.campaign_id = t.campaign_id), 0) as cents
    from fct_campaign_touch as t
    cross join run
    where arm = 'treatment'
),

facts as (
    select customer_key, ordered_on as d,
        coalesce(net_amount, 0) - coalesce(cost_amount, 0) - coalesce(shipping_amount, 0) as amount, 0 as talks
    from fct_sale
    union all
    select customer_key, d,
        -coalesce(handling_cost, (select max(round(unit_cost, 2)) from cost_rate where driver = 'service_case'), 0), 0
    from cases
    union all
    select customer_key, d, 0, 1 from talks
    union all
    select customer_key, d,
        -cast((cents - (cents % n + n) % n) // n + case when place <= (cents % n + n) % n then 1 else 0 end as decimal(20, 0)) * 0.01, 0
    from costs
),

buyers as (select customer_key, min(d) as first_on from days group by 1),

profits as (
    select
        months.month,
        buyers.customer_key,
        greatest(0, cast(coalesce(sum(facts.amount), 0) as decimal(38, 2)) - round(
            coalesce((select max(unit_cost) from cost_rate where driver = 'interaction'), 0)
            * cast(coalesce(sum(facts.talks), 0) as bigint), 2)) as profit
    from months
    inner join buyers on buyers.first_on <= months.e
    left join facts on facts.customer_key = buyers.customer_key and facts.d between months.e - 364 and months.e
    group by all
),

ranked as (
    select month, cast(profit as double) as x, row_number() over (partition by month order by profit) as i,
        count(*) over (partition by month) as n
    from profits
),

ginis as (select month, sum((2 * i - n - 1) * x) / nullif(any_value(n) * sum(x), 0) as gini from ranked group by month),

acquisition as (
    select sum(clv_12m_total) as clv, sum(acquisition_cost) as cost
    from published_acquisition_performance
    cross join run
    where cohort_month between strftime(run.as_of - interval 11 months, '%Y-%m') and strftime(run.as_of, '%Y-%m')
),

has as (
    select coalesce(list(table_name), []) as tables from supplied
),

wide as (
    select
        months.month,
        coalesce(net, 0) as net_sales,
        coalesce(margin, 0) as margin,
        coalesce(orders, 0) as orders,
        members.members,
        members.completeness,
        active, retention, repeats, lapsed, total_before,
        coalesce(cases, 0) as cases, coalesce(complaints, 0) as complaints, csat, nps, coalesce(talks, 0) as talks,
        won, closed, responded, touched, coalesce(seen, 0) as seen, gini,
        case when months.e = (select as_of from run) then (select cast(clv as double) / nullif(cost, 0) from acquisition) end as clv_to_cac,
        has.tables
    from months
    cross join has
    left join sales on sales.month = months.month
    left join published_member_base as members on members.month = months.month
    left join habit_months on habit_months.month = months.month
    left join trend on trend.month = months.month
    left join case_months on case_months.month = months.month
    left join talk_months on talk_months.month = months.month
    left join deals on deals.month = months.month
    left join touch_months on touch_months.month = months.month
    left join seen_months on seen_months.month = months.month
    left join ginis on ginis.month = months.month
),

long as (
    select month, 'net_sales' as kpi, net_sales as value from wide
    union all select month, 'net_sales_growth',
        (net_sales - lag(net_sales) over (order by month)) / nullif(abs(lag(net_sales) over (order by month)), 0) from wide
    union all select month, 'gross_margin', margin / nullif(net_sales, 0) from wide
    union all select month, 'orders', orders from wide
    union all select month, 'average_order_value', net_sales / nullif(orders, 0) from wide
    union all select month, 'customers', members from wide
    union all select month, 'active_customers', coalesce(active, 0) from wide
    union all select month, 'retention_12m', retention from wide
    union all select month, 'repeat_rate', repeats from wide
    union all select month, 'churn_rate', lapsed / nullif(total_before, 0) from wide
    union all select month, 'complaint_rate', complaints / nullif(orders, 0) from wide where 'service_case' in tables
    union all select month, 'csat', csat from wide
    union all select month, 'nps', nps from wide
    union all select month, 'contacts_per_customer', (talks + cases) / nullif(members, 0) from wide
        where 'service_case' in tables and 'interaction' in tables
    union all select month, 'opportunity_conversion', won / nullif(closed, 0) from wide
    union all select month, 'campaign_response', responded / nullif(touched, 0) from wide
    union all select month, 'completeness', completeness from wide
    union all select month, 'data_update_rate', seen / nullif(members, 0) from wide
        where 'service_case' in tables and 'interaction' in tables and 'points_entry' in tables and 'opportunity' in tables
    union all select month, 'profit_gini', gini from wide
    union all select month, 'clv_to_cac', clv_to_cac from wide where 'campaign' in tables
),

kpis as (
    select unnest(['net_sales', 'net_sales_growth', 'gross_margin', 'orders', 'average_order_value', 'customers',
        'active_customers', 'retention_12m', 'repeat_rate', 'churn_rate', 'complaint_rate', 'csat', 'nps',
        'contacts_per_customer', 'opportunity_conversion', 'campaign_response', 'completeness', 'data_update_rate',
        'profit_gini', 'clv_to_cac']) as kpi
),

judged as (
    select
        months.month,
        kpis.kpi,
        long.value,
        lag(long.value) over (partition by kpis.kpi order by months.month) as previous,
        (select cast(sum(target_amount) as double) from fct_sales_target as t where t.month = months.month
            and case when kpis.kpi = 'net_sales' then t.scope_kind = 'company'
                else t.scope_kind = 'kpi' and t.scope_value = kpis.kpi end) as target
    from months
    cross join kpis
    left join long on long.month = months.month and long.kpi = kpis.kpi
)

select
    *,
    value - previous as change,
    case
        when value is null or target is null then 'none'
        when case when kpi in ('churn_rate', 'complaint_rate', 'profit_gini') then value <= target else value >= target end then 'good'
        when abs(value - target) <= abs(target) / 10 then 'watch'
        else 'bad'
    end as status
from judged
