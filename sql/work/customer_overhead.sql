-- One row per month and customer with positive net sales: the share in the month's fixed cost.
--
-- In proportion to net sales, rounded half away from zero; what rounding leaves over goes to the
-- largest net sales, of several to the smallest key. A quotient of decimals is cut off four digits further than the
-- amount, which rounds to the same cent.

with

positive as (
    select
        month_no,
        sum(net_sales) as net_sales,
        max(net_sales) as largest_net_sales
    from work.customer_month
    where net_sales > 0
    group by month_no
),

bearers as (
    select
        customer_month.month_no,
        min(customer_month.customer_no) as customer_no
    from work.customer_month as customer_month
    inner join positive
        on customer_month.month_no = positive.month_no
        and customer_month.net_sales = positive.largest_net_sales
    group by customer_month.month_no
),

shares as (
    select
        customer_month.month_no,
        customer_month.customer_no,
        customer_month.customer_no = bearers.customer_no as bears_rest,
        rates.fixed_month,
        money_round(
            rates.fixed_month * cast(customer_month.net_sales * 100 as decimal(20, 0))
            / cast(positive.net_sales * 100 as decimal(38, 0))
        ) as share
    from work.cost_rate as rates
    cross join work.customer_month as customer_month
    inner join positive on customer_month.month_no = positive.month_no
    inner join bearers on customer_month.month_no = bearers.month_no
    where customer_month.net_sales > 0
)

select
    month_no,
    customer_no,
    cast(
        case
            when bears_rest
                then share + money_round(fixed_month) - sum(share) over (partition by month_no)
            else share
        end as decimal(38, 2)
    ) as overhead
from shares
