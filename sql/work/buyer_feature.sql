-- One row per customer with an order: the features by which buyers are clustered, standardised.
--
-- log1p of recency, orders and net sales (not below 0), discount share, tenure; less the mean, over the standard
-- deviation of all buyers. A feature that is the same for all is 0. A discount of more than a million times the price
-- counts as a million times: squares of greater ones have more digits than a decimal. Means and variances are summed as
-- decimals, so that they do not depend on the order of rows.

with

measured as (
    select
        facts.customer_no,
        facts.net_sales,
        ln(1 + cast($as_of - facts.last_purchase_on as double)) as recency,
        ln(1 + cast(facts.orders as double)) as orders,
        ln(1 + greatest(cast(facts.net_sales as double), cast(0 as double))) as spend,
        greatest(
            least(
                coalesce(cast(facts.kept_discounts as double) / nullif(cast(facts.kept_gross_sales as double), 0), 0),
                cast(1000000 as double)
            ),
            cast(-1000000 as double)
        ) as discount,
        cast($as_of - facts.first_purchase_on as double) as tenure
    from work.customer_value as facts
    where facts.orders > 0
),

means as (
    select
        cast(count(*) as double) as n,
        cast(sum(cast(recency as decimal(38, 15))) as double) / cast(count(*) as double) as recency,
        cast(sum(cast(orders as decimal(38, 15))) as double) / cast(count(*) as double) as orders,
        cast(sum(cast(spend as decimal(38, 15))) as double) / cast(count(*) as double) as spend,
        cast(sum(cast(discount as decimal(38, 15))) as double) / cast(count(*) as double) as discount,
        cast(sum(cast(tenure as decimal(38, 15))) as double) / cast(count(*) as double) as tenure
    from measured
),

deviations as (
    select
        measured.customer_no,
        measured.net_sales,
        means.n,
        measured.recency - means.recency as recency,
        measured.orders - means.orders as orders,
        measured.spend - means.spend as spend,
        measured.discount - means.discount as discount,
        measured.tenure - means.tenure as tenure
    from means
    cross join measured
),

spreads as (
    select
        nullif(sqrt(cast(sum(cast(recency * recency as decimal(38, 15))) as double) / max(n)), 0) as recency,
        nullif(sqrt(cast(sum(cast(orders * orders as decimal(38, 15))) as double) / max(n)), 0) as orders,
        nullif(sqrt(cast(sum(cast(spend * spend as decimal(38, 15))) as double) / max(n)), 0) as spend,
        nullif(sqrt(cast(sum(cast(discount * discount as decimal(38, 15))) as double) / max(n)), 0) as discount,
        nullif(sqrt(cast(sum(cast(tenure * tenure as decimal(38, 15))) as double) / max(n)), 0) as tenure
    from deviations
)

select
    deviations.customer_no,
    deviations.net_sales,
    make_array(
        coalesce(deviations.recency / spreads.recency, 0),
        coalesce(deviations.orders / spreads.orders, 0),
        coalesce(deviations.spend / spreads.spend, 0),
        coalesce(deviations.discount / spreads.discount, 0),
        coalesce(deviations.tenure / spreads.tenure, 0)
    ) as features
from spreads
cross join deviations
