-- One row per order with a line that is not a return.
--
-- is_plain: all these lines fall into one month, one channel and one region and belong to one customer, so that the
-- order counts once in every slice that holds it. Exports do hold order numbers that two customers share.
-- buyer_no: the order's customer, 0 where no line names one. net_sales: of these lines.

select
    order_id,
    min(customer_no) as customer_no,
    min(ordered_on) as first_on,
    max(ordered_on) as last_on,
    min(month_no) as month_no,
    min(channel_no) as channel_no,
    min(region_no) as region_no,
    min(rep_no) as rep_no,
    coalesce(min(nullif(customer_no, 0)), 0) as buyer_no,
    sum(net_amount) as net_sales,
    min(month_no) = max(month_no) and min(rep_no) = max(rep_no) as has_one_rep,
    min(month_no) = max(month_no)
        and min(channel_no) = max(channel_no)
        and min(region_no) = max(region_no)
        and min(customer_no) = max(customer_no) as is_plain
from work.sale_line
where not is_return
group by order_id
