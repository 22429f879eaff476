-- One row per customer: what was bought, what it earned, how often there was contact.
--
-- 12m are the 365 days that end on the logical date, prior_12m the 365 days before those. The cost
-- of interactions is rounded once for each of the two, not day by day.

with

-- An order that is not plain may have lines of several customers: it is each one's.
customer_orders as (
    select
        customer_no,
        first_on,
        last_on
    from work.sale_order
    where is_plain
    union all
    select
        lines.customer_no,
        min(lines.ordered_on) as first_on,
        max(lines.ordered_on) as last_on
    from work.sale_line as lines
    inner join work.sale_order as mixed on lines.order_id = mixed.order_id
    where not mixed.is_plain and not lines.is_return
    group by lines.order_id, lines.customer_no
),

orders as (
    select
        customer_no,
        min(first_on) as first_purchase_on,
        max(last_on) as last_purchase_on,
        count(*) as orders,
        count(*) filter (where last_on > $as_of - 365) as orders_12m
    from customer_orders
    where customer_no > 0
    group by customer_no
),

seasons as (
    select starts_on, ends_on from core.campaign
    where kind = 'seasonal'
),

sale_days as (
    select distinct ordered_on as day from work.customer_day
),

seasonal_days as (
    select distinct sale_days.day
    from sale_days
    inner join seasons on sale_days.day >= seasons.starts_on and sale_days.day <= seasons.ends_on
),

days as (
    select
        customer_day.*,
        seasonal_days.day is not null as is_seasonal,
        coalesce(customer_day.net_sales, 0)
            - coalesce(customer_day.cost_of_goods, 0)
            - coalesce(customer_day.shipping, 0) as margin
    from work.customer_day as customer_day
    left join seasonal_days on customer_day.ordered_on = seasonal_days.day
    where customer_day.customer_no > 0
),

sales as (
    select
        customer_no,
        sum(units) as units,
        sum(net_sales) as net_sales,
        sum(net_sales) filter (where ordered_on > $as_of - 365) as net_sales_12m,
        sum(margin) filter (where ordered_on > $as_of - 365) as margin_12m,
        sum(margin) filter (where ordered_on > $as_of - 730 and ordered_on <= $as_of - 365) as margin_prior_12m,
        cast(sum(kept_priced_lines) as bigint) as kept_priced_lines,
        cast(sum(kept_discounted_lines) as bigint) as kept_discounted_lines,
        sum(kept_gross_sales) as kept_gross_sales,
        sum(kept_discounts) as kept_discounts,
        sum(kept_net_sales) as kept_net_sales,
        sum(kept_net_sales) filter (where is_seasonal) as kept_seasonal_net_sales
    from days
    group by customer_no
),

contacts as (
    select
        customer_no,
        sum(complaints) filter (where day > $as_of - 365) as complaints_12m,
        sum(interactions) filter (where day > $as_of - 90) as interactions_90d,
        sum(interactions) filter (where day > $as_of - 365) as interactions_12m,
        sum(interactions) filter (where day > $as_of - 730 and day <= $as_of - 365) as interactions_prior_12m,
        sum(handling_cost + promotion_cost) filter (where day > $as_of - 365) as cost_12m,
        sum(handling_cost + promotion_cost) filter (where day > $as_of - 730 and day <= $as_of - 365) as cost_prior_12m
    from work.customer_contact_day
    where customer_no > 0
    group by customer_no
)

select
    customers.customer_no,
    orders.first_purchase_on,
    orders.last_purchase_on,
    coalesce(orders.orders, 0) as orders,
    coalesce(orders.orders_12m, 0) as orders_12m,
    cast(coalesce(sales.units, 0) as decimal(38, 3)) as units,
    cast(coalesce(sales.net_sales, 0) as decimal(38, 2)) as net_sales,
    cast(coalesce(sales.net_sales_12m, 0) as decimal(38, 2)) as net_sales_12m,
    cast(
        coalesce(sales.margin_12m, 0)
        - coalesce(contacts.cost_12m, 0)
        - money_round(coalesce(contacts.interactions_12m, 0) * rates.interaction)
        as decimal(38, 2)
    ) as profit_12m,
    cast(
        coalesce(sales.margin_prior_12m, 0)
        - coalesce(contacts.cost_prior_12m, 0)
        - money_round(coalesce(contacts.interactions_prior_12m, 0) * rates.interaction)
        as decimal(38, 2)
    ) as profit_prior_12m,
    coalesce(sales.kept_priced_lines, 0) as kept_priced_lines,
    coalesce(sales.kept_discounted_lines, 0) as kept_discounted_lines,
    sales.kept_gross_sales,
    sales.kept_discounts,
    coalesce(sales.kept_net_sales, 0) as kept_net_sales,
    coalesce(sales.kept_seasonal_net_sales, 0) as kept_seasonal_net_sales,
    coalesce(contacts.complaints_12m, 0) as complaints_12m,
    coalesce(contacts.interactions_90d, 0) as interactions_90d
from work.cost_rate as rates
cross join work.customer_number as customers
left join orders on customers.customer_no = orders.customer_no
left join sales on customers.customer_no = sales.customer_no
left join contacts on customers.customer_no = contacts.customer_no
where customers.customer_no > 0
