-- One row per product and product found with it in enough baskets: how often each and both.
--
-- What is in too few baskets by itself is left out before pairs are made: two such are in no more together.

with

items as (
    select
        items.order_id,
        items.product_no
    from work.basket_product as frequent
    inner join work.basket_item as items on frequent.product_no = items.product_no
),

pairs as (
    select
        one.product_no as one_no,
        other.product_no as other_no,
        count(*) as baskets
    from work.basket as limits
    cross join items as one
    inner join items as other on one.order_id = other.order_id and one.product_no < other.product_no
    group by one.product_no, other.product_no, limits.least_baskets
    having count(*) >= limits.least_baskets
),

both_ways as (
    select one_no as antecedent_no, other_no as consequent_no, baskets from pairs
    union all
    select other_no as antecedent_no, one_no as consequent_no, baskets from pairs
)

select
    both_ways.antecedent_no,
    both_ways.consequent_no,
    both_ways.baskets,
    antecedents.baskets as antecedent_baskets,
    consequents.baskets as consequent_baskets
from both_ways
inner join work.basket_product as antecedents on both_ways.antecedent_no = antecedents.product_no
inner join work.basket_product as consequents on both_ways.consequent_no = consequents.product_no
