-- One row per customer (0: unknown) and day with an order line.
--
-- Columns named kept_ leave returns out. kept_priced_lines: those of which the discount is known.

select
    customer_no,
    ordered_on,
    month_no,
    sum(quantity) as units,
    sum(gross_amount) as gross_sales,
    sum(discount_amount) as discounts,
    sum(net_amount) as net_sales,
    sum(cost_amount) as cost_of_goods,
    sum(shipping_amount) as shipping,
    count(*) filter (where not is_return) as kept_lines,
    count(discount_amount) filter (where not is_return) as kept_priced_lines,
    count(*) filter (where not is_return and discount_amount > 0) as kept_discounted_lines,
    sum(gross_amount) filter (where not is_return) as kept_gross_sales,
    sum(discount_amount) filter (where not is_return) as kept_discounts,
    sum(net_amount) filter (where not is_return) as kept_net_sales
from work.sale_line
group by customer_no, ordered_on, month_no
