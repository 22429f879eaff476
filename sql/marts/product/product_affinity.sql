-- One row per level, antecedent, consequent and snapshot: a rule that holds in enough baskets.
--
-- Pairs of products are counted by a join; antecedents of two and three products are looked for where they can be, in
-- baskets of three products and more, so that the baskets of a pair as antecedent are those of the join.
-- Of more than 5,000,000 pairs association_rules is an error. So many rules are of no use to anybody, but a run must not
-- end on them: then there are pairs, and no rules of several products.
-- An id that holds the separator may make two rules of several products read the same: neither is told.
-- Every measure is a quotient of whole numbers, so that what is exactly 1 or 0 is so here.

with

category_items as (
    select distinct
        items.order_id,
        products.category_no
    from work.product_number as products
    inner join work.basket_item as items on products.product_no = items.product_no
),

categories as (
    select
        category_no,
        count(*) as baskets
    from category_items
    group by category_no
),

category_pairs as (
    select
        one.category_no as antecedent_no,
        other.category_no as consequent_no,
        count(*) as baskets
    from work.basket as limits
    cross join category_items as one
    inner join category_items as other
        on one.order_id = other.order_id and one.category_no <> other.category_no
    group by one.category_no, other.category_no, limits.least_baskets
    having count(*) >= limits.least_baskets
),

-- Of each pair both ways.
counted_pairs as (
    select count(*) as pairs from work.product_pair
),

large_baskets as (
    select items.order_id
    from counted_pairs
    cross join work.basket_product as frequent
    inner join work.basket_item as items on frequent.product_no = items.product_no
    where counted_pairs.pairs <= 10000000
    group by items.order_id
    having count(*) >= 3
),

product_lists as (
    select
        items.order_id,
        array_agg(products.product_id order by products.product_id) as products
    from large_baskets
    inner join work.basket_item as items on large_baskets.order_id = items.order_id
    inner join work.basket_product as frequent on items.product_no = frequent.product_no
    inner join work.product_number as products on items.product_no = products.product_no
    group by items.order_id
),

found as (
    select association_rules(lists.products, limits.baskets, cast($min_support as double), 3) as rules
    from work.basket as limits
    cross join product_lists as lists
),

each_found as (
    select unnest(rules) as rule from found
),

long_rules as (
    select
        array_to_string(rule['antecedent'], ' + ') as antecedent,
        cast(cardinality(rule['antecedent']) as bigint) as antecedent_items,
        rule['antecedent'][1] as one,
        rule['antecedent'][2] as other,
        rule['consequent'] as consequent,
        rule['baskets'] as baskets,
        rule['antecedent_baskets'] as antecedent_baskets
    from each_found
    where cardinality(rule['antecedent']) > 1
),

told_rules as (
    select * from long_rules
    qualify count(*) over (partition by antecedent_items, antecedent, consequent) = 1
),

rules as (
    select
        'product' as level,
        1 as antecedent_items,
        antecedents.product_id as antecedent,
        consequents.product_id as consequent,
        pairs.baskets,
        pairs.antecedent_baskets,
        pairs.consequent_baskets
    from work.product_pair as pairs
    inner join work.product_number as antecedents on pairs.antecedent_no = antecedents.product_no
    inner join work.product_number as consequents on pairs.consequent_no = consequents.product_no
    union all
    select
        'product' as level,
        told_rules.antecedent_items,
        told_rules.antecedent,
        told_rules.consequent,
        told_rules.baskets,
        case when told_rules.antecedent_items = 2 then pairs.baskets else told_rules.antecedent_baskets end
            as antecedent_baskets,
        consequent_counts.baskets as consequent_baskets
    from told_rules
    inner join work.product_number as ones on told_rules.one = ones.product_id
    inner join work.product_number as others on told_rules.other = others.product_id
    inner join work.product_pair as pairs
        on ones.product_no = pairs.antecedent_no and others.product_no = pairs.consequent_no
    inner join work.product_number as consequents on told_rules.consequent = consequents.product_id
    inner join work.basket_product as consequent_counts
        on consequents.product_no = consequent_counts.product_no
    union all
    select
        'category' as level,
        1 as antecedent_items,
        antecedents.label as antecedent,
        consequents.label as consequent,
        pairs.baskets,
        antecedent_counts.baskets as antecedent_baskets,
        consequent_counts.baskets as consequent_baskets
    from category_pairs as pairs
    inner join categories as antecedent_counts on pairs.antecedent_no = antecedent_counts.category_no
    inner join categories as consequent_counts on pairs.consequent_no = consequent_counts.category_no
    inner join work.sale_label as antecedents
        on antecedents.dimension = 'category' and pairs.antecedent_no = antecedents.number
    inner join work.sale_label as consequents
        on consequents.dimension = 'category' and pairs.consequent_no = consequents.number
),

counts as (
    select
        rules.level,
        rules.antecedent,
        rules.consequent,
        rules.antecedent_items,
        rules.baskets,
        cast(rules.baskets as double) as both_,
        cast(rules.antecedent_baskets as double) as antecedents,
        cast(rules.consequent_baskets as double) as consequents,
        cast(limits.baskets as double) as n
    from work.basket as limits
    cross join rules
)

select
    $as_of as as_of,
    level,
    antecedent,
    consequent,
    baskets,
    both_ / n as support,
    both_ / antecedents as confidence,
    both_ * n / (antecedents * consequents) as lift,
    (both_ * n - antecedents * consequents) / (n * n) as leverage,
    (n - consequents) * antecedents / (n * nullif(antecedents - both_, 0)) as conviction,
    cast(antecedent_items as bigint) as antecedent_items
from counts
