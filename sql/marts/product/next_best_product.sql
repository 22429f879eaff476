-- One row per customer, rank 1 to 5 and snapshot: products to offer.
--
-- Every product ever bought speaks for those that go with it, by confidence times lift; what was bought in the last 365
-- days or is no longer sold is not offered. because_of is the product that says most, of equal ones the first by id.
-- Terms are added up as decimals, since what a sum of doubles gives depends on who adds first. A rule's place among all,
-- the largest term first, finds the product that says most.

with

rules as (
    select
        pairs.antecedent_no,
        pairs.consequent_no,
        cast(pairs.baskets as double) / cast(pairs.antecedent_baskets as double)
            * (cast(pairs.baskets as double) * cast(limits.baskets as double))
            / (cast(pairs.antecedent_baskets as double) * cast(pairs.consequent_baskets as double)) as term
    from work.basket as limits
    cross join work.product_pair as pairs
    inner join work.product_number as numbers on pairs.consequent_no = numbers.product_no
    inner join core.product as product on numbers.product_id = product.product_id
    where coalesce(product.discontinued_on > $as_of, true)
),

placed as (
    select
        antecedent_no,
        consequent_no,
        cast(term as decimal(38, 18)) as term,
        cast(row_number() over (order by round(term, 9) desc, antecedent_no, consequent_no) as integer) as place
    from rules
),

scores as (
    select
        bought.customer_no,
        placed.consequent_no,
        round(cast(sum(placed.term) as double), 9) as score,
        min(placed.place) as place
    from placed
    inner join work.customer_product as bought on placed.antecedent_no = bought.product_no
    group by bought.customer_no, placed.consequent_no
),

recent as (
    select customer_no, product_no from work.customer_product
    where last_on > $as_of - 365
),

ranked as (
    select
        scores.customer_no,
        scores.consequent_no,
        scores.score,
        scores.place,
        row_number() over (
            partition by scores.customer_no order by scores.score desc, scores.consequent_no
        ) as rank
    from scores
    left anti join recent
        on scores.customer_no = recent.customer_no and scores.consequent_no = recent.product_no
)

select
    $as_of as as_of,
    customers.customer_key,
    cast(ranked.rank as integer) as rank,
    offers.product_id,
    ranked.score,
    reasons.product_id as because_of
from ranked
inner join work.customer_number as customers on ranked.customer_no = customers.customer_no
inner join work.product_number as offers on ranked.consequent_no = offers.product_no
inner join placed on ranked.place = placed.place
inner join work.product_number as reasons on placed.antecedent_no = reasons.product_no
where ranked.rank <= 5
