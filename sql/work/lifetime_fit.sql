-- One row per company: the lifetime models, fitted on all buyers.
--
-- Time is counted in weeks from the first purchase; the first purchase day is not a repeat. NULL where there are too
-- few repeat buyers to fit a model.

with

histories as (
    select
        purchase_days - 1 as repeats,
        cast(span_days as double) / 7 as last_week,
        cast(tenure_days as double) / 7 as weeks
    from work.customer_purchase
)

select
    mbg_nbd_fit(repeats, last_week, weeks) as mbg_nbd,
    bg_nbd_fit(repeats, last_week, weeks) as bg_nbd,
    pareto_nbd_fit(repeats, last_week, weeks) as pareto_nbd
from histories
