-- One row per month and sales person with an order line, a target or a closed opportunity.
--
-- An order with several sales persons or months counts once for each. An opportunity is open at the end of a month when
-- it was opened by then and not closed by then; one that was won or lost on no known day counts nowhere.
-- sales_velocity: what the open opportunities bring a day at the rate, amount and pace of those closed in the month.

with

sale_orders as (
    select month_no, rep_no from work.sale_order
    where has_one_rep
    union all
    select
        month_no,
        rep_no
    from (
        select distinct
            lines.order_id,
            lines.month_no,
            lines.rep_no
        from work.sale_line as lines
        inner join work.sale_order as mixed on lines.order_id = mixed.order_id
        where not mixed.has_one_rep and not lines.is_return
    ) as distinct_orders
),

orders as (
    select
        month_no,
        rep_no,
        count(*) as orders
    from sale_orders
    group by month_no, rep_no
),

amounts as (
    select
        month_no,
        rep_no,
        coalesce(sum(net_amount), 0) as net_sales
    from work.sale_line
    group by month_no, rep_no
),

sales as (
    select
        months.month,
        coalesce(reps.value, '(unknown)') as sales_rep_id,
        coalesce(orders.orders, 0) as orders,
        amounts.net_sales
    from amounts
    inner join work.month as months on amounts.month_no = months.month_no
    inner join work.sale_label as reps
        on reps.dimension = 'sales_rep' and amounts.rep_no = reps.number
    left join orders on amounts.month_no = orders.month_no and amounts.rep_no = orders.rep_no
),

targets as (
    select
        month,
        coalesce(scope_value, '(unknown)') as sales_rep_id,
        sum(target_amount) as target_amount
    from core.sales_target
    where scope_kind = 'rep' and month <= to_char($as_of, '%Y-%m')
    group by 1, 2
),

opportunities as (
    select
        coalesce(sales_rep_id, '(unknown)') as sales_rep_id,
        outcome,
        amount,
        created_on,
        case when outcome <> 'open' then closed_on end as closed_on
    from core.opportunity
    where outcome = 'open' or closed_on is not null
),

closed as (
    select
        to_char(closed_on, '%Y-%m') as month,
        sales_rep_id,
        count(*) filter (where outcome = 'won') as won,
        count(*) filter (where outcome = 'lost') as lost,
        avg(case when outcome = 'won' then closed_on - created_on end) as cycle_days_mean,
        sum(amount) filter (where outcome = 'won') as won_amount
    from opportunities
    where closed_on <= $as_of
    group by 1, 2
),

-- Every month end at which an opportunity was open would be many rows; openings less closings are few.
flows as (
    select
        to_char(created_on, '%Y-%m') as month,
        sales_rep_id,
        1 as change
    from opportunities
    union all
    select
        to_char(greatest(closed_on, created_on), '%Y-%m') as month,
        sales_rep_id,
        -1 as change
    from opportunities
    where closed_on <= $as_of
),

changes as (
    select
        month,
        sales_rep_id,
        sum(change) as change
    from flows
    group by month, sales_rep_id
),

rows_wanted as (
    select month, sales_rep_id from sales
    union
    select month, sales_rep_id from targets
    union
    select month, sales_rep_id from closed
),

open_counts as (
    select
        rows_wanted.month,
        rows_wanted.sales_rep_id,
        sum(changes.change) as open
    from rows_wanted
    inner join changes
        on rows_wanted.sales_rep_id = changes.sales_rep_id and changes.month <= rows_wanted.month
    group by rows_wanted.month, rows_wanted.sales_rep_id
),

joined as (
    select
        rows_wanted.month,
        rows_wanted.sales_rep_id,
        reps.department,
        coalesce(sales.orders, 0) as orders,
        cast(coalesce(sales.net_sales, 0) as decimal(38, 2)) as net_sales,
        cast(targets.target_amount as decimal(38, 2)) as target_amount,
        case when supplied.is_supplied then coalesce(closed.won, 0) end as won,
        case when supplied.is_supplied then coalesce(closed.lost, 0) end as lost,
        closed.cycle_days_mean,
        case
            when supplied.is_supplied then cast(coalesce(closed.won_amount, 0) as decimal(38, 2))
        end as won_amount,
        coalesce(open_counts.open, 0) as open
    from work.supplied as supplied
    cross join rows_wanted
    left join core.sales_rep as reps on rows_wanted.sales_rep_id = reps.sales_rep_id
    left join sales
        on rows_wanted.month = sales.month and rows_wanted.sales_rep_id = sales.sales_rep_id
    left join targets
        on rows_wanted.month = targets.month and rows_wanted.sales_rep_id = targets.sales_rep_id
    left join closed
        on rows_wanted.month = closed.month and rows_wanted.sales_rep_id = closed.sales_rep_id
    left join open_counts
        on rows_wanted.month = open_counts.month and rows_wanted.sales_rep_id = open_counts.sales_rep_id
    where supplied.table_name = 'opportunity'
)

select
    month,
    sales_rep_id,
    department,
    orders,
    net_sales,
    target_amount,
    cast(net_sales as double) / nullif(cast(target_amount as double), 0) as attainment,
    won as opportunities_won,
    lost as opportunities_lost,
    cast(won as double) / nullif(cast(won + lost as double), 0) as win_rate,
    cycle_days_mean,
    won_amount,
    cast(open as double)
        * (cast(won as double) / nullif(cast(won + lost as double), 0))
        * (cast(won_amount as double) / nullif(cast(won as double), 0))
        / nullif(cycle_days_mean, 0) as sales_velocity
from joined
