-- One row per customer, habit and value with the most net sales of that habit; ties are several rows.

with

largest as (
    select
        customer_no,
        habit,
        max(net_sales) as net_sales
    from work.customer_habit_value
    group by customer_no, habit
)

select
    habit_values.customer_no,
    habit_values.habit,
    habit_values.value_no,
    habit_values.net_sales
from work.customer_habit_value as habit_values
inner join largest
    on habit_values.customer_no = largest.customer_no
    and habit_values.habit = largest.habit
    and habit_values.net_sales = largest.net_sales
