-- One row per month and product with an order line.
--
-- Class and life stage look back over calendar months, those without sales counting 0; both are compared exactly.
-- abc_class: products that sold anything in the twelve months are ranked, also those without a line in this one.
-- life_stage: with x = 0..5 the slope of least squares is sum((2x - 5) y) / 35 a month, and 2x - 5 is twice the month's
-- number less twice this month's number plus 5.

with

products as (
    select
        numbers.product_no,
        numbers.product_id,
        cast(
            date_part('year', product.launched_on) * 12 + date_part('month', product.launched_on) - 1 as integer
        ) as launched_no,
        product.discontinued_on
    from work.product_number as numbers
    left join core.product as product on numbers.product_no > 0 and numbers.product_id = product.product_id
),

last_month as (
    select max(month_no) as month_no from work.month
),

offsets as (
    select cast(value as integer) as months from generate_series(0, 11)
),

years as (
    select
        facts.product_no,
        facts.month_no + offsets.months as month_no,
        sum(facts.net_sales) as net_sales
    from offsets
    cross join work.product_month as facts
    cross join last_month
    where facts.month_no + offsets.months <= last_month.month_no
    group by 1, 2
),

amounts as (
    select
        month_no,
        net_sales,
        sum(net_sales) as of_all
    from years
    where net_sales > 0
    group by month_no, net_sales
),

better as (
    select
        month_no,
        net_sales,
        coalesce(
            sum(of_all) over (
                partition by month_no order by net_sales desc rows between unbounded preceding and 1 preceding
            ),
            0
        ) as of_better,
        sum(of_all) over (partition by month_no) as of_all
    from amounts
),

classes as (
    select
        years.product_no,
        years.month_no,
        case
            when better.of_better * 100 < better.of_all * 80 then 'A'
            when better.of_better * 100 < better.of_all * 95 then 'B'
            else 'C'
        end as abc_class
    from years
    left join better on years.month_no = better.month_no and years.net_sales = better.net_sales
),

trends as (
    select
        product_no,
        month_no,
        min(month_no) over (partition by product_no) as first_month_no,
        sum(net_sales) over half_year as six_months,
        2 * sum(net_sales * month_no) over half_year
            - (2 * month_no - 5) * sum(net_sales) over half_year as weighted_months
    from work.product_month
    window half_year as (partition by product_no order by month_no range between 5 preceding and current row)
),

months as (
    select
        months.month_no,
        months.month,
        months.month_end,
        orders.orders
    from work.month as months
    left join work.sale_order_count as orders
        on months.month_no = orders.month_no
        and orders.category_no = -1
        and orders.channel_no = -1
        and orders.region_no = -1
)

select
    months.month,
    products.product_id,
    facts.units,
    facts.orders,
    facts.customers,
    facts.net_sales,
    cast(facts.net_sales - facts.cost_of_goods as decimal(38, 2)) as gross_profit,
    cast(facts.net_sales - facts.cost_of_goods as double)
        / nullif(cast(facts.net_sales as double), 0) as margin_rate,
    facts.returned_units as returns,
    cast(facts.returned_units as double) / nullif(cast(facts.kept_units as double), 0) as return_rate,
    cast(facts.orders as double) / nullif(cast(months.orders as double), 0) as penetration,
    classes.abc_class,
    cast(facts.repeat_customers as double) / nullif(cast(facts.customers as double), 0) as repeat_rate,
    case
        when products.discontinued_on <= months.month_end then 'decline'
        when facts.month_no - coalesce(products.launched_no, trends.first_month_no) < 6 then 'introduction'
        when trends.six_months <= 0 or 24 * trends.weighted_months <= -7 * trends.six_months then 'decline'
        when 24 * trends.weighted_months >= 7 * trends.six_months then 'growth'
        else 'maturity'
    end as life_stage
from work.product_month as facts
inner join months on facts.month_no = months.month_no
inner join products on facts.product_no = products.product_no
inner join classes on facts.product_no = classes.product_no and facts.month_no = classes.month_no
inner join trends on facts.product_no = trends.product_no and facts.month_no = trends.month_no
