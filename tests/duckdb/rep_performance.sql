-- One row per month and sales person with a line, a target or a closed opportunity.

with

lines as (
    select
        strftime(ordered_on, '%Y-%m') as month,
        coalesce(sales_rep_id, '(unknown)') as sales_rep_id,
        count(distinct order_id) filter (where not is_return) as orders,
        coalesce(sum(net_amount), 0) as net_sales
    from fct_sale
    group by 1, 2
),

targets as (
    select month, coalesce(scope_value, '(unknown)') as sales_rep_id, sum(target_amount) as target_amount
    from fct_sales_target
    cross join run
    where scope_kind = 'rep' and month <= strftime(run.as_of, '%Y-%m')
    group by 1, 2
),

closed as (
    select
        strftime(closed_on, '%Y-%m') as month,
        coalesce(sales_rep_id, '(unknown)') as sales_rep_id,
        count(*) filter (where outcome = 'won') as won,
        count(*) filter (where outcome = 'lost') as lost,
        avg(closed_on - created_on) filter (where outcome = 'won') as cycle_days_mean,
        sum(amount) filter (where outcome = 'won') as won_amount
    from fct_opportunity
    cross join run
    where outcome in ('won', 'lost') and closed_on <= run.as_of
    group by 1, 2
),

wanted as (
    select month, sales_rep_id from lines
    union select month, sales_rep_id from targets
    union select month, sales_rep_id from closed
),

month_ends as (
    select
        month,
        sales_rep_id,
        least(last_day(strptime(month || '-01', '%Y-%m-%d')), run.as_of) as month_end
    from wanted
    cross join run
),

open as (
    select month_ends.month, month_ends.sales_rep_id, count(*) as open
    from month_ends
    inner join fct_opportunity
        on coalesce(fct_opportunity.sales_rep_id, '(unknown)') = month_ends.sales_rep_id
        and fct_opportunity.created_on <= month_ends.month_end
        and (fct_opportunity.outcome = 'open' or fct_opportunity.closed_on > month_ends.month_end)
    group by all
),

facts as (
    select
        wanted.*,
        dim_sales_rep.department,
        coalesce(lines.orders, 0) as orders,
        coalesce(lines.net_sales, 0) as net_sales,
        targets.target_amount,
        case when known.yes then coalesce(closed.won, 0) end as won,
        case when known.yes then coalesce(closed.lost, 0) end as lost,
        closed.cycle_days_mean,
        case when known.yes then coalesce(closed.won_amount, 0) end as won_amount,
        coalesce(open.open, 0) as open
    from wanted
    cross join (select count(*) > 0 as yes from supplied where table_name = 'opportunity') as known
    left join dim_sales_rep using (sales_rep_id)
    left join lines using (month, sales_rep_id)
    left join targets using (month, sales_rep_id)
    left join closed using (month, sales_rep_id)
    left join open using (month, sales_rep_id)
)

select
    month,
    sales_rep_id,
    department,
    orders,
    net_sales,
    target_amount,
    cast(net_sales as double) / cast(nullif(target_amount, 0) as double) as attainment,
    won as opportunities_won,
    lost as opportunities_lost,
    won / nullif(won + lost, 0) as win_rate,
    cycle_days_mean,
    won_amount,
    open * (won / nullif(won + lost, 0)) * (cast(won_amount as double) / nullif(won, 0))
    / nullif(cycle_days_mean, 0) as sales_velocity
from facts
