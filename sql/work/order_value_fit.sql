-- One row per company: the Gamma-Gamma model of what a purchase day brings, fitted on buyers of two days and more.

with

buyers as (
    select
        purchases.purchase_days,
        cast(facts.kept_net_sales as double) / cast(purchases.purchase_days as double) as day_value
    from work.customer_purchase as purchases
    inner join work.customer_value as facts on purchases.customer_no = facts.customer_no
)

select gamma_gamma_fit(purchase_days, day_value) as gamma_gamma
from buyers
where purchase_days >= 2 and day_value > 0
