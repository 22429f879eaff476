-- One row per company: baskets (orders of the last 365 days), and in how many a rule must hold at least.

with

counted as (
    select count(*) as baskets from work.sale_order
    where last_on > $as_of - 365
)

select
    baskets,
    greatest(cast(2 as bigint), cast(ceil(baskets * $min_support) as bigint)) as least_baskets
from counted
