-- One row per component, feature and snapshot.
--
-- Principal components of the correlations between columns of the buyers' profile. Amounts and counts, of which a few
-- buyers have most, go in as log1p, amounts below 0 as 0; what is unknown is 0. A loading is the correlation of the
-- feature with the component.

with

features as (
    select
        column1 as place,
        column2 as feature
    from (
        values
        (1, 'recency_days'),
        (2, 'orders'),
        (3, 'orders_12m'),
        (4, 'net_sales'),
        (5, 'net_sales_12m'),
        (6, 'average_order_value'),
        (7, 'discount_share'),
        (8, 'discounted_line_share'),
        (9, 'interactions_90d'),
        (10, 'complaints_12m'),
        (11, 'completeness')
    )
),

buyers as (
    select
        customer_key,
        make_array(
            ln(1 + cast(recency_days as double)),
            ln(1 + cast(orders as double)),
            ln(1 + cast(orders_12m as double)),
            ln(1 + greatest(cast(net_sales as double), cast(0 as double))),
            ln(1 + greatest(cast(net_sales_12m as double), cast(0 as double))),
            ln(1 + greatest(cast(average_order_value as double), cast(0 as double))),
            coalesce(discount_share, 0),
            coalesce(discounted_line_share, 0),
            ln(1 + cast(coalesce(interactions_90d, 0) as double)),
            ln(1 + cast(coalesce(complaints_12m, 0) as double)),
            completeness
        ) as features
    from marts.customer_profile
    where orders > 0
),

fits as (
    select principal_components(features) as fit from buyers
),

components as (
    select
        places.place,
        fits.fit['eigenvalues'][places.place] as eigenvalue,
        fits.fit['loadings'][places.place] as loadings
    from fits
    cross join features as places
    where fits.fit['eigenvalues'][places.place] is not null
),

shares as (
    select
        place,
        eigenvalue,
        loadings,
        eigenvalue / nullif(
            sum(eigenvalue) over (order by place rows between unbounded preceding and unbounded following), 0
        ) as explained_share
    from components
)

select
    $as_of as as_of,
    cast(shares.place as integer) as factor,
    features.feature,
    shares.loadings[features.place] as loading,
    shares.eigenvalue,
    shares.explained_share
from shares
cross join features
