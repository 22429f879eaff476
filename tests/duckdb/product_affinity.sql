-- One row per level, antecedent and consequent in enough baskets.

with

lines as (
    select
        order_id,
        fct_sale.product_id,
        case category when 'All' then '(All)' else coalesce(category, '(unknown)') end as category
    from fct_sale
    cross join run
    left join dim_product on dim_product.product_id = fct_sale.product_id
    where not is_return and ordered_on > run.as_of - 365
),

total as (
    select count(distinct order_id) as n from lines
),

items as (
    select distinct 'product' as level, order_id, product_id as item from lines where product_id is not null
    union all
    select distinct 'category', order_id, category from lines
),

alone as (
    select level, item, count(*) as baskets from items group by all
),

-- who is alone in too few baskets is with others in no more
frequent as (
    select items.*
    from items
    inner join alone on alone.level = items.level and alone.item = items.item
    cross join total
    where alone.baskets >= greatest(2, 0.001 * total.n)
),

-- sets of items in their order, each made of a smaller set that is in enough baskets
twos as (
    select one.level, one.order_id, [one.item, other.item] as items
    from frequent as one
    inner join frequent as other
        on other.level = one.level and other.order_id = one.order_id and other.item > one.item
    qualify count(*) over (partition by one.level, one.item, other.item) >= greatest(2, 0.001 * (select n from total))
),

threes as (
    select twos.order_id, list_append(twos.items, frequent.item) as items
    from twos
    inner join frequent
        on frequent.level = 'product' and frequent.order_id = twos.order_id and frequent.item > twos.items[2]
    where twos.level = 'product'
    qualify count(*) over (partition by twos.items, frequent.item) >= greatest(2, 0.001 * (select n from total))
),

fours as (
    select threes.order_id, list_append(threes.items, frequent.item) as items
    from threes
    inner join frequent
        on frequent.level = 'product' and frequent.order_id = threes.order_id and frequent.item > threes.items[3]
    qualify count(*) over (partition by threes.items, frequent.item) >= greatest(2, 0.001 * (select n from total))
),

sets as (
    select level, [item] as items, baskets from alone
    union all select level, items, count(*) from twos group by all
    union all select 'product', items, count(*) from threes group by all
    union all select 'product', items, count(*) from fours group by all
),

rules as (
    select
        sets.level,
        sets.baskets,
        unnest(sets.items) as consequent,
        sets.items
    from sets
    where len(sets.items) > 1
),

pairs as (
    select
        rules.level,
        list_filter(rules.items, lambda item: item <> rules.consequent) as items,
        rules.consequent,
        rules.baskets
    from rules
)

select
    run.as_of,
    pairs.level,
    array_to_string(pairs.items, ' + ') as antecedent,
    pairs.consequent,
    pairs.baskets,
    pairs.baskets / n as support,
    pairs.baskets / a.baskets as confidence,
    (pairs.baskets / a.baskets) / (c.baskets / n) as lift,
    (pairs.baskets * n - a.baskets * c.baskets) / (cast(n as double) * n) as leverage,
    case when pairs.baskets < a.baskets then (1 - c.baskets / n) / (1 - pairs.baskets / a.baskets) end as conviction,
    len(pairs.items) as antecedent_items
from pairs
cross join run
cross join total
inner join sets as a on a.level = pairs.level and a.items = pairs.items
inner join sets as c on c.level = pairs.level and c.items = [pairs.consequent]
-- an id that holds the separator
qualify len(pairs.items) = 1 or count(*) over (partition by pairs.level, array_to_string(pairs.items, ' + '), len(pairs.items), pairs.consequent) = 1
