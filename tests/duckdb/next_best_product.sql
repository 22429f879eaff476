-- One row per customer and rank 1..5: products to offer, from the published rules.

with

bought as (
    select customer_key, product_id, max(ordered_on) as last_on
    from fct_sale
    where not is_return and customer_key is not null and product_id is not null
    group by all
),

terms as (
    select
        bought.customer_key,
        product_affinity.consequent as product_id,
        product_affinity.antecedent,
        product_affinity.confidence * product_affinity.lift as term
    from bought
    inner join product_affinity on product_affinity.antecedent = bought.product_id
    cross join run
    where product_affinity.level = 'product' and product_affinity.as_of = run.as_of
        and product_affinity.antecedent_items = 1
),

scores as (
    select
        customer_key,
        product_id,
        round(sum(term order by antecedent), 9) as score,
        first(antecedent order by round(term, 9) desc, antecedent) as because_of
    from terms
    group by all
),

offers as (
    select scores.*
    from scores
    cross join run
    left join bought using (customer_key, product_id)
    left join dim_product using (product_id)
    where coalesce(bought.last_on <= run.as_of - 365, true)
        and coalesce(dim_product.discontinued_on > run.as_of, true)
)

select
    run.as_of,
    customer_key,
    row_number() over (partition by customer_key order by score desc, product_id) as rank,
    product_id,
    score,
    because_of
from offers
cross join run
qualify rank <= 5
