-- One row per month from the first sale on and key figure.
--
-- Days of cases and interactions are those of the pipeline's zone. A campaign's response is counted in the month in which
-- it first touched a customer, of those treated. Of a ratio to members the numerator may hold customers who are none yet.
-- Who bought on two days in the 365 days to the month's end is a repeat buyer. What rests on a table that is not supplied
-- is unknown. Of churn, complaints and the concentration of profit less is better.

with

first_sale as (
    select min(month_no) as month_no from work.sale_cell
),

months as (
    select
        months.month_no,
        months.month
    from first_sale
    inner join work.month as months on first_sale.month_no <= months.month_no
),

tables as (
    select
        coalesce(bool_or(is_supplied) filter (where table_name = 'service_case'), false) as has_cases,
        coalesce(bool_or(is_supplied) filter (where table_name = 'interaction'), false) as has_interactions,
        coalesce(bool_or(is_supplied) filter (where table_name = 'points_entry'), false) as has_points,
        coalesce(bool_or(is_supplied) filter (where table_name = 'opportunity'), false) as has_opportunities,
        coalesce(bool_or(is_supplied) filter (where table_name = 'campaign_touch'), false) as has_touches,
        coalesce(bool_or(is_supplied) filter (where table_name = 'campaign'), false) as has_campaigns
    from work.supplied
),

sales as (
    select
        month_no,
        orders,
        cast(net_sales as double) as net_sales,
        cast(net_sales - cost_of_goods as double) as gross_profit
    from work.sale_cube
    where category_no < 0 and channel_no < 0 and region_no < 0
),

cases as (
    select
        cast(local_timestamp(opened_at, $timezone) as date) as day,
        customer_key,
        kind,
        csat,
        nps
    from core.service_case
),

case_months as (
    select
        date_part('year', day) * 12 + date_part('month', day) - 1 as month_no,
        count(*) as cases,
        count(*) filter (where kind = 'complaint') as complaints,
        cast(sum(csat) as double) / nullif(cast(count(csat) as double), 0) as csat,
        100 * cast(
            count(*) filter (where nps between 9 and 10) - count(*) filter (where nps between 0 and 6) as double
        ) / nullif(cast(count(nps) as double), 0) as nps
    from cases
    group by 1
),

interactions as (
    select
        cast(local_timestamp(occurred_at, $timezone) as date) as day,
        kind
    from core.interaction
),

interaction_months as (
    select
        date_part('year', day) * 12 + date_part('month', day) - 1 as month_no,
        count(*) as contacts
    from interactions
    where kind in ('call', 'visit', 'email', 'social')
    group by 1
),

opportunity_months as (
    select
        date_part('year', closed_on) * 12 + date_part('month', closed_on) - 1 as month_no,
        count(*) filter (where outcome = 'won') as won,
        count(*) as closed
    from core.opportunity
    where outcome in ('won', 'lost') and closed_on <= $as_of
    group by 1
),

-- Of touches at one moment the treatment counts.
touched as (
    select
        min(cast(local_timestamp(touched_at, $timezone) as date)) as day,
        min(touched_at) filter (where arm = 'treatment') = min(touched_at) as is_treatment,
        bool_or(cast(local_timestamp(responded_at, $timezone) as date) <= $as_of) as has_responded
    from core.campaign_touch
    where customer_key is not null
    group by campaign_id, customer_key
),

touch_months as (
    select
        date_part('year', day) * 12 + date_part('month', day) - 1 as month_no,
        count(*) as touched,
        count(*) filter (where has_responded) as responded
    from touched
    where is_treatment
    group by 1
),

updates as (
    select customer_no, month_no from work.customer_day
    union all
    select customer_no, month_no from work.customer_contact_day
    where interactions > 0
    union all
    select
        numbers.customer_no,
        cast(date_part('year', cases.day) * 12 + date_part('month', cases.day) - 1 as integer) as month_no
    from cases
    inner join work.customer_number as numbers on cases.customer_key = numbers.customer_key
    union all
    select
        numbers.customer_no,
        cast(date_part('year', entries.posted_on) * 12 + date_part('month', entries.posted_on) - 1 as integer) as month_no
    from core.points_entry as entries
    inner join work.customer_number as numbers on entries.customer_key = numbers.customer_key
    union all
    select
        numbers.customer_no,
        cast(
            date_part('year', opportunity.created_on) * 12 + date_part('month', opportunity.created_on) - 1 as integer
        ) as month_no
    from core.opportunity as opportunity
    inner join work.customer_number as numbers on opportunity.customer_key = numbers.customer_key
),

update_months as (
    select
        month_no,
        count(*) as customers
    from (select distinct customer_no, month_no from updates where customer_no > 0) as updated
    group by month_no
),

base as (
    select month_no, active, lapsed, total from work.customer_base
    where segment_kind = 'all'
),

latest_month as (
    select max(month_no) as month_no from work.month
),

acquisition as (
    select
        cast(sum(clv_12m_total) as double) as clv_12m,
        cast(sum(acquisition_cost) as double) as cost
    from marts.acquisition_performance
    where cohort_month > to_char(date_trunc('month', $as_of) - interval '12 months', '%Y-%m')
        and cohort_month <= to_char($as_of, '%Y-%m')
),

