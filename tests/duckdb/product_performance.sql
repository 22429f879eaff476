-- One row per month and product with a line.

with

lines as (
    select
        date_trunc('month', ordered_on) as month_start,
        coalesce(product_id, '(unknown)') as product,
        fct_sale.*
    from fct_sale
),

cells as (
    select
        month_start,
        product,
        coalesce(sum(quantity), 0) as units,
        coalesce(sum(quantity) filter (where not is_return), 0) as sold,
        -coalesce(sum(quantity) filter (where is_return), 0) as returns,
        count(distinct order_id) filter (where not is_return) as orders,
        count(distinct customer_key) filter (where not is_return) as customers,
        coalesce(sum(net_amount), 0) as net_sales,
        coalesce(sum(net_amount), 0) - coalesce(sum(cost_amount), 0) as gross_profit
    from lines
    group by all
),

company as (
    select month_start, count(distinct order_id) filter (where not is_return) as orders
    from lines
    group by all
),

months as (
    select distinct month_start from cells
),

-- The customer's second purchase day of the product: from then on a repeat buyer.
days as (
    select distinct customer_key, product, ordered_on, month_start
    from lines
    where not is_return and customer_key is not null
),

seconds as (
    select customer_key, product, ordered_on as second_on
    from days
    qualify row_number() over (partition by customer_key, product order by ordered_on) = 2
),

repeats as (
    select days.month_start, days.product, count(distinct days.customer_key) as customers
    from days
    inner join seconds using (customer_key, product)
    where seconds.second_on <= last_day(days.month_start)
    group by all
),

years as (
    select months.month_start, cells.product, sum(cells.net_sales) as net_sales
    from months
    inner join cells
        on cells.month_start <= months.month_start and cells.month_start > months.month_start - interval 12 month
    group by all
),

classes as (
    select
        month_start,
        product,
        net_sales,
        coalesce(sum(greatest(net_sales, 0)) over (
            partition by month_start order by net_sales desc groups between unbounded preceding and 1 preceding
        ), 0) as better,
        sum(greatest(net_sales, 0)) over (partition by month_start) as total
    from years
),

halves as (
    select
        here.month_start,
        here.product,
        sum(there.net_sales) as total,
        sum(there.net_sales * (5 - date_diff('month', there.month_start, here.month_start))) as moment
    from cells as here
    inner join cells as there
        on there.product = here.product
        and there.month_start <= here.month_start and there.month_start > here.month_start - interval 6 month
    group by all
),

-- slope = (n Σxy - Σx Σy) / (n Σx² - (Σx)²) with n = 6, Σx = 15, Σx² = 55; exact when both sides are multiplied out
slopes as (
    select month_start, product, total, 6 * moment - 15 * total as slope_105 from halves
),

firsts as (
    select product, min(month_start) as first_sale from lines group by all
)

select
    strftime(cells.month_start, '%Y-%m') as month,
    cells.product as product_id,
    cells.units,
    cells.orders,
    cells.customers,
    cells.net_sales,
    cells.gross_profit,
    cast(cells.gross_profit as double) / cast(nullif(cells.net_sales, 0) as double) as margin_rate,
    cells.returns,
    cast(cells.returns as double) / cast(nullif(cells.sold, 0) as double) as return_rate,
    cells.orders / nullif(company.orders, 0) as penetration,
    case
        when classes.net_sales <= 0 then 'C'
        when classes.better < 0.80 * classes.total then 'A'
        when classes.better < 0.95 * classes.total then 'B'
        else 'C'
    end as abc_class,
    coalesce(repeats.customers, 0) / nullif(cells.customers, 0) as repeat_rate,
    case
        when dim_product.discontinued_on <= least(last_day(cells.month_start), run.as_of) then 'decline'
        when date_diff('month', coalesce(dim_product.launched_on, firsts.first_sale), cells.month_start) < 6 then 'introduction'
        when slopes.total <= 0 then 'decline'
        -- slope <= -.05 total / 6, times 105 * 120
        when slopes.slope_105 * 120 <= -105 * slopes.total then 'decline'
        when slopes.slope_105 * 120 >= 105 * slopes.total then 'growth'
        else 'maturity'
    end as life_stage
from cells
cross join run
inner join company using (month_start)
inner join classes using (month_start, product)
inner join slopes using (month_start, product)
inner join firsts using (product)
left join repeats using (month_start, product)
left join dim_product on dim_product.product_id = cells.product
