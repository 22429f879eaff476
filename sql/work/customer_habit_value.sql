-- One row per customer, habit and value: net sales.
--
-- habit: 1 category, 2 brand, 3 channel, 4 weekday, 5 daypart. Returns and unknown values are left out.

select
    customer_no,
    1 as habit,
    category_no as value_no,
    cast(coalesce(sum(kept_net_sales), 0) as decimal(38, 2)) as net_sales
from work.customer_category_month
where customer_no > 0 and category_no > 0 and kept_lines > 0
group by customer_no, category_no
union all
select
    customer_no,
    2 as habit,
    brand_no as value_no,
    cast(coalesce(sum(net_amount), 0) as decimal(38, 2)) as net_sales
from work.sale_line
where customer_no > 0 and brand_no > 0 and not is_return
group by customer_no, brand_no
union all
select
    customer_no,
    3 as habit,
    channel_no as value_no,
    cast(coalesce(sum(net_amount), 0) as decimal(38, 2)) as net_sales
from work.sale_line
where customer_no > 0 and channel_no > 0 and not is_return
group by customer_no, channel_no
union all
select
    customer_no,
    4 as habit,
    date_part('isodow', ordered_on) as value_no,
    cast(coalesce(sum(kept_net_sales), 0) as decimal(38, 2)) as net_sales
from work.customer_day
where customer_no > 0 and kept_lines > 0
group by customer_no, date_part('isodow', ordered_on)
union all
select
    customer_no,
    5 as habit,
    daypart as value_no,
    cast(coalesce(sum(net_amount), 0) as decimal(38, 2)) as net_sales
from work.sale_line
where customer_no > 0 and daypart is not null and not is_return
group by customer_no, daypart