facts as (
    select
        months.month_no,
        months.month,
        tables.has_cases,
        tables.has_interactions,
        tables.has_points,
        tables.has_opportunities,
        tables.has_touches,
        tables.has_campaigns,
        coalesce(sales.net_sales, 0) as net_sales,
        lag(coalesce(sales.net_sales, 0)) over (order by months.month_no) as net_sales_before,
        coalesce(sales.gross_profit, 0) as gross_profit,
        cast(coalesce(sales.orders, 0) as double) as orders,
        cast(members.members as double) as members,
        members.completeness,
        cast(base.active as double) as active,
        cast(base.lapsed as double) as lapsed,
        cast(base.total as double) as total,
        lag(cast(base.total as double)) over (order by months.month_no) as total_before,
        cast(repeats.buyers_before as double) as buyers_before,
        cast(repeats.retained_buyers as double) as retained_buyers,
        cast(repeats.repeat_buyers as double) as repeat_buyers,
        cast(coalesce(case_months.cases, 0) as double) as cases,
        cast(coalesce(case_months.complaints, 0) as double) as complaints,
        case_months.csat,
        case_months.nps,
        cast(coalesce(interaction_months.contacts, 0) as double) as contacts,
        cast(opportunity_months.won as double) as won,
        cast(opportunity_months.closed as double) as closed,
        cast(touch_months.touched as double) as touched,
        cast(touch_months.responded as double) as responded,
        cast(coalesce(update_months.customers, 0) as double) as updated,
        ginis.profit_gini,
        case
            when months.month_no = latest_month.month_no then acquisition.clv_12m / nullif(acquisition.cost, 0)
        end as clv_to_cac
    from tables
    cross join latest_month
    cross join acquisition
    cross join months
    left join sales on months.month_no = sales.month_no
    left join marts.member_base as members on months.month = members.month
    left join base on months.month_no = base.month_no
    left join work.repeat_month as repeats on months.month_no = repeats.month_no
    left join case_months on months.month_no = case_months.month_no
    left join interaction_months on months.month_no = interaction_months.month_no
    left join opportunity_months on months.month_no = opportunity_months.month_no
    left join touch_months on months.month_no = touch_months.month_no
    left join update_months on months.month_no = update_months.month_no
    left join work.profit_gini_month as ginis on months.month_no = ginis.month_no
),

listed as (
    select
        month_no,
        month,
        unnest(make_array(
            named_struct('kpi', 'net_sales', 'value', net_sales),
            named_struct('kpi', 'net_sales_growth', 'value', (net_sales - net_sales_before) / nullif(abs(net_sales_before), 0)),
            named_struct('kpi', 'gross_margin', 'value', gross_profit / nullif(net_sales, 0)),
            named_struct('kpi', 'orders', 'value', orders),
            named_struct('kpi', 'average_order_value', 'value', net_sales / nullif(orders, 0)),
            named_struct('kpi', 'customers', 'value', members),
            named_struct('kpi', 'active_customers', 'value', active),
            named_struct('kpi', 'retention_12m', 'value', retained_buyers / nullif(buyers_before, 0)),
            named_struct('kpi', 'repeat_rate', 'value', repeat_buyers / nullif(total, 0)),
            named_struct('kpi', 'churn_rate', 'value', lapsed / nullif(total_before, 0)),
            named_struct('kpi', 'complaint_rate', 'value', case when has_cases then complaints / nullif(orders, 0) end),
            named_struct('kpi', 'csat', 'value', case when has_cases then csat end),
            named_struct('kpi', 'nps', 'value', case when has_cases then nps end),
            named_struct(
                'kpi', 'contacts_per_customer',
                'value', case when has_cases and has_interactions then (contacts + cases) / nullif(members, 0) end
            ),
            named_struct('kpi', 'opportunity_conversion', 'value', case when has_opportunities then won / nullif(closed, 0) end),
            named_struct('kpi', 'campaign_response', 'value', case when has_touches then responded / nullif(touched, 0) end),
            named_struct('kpi', 'completeness', 'value', completeness),
            named_struct(
                'kpi', 'data_update_rate',
                'value', case
                    when has_cases and has_interactions and has_points and has_opportunities
                        then updated / nullif(members, 0)
                end
            ),
            named_struct('kpi', 'profit_gini', 'value', profit_gini),
            named_struct('kpi', 'clv_to_cac', 'value', case when has_campaigns then clv_to_cac end)
        )) as figure
    from facts
),

figures as (
    select
        month_no,
        month,
        figure['kpi'] as kpi,
        figure['value'] as value
    from listed
),

targets as (
    select
        month,
        case when scope_kind = 'company' then 'net_sales' else scope_value end as kpi,
        cast(sum(target_amount) as double) as target
    from core.sales_target
    where scope_kind = 'company' or (scope_kind = 'kpi' and scope_value <> 'net_sales')
    group by 1, 2
),

compared as (
    select
        figures.month,
        figures.kpi,
        figures.value,
        lag(figures.value) over (partition by figures.kpi order by figures.month_no) as previous,
        targets.target,
        case
            when figures.kpi in ('churn_rate', 'complaint_rate', 'profit_gini') then targets.target - figures.value
            else figures.value - targets.target
        end as surplus
    from figures
    left join targets on figures.month = targets.month and figures.kpi = targets.kpi
)

select
    month,
    kpi,
    value,
    previous,
    value - previous as change,
    target,
    case
        when surplus is null then 'none'
        when surplus >= 0 then 'good'
        when -surplus <= abs(target) / 10 then 'watch'
        else 'bad'
    end as status
from compared
