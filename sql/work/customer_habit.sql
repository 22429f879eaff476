-- One row per customer with an order: what, where and when the customer prefers to buy.
--
-- By net sales, then orders, then the value. Orders are counted only where net sales tie.

with

tied as (
    select customer_no, habit
    from work.customer_habit_leader
    group by customer_no, habit
    having count(*) > 1
),

tied_values as (
    select
        leaders.customer_no,
        leaders.habit,
        leaders.value_no
    from work.customer_habit_leader as leaders
    inner join tied
        on leaders.customer_no = tied.customer_no and leaders.habit = tied.habit
),

tied_orders as (
    select
        tied_values.customer_no,
        tied_values.habit,
        tied_values.value_no,
        count(distinct lines.order_id) as orders
    from tied_values
    inner join work.sale_line as lines
        on tied_values.customer_no = lines.customer_no
        and tied_values.value_no = case tied_values.habit
            when 1 then lines.category_no
            when 2 then lines.brand_no
            when 3 then lines.channel_no
            when 4 then date_part('isodow', lines.ordered_on)
            else lines.daypart
        end
    where not lines.is_return
    group by tied_values.customer_no, tied_values.habit, tied_values.value_no
),

-- Numbers follow the order of the labels, but the dayparts' do not follow that of their names.
winners as (
    select
        customer_no,
        habit,
        value_no
    from tied_orders
    qualify row_number() over (
        partition by customer_no, habit
        order by
            orders desc,
            case when habit <> 5 then value_no when value_no = 0 then 9 when value_no = 1 then 8 else value_no end,
            value_no
    ) = 1
),

leaders as (
    select
        candidates.customer_no,
        candidates.habit,
        candidates.value_no,
        candidates.net_sales
    from work.customer_habit_leader as candidates
    left join winners
        on candidates.customer_no = winners.customer_no and candidates.habit = winners.habit
    where winners.value_no is null or winners.value_no = candidates.value_no
)

select
    customer_no,
    max(case when habit = 1 then value_no end) as category_no,
    max(case when habit = 2 then value_no end) as brand_no,
    max(case when habit = 2 then net_sales end) as brand_net_sales,
    max(case when habit = 3 then value_no end) as channel_no,
    cast(max(case when habit = 4 then value_no end) as integer) as weekday,
    cast(max(case when habit = 5 then value_no end) as integer) as daypart
from leaders
group by customer_no
