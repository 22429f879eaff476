-- One row per month with buyers: how unevenly they earned the profit of the 365 days to the month's end.
--
-- Losses count as 0. What a day brought is in the twelve months of a stretch of months, so a customer's profit changes
-- only where such a stretch begins or ends. The cost of interactions is rounded once per twelve months.
-- Buyers without a profit come first in the order of profits: their share in the coefficient needs no row for each.
-- Amounts are whole cents; sums of bigint would wrap without a word.

with

bounds as (
    select max(month_no) + 1 as next_month_no from work.month
),

facts as (
    select
        customer_no,
        ordered_on as day,
        month_no,
        cast((net_sales - coalesce(cost_of_goods, 0) - coalesce(shipping, 0)) * 100 as decimal(38, 0)) as cents,
        cast(0 as bigint) as interactions
    from work.customer_day
    where customer_no > 0
    union all
    select
        customer_no,
        day,
        month_no,
        cast((handling_cost + promotion_cost) * -100 as decimal(38, 0)) as cents,
        interactions
    from work.customer_contact_day
    where customer_no > 0
),

stretches as (
    select
        facts.customer_no,
        facts.month_no as from_no,
        cast(
            case
                when facts.day + 365 > $as_of then bounds.next_month_no
                else date_part('year', facts.day + 365) * 12 + date_part('month', facts.day + 365) - 1
            end as integer
        ) as until_no,
        sum(facts.cents) as cents,
        sum(facts.interactions) as interactions
    from bounds
    cross join facts
    group by 1, 2, 3
),

changes as (
    select customer_no, from_no as month_no, cents, interactions from stretches
    union all
    select customer_no, until_no as month_no, -cents as cents, -interactions as interactions from stretches
),

monthly as (
    select
        customer_no,
        month_no,
        sum(cents) as cents,
        sum(interactions) as interactions
    from changes
    group by customer_no, month_no
),

levels as (
    select
        monthly.customer_no,
        monthly.month_no as from_no,
        lead(monthly.month_no) over (partition by monthly.customer_no order by monthly.month_no) as until_no,
        sum(monthly.cents) over (
            partition by monthly.customer_no order by monthly.month_no rows unbounded preceding
        ) as cents,
        sum(monthly.interactions) over (
            partition by monthly.customer_no order by monthly.month_no rows unbounded preceding
        ) as interactions
    from monthly
),

earned as (
    select
        levels.customer_no,
        levels.from_no,
        levels.until_no,
        levels.cents - cast(money_round(levels.interactions * rates.interaction) * 100 as decimal(38, 0)) as cents
    from work.cost_rate as rates
    cross join levels
    where levels.cents > 0 or rates.interaction < 0
),

buyers as (
    select
        customer_no,
        cast(
            date_part('year', first_purchase_on) * 12 + date_part('month', first_purchase_on) - 1 as integer
        ) as month_no
    from work.customer_value
    where orders > 0
),

profits as (
    select
        greatest(earned.from_no, buyers.month_no) as from_no,
        earned.until_no,
        cast(earned.cents as double) / 100 as profit
    from buyers
    inner join earned on buyers.customer_no = earned.customer_no
    where earned.cents > 0 and buyers.month_no < earned.until_no
),

monthly_profits as (
    select
        unnest(generate_series(cast(from_no as bigint), cast(until_no - 1 as bigint))) as month_no,
        profit
    from profits
),

positive as (
    select
        month_no,
        gini(profit) as profit_gini,
        count(*) as customers
    from monthly_profits
    group by month_no
),

buyer_counts as (
    select
        months.month_no,
        sum(newcomers.customers) as customers
    from work.month as months
    inner join (select month_no, count(*) as customers from buyers group by month_no) as newcomers
        on newcomers.month_no <= months.month_no
    group by months.month_no
)

select
    buyer_counts.month_no,
    buyer_counts.customers as buyers,
    (
        cast(positive.customers as double) * positive.profit_gini
        + cast(buyer_counts.customers - positive.customers as double)
    ) / cast(buyer_counts.customers as double) as profit_gini
from buyer_counts
left join positive on buyer_counts.month_no = positive.month_no
